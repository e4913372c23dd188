"""A small version of `tests.torture.many_batches`."""

from pathlib import Path

from sflydwh.engine.engine import Engine
from tests.torture import many_batches


def test_many_tiny_batches(sail_engine: Engine, tmp_path: Path) -> None:
    seconds, _ = many_batches.run(sail_engine, 20, 2, tmp_path)
    assert len(seconds) == 20
