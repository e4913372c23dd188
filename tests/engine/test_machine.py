"""The memory that a run may plan with."""

from pathlib import Path

import pytest

from sflydwh.engine import machine


@pytest.mark.parametrize(
    ("limits", "is_limited"), [([], False), (["max\n"], False), (["1048576\n"], True), (["max", "1048576"], True)]
)
def test_a_containers_limit_counts_where_it_is_below_the_machines_memory(
    limits: list[str], is_limited: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tuple(tmp_path / str(number) for number in range(len(limits)))
    for path, limit in zip(paths, limits, strict=True):
        path.write_text(limit)
    monkeypatch.setattr(machine, "_LIMITS", (*paths, tmp_path / "none"))
    assert (machine.memory_bytes() == 1 << 20) == is_limited
    assert machine.memory_bytes() > 0
