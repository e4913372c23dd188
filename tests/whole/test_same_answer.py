"""The same events give the same bytes: run again, in another order, in other files, cut otherwise."""

import gzip
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.reader import Limits
from tests.running import (
    STEM,
    dat,
    dat_and_rejects,
    event,
    events_with_keys_of_their_own,
    files_below,
    generated,
    right_answer,
    run,
    write,
)

PARTITIONS = "spark.sql.shuffle.partitions"
# No two have a key in common; ties of worth, and broken ones, are among them.
LINES = [
    *events_with_keys_of_their_own(),
    *(event("SITE_VISIT", customer, "2018-01-01") for customer in ("tie-1", "tie-2", "Tie", "\u00e9")),
    *(event("ORDER", customer, "2018-01-01", total_amount="7") for customer in ("tie-2", "Tie", "tie-1")),
    event("ORDER", "f", "2018-01-01", total_amount="seven"),
    '{"type": ',
]


@contextmanager
def cut(engine: Engine, split_bytes: int, block_bytes: int, partitions: int) -> Iterator[None]:
    """Cut the work into splits, blocks and partitions of these sizes."""
    before = engine.session.conf.get(PARTITIONS)
    engine.session.conf.set(PARTITIONS, str(partitions))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(engine), "split_bytes", lambda *_: split_bytes)
            patch.setattr("sflydwh.runs.source.Limits", partial(Limits, block_bytes=block_bytes))
            yield
    finally:
        engine.session.conf.set(PARTITIONS, str(before))


def in_files(folder: Path, lines: Sequence[str], starts: Sequence[int], layouts: Sequence[str]) -> list[Path]:
    """Lines in several files: as lines, as an array, or packed."""
    folder.mkdir(parents=True)
    edges = [0, *sorted(starts), len(lines)]
    files = []
    for number, (begin, end) in enumerate(zip(edges, edges[1:])):
        layout, path = layouts[number % len(layouts)], folder / str(number)
        content = "".join(f"{line}\n" for line in lines[begin:end])
        if layout == "array":
            content = "[" + ",\n".join(lines[begin:end]) + "\n]\n"
        path.write_bytes(gzip.compress(content.encode()) if layout == "gzip" else content.encode())
        files.append(path)
    return files


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return right_answer([write(tmp_path_factory.mktemp("right") / "log", *LINES)], 20).dat


def test_a_log_given_twice_gives_the_same_bytes_twice_under_names_of_their_own(engine: Engine, tmp_path: Path) -> None:
    log, output = generated(tmp_path / "log", 300, dirty=0.1), tmp_path / "o"
    first, second = (run(engine, [log], output, summary=str(tmp_path / "s.json")) for _ in range(2))
    paths = [Path(str(answer.summary.output)) for answer in (first, second)]
    assert dat_and_rejects(paths[0]) == dat_and_rejects(paths[1])
    assert first.summary.account == second.summary.account
    stems = [f"{STEM}10", f"{STEM.replace('46_', '47_')}10"]
    assert [path.name for path in paths] == [f"{stem}_Customers.dat" for stem in stems]
    names = [f"{stem}_{kind}" for stem in stems for kind in ("Customers.dat", "Rejects/rejects.jsonl")]
    assert files_below(output) == sorted(names)


@pytest.mark.parametrize(
    ("seed", "starts", "layouts", "sizes"),
    [
        (1, [], ["lines"], (10**6, 10**6, 1)),
        (2, [5, 100, 150], ["lines", "array"], (700, 200, 7)),
        (3, [0, 60, 61], ["gzip", "lines"], (5_000, 64, 3)),
    ],
)
def test_neither_order_nor_files_nor_layout_nor_cuts_change_the_answer(
    engine: Engine,
    tmp_path: Path,
    right: bytes,
    seed: int,
    starts: list[int],
    layouts: list[str],
    sizes: tuple[int, int, int],
) -> None:
    lines = random.Random(seed).sample(LINES, len(LINES))
    files = in_files(tmp_path / "logs", lines, starts, layouts)
    with cut(engine, *sizes):
        answer = run(engine, files[::-1], tmp_path / "o", 20)
    assert dat(answer) == right
    assert answer.summary.account.read == len(LINES)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.permutations(LINES),
    starts=st.lists(st.integers(0, len(LINES)), max_size=4),
    layouts=st.lists(st.sampled_from(["lines", "array", "gzip"]), min_size=1, max_size=5),
    sizes=st.tuples(st.integers(100, 40_000), st.integers(16, 40_000), st.integers(1, 9)),
)
def test_no_order_and_no_cut_changes_the_answer_of_sail(
    sail_engine: Engine,
    right: bytes,
    lines: list[str],
    starts: list[int],
    layouts: list[str],
    sizes: tuple[int, int, int],
) -> None:
    with TemporaryDirectory() as name, cut(sail_engine, *sizes):
        files = in_files(Path(name) / "logs", lines, starts, layouts)
        assert dat(run(sail_engine, files, Path(name) / "o", 20)) == right
