"""Runs at once in one table: nothing is lost, nothing is there twice, and the one that commits later wins."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality

from sflydwh import interrupts
from sflydwh.engine.engine import Engine
from sflydwh.inputs.digests import digests
from sflydwh.inputs.find import find_inputs
from sflydwh.runs import upkeep
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Table
from sflydwh.runs.upkeep import keep_up
from sflydwh.table import tallies as sums
from sflydwh.table.delta import DeltaFolder
from sflydwh.table.rollup import Rollup
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import EventTable
from tests import PROJECT
from tests.processes import TIMEOUT, begun, last_line
from tests.running import answered, dat, event, generated, rejects_in, right_answer, write
from tests.table.tabling import (
    ask,
    assert_right_table,
    data_files,
    ingest,
    right_events,
    stored,
)

Patch = pytest.MonkeyPatch


def log(folder: Path, name: str, amount: int, *more: str) -> Path:
    """A log whose events have keys, and weeks, of all such logs', and some of its own."""
    return write(
        folder / name,
        event("ORDER", "a", "2017-01-03", key="k", total_amount=str(amount), verb="NEW"),
        event("SITE_VISIT", "a", "2017-01-03"),
        event("SITE_VISIT", name, "2017-01-10"),
        event("ORDER", name, "2017-02-10", total_amount="3", verb="NEW"),
        f"{{broken in {name}}}",
        *more,
    )


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    return [log(tmp_path, name, 10 + place) for place, name in enumerate("uvw")]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table"


def assert_batches(engine: Engine, table: Path, batches: Sequence[Sequence[Path]], output: Path) -> None:
    """The table is that of the batches in their order, and so is its rollup."""
    found, right = stored(table), right_events(batches)
    assert [{**row, "key": None} for row in found] == [{**row, "key": None} for row in right]
    for row in found:
        assert row["amount"] is None or row["event_type"] == "ORDER"
    assert_right_table(engine, [file for batch in batches for file in batch], table, output)
    snapshot = EventTable(str(table)).latest()
    rolled_up = snapshot.stored_tallies(engine)
    assert rolled_up is not None
    summed, right_sums = rolled_up.transform(sums.added_up, Kept()), snapshot.tallies(engine)
    assert_df_equality(summed.drop("place"), right_sums.drop("place"), ignore_row_order=True, ignore_nullable=True)


def once_before(patch: Patch, owner: Any, name: str, other: Callable[[], object], only_if: Any = None) -> list[None]:
    """Let another run do its work when the first one is about to take a step; how often steps were taken."""
    original, todo, calls = getattr(owner, name), [other], list[None]()

    def step(*args: Any, **kwargs: Any) -> Any:
        if only_if is None or only_if(*args):
            calls.append(None)
            if todo:
                todo.pop()()
        return original(*args, **kwargs)

    patch.setattr(owner, name, step)
    return calls


def late(patch: Patch, other: Callable[[], object]) -> list[None]:
    """Let another run do its work when an ingest is about to commit; how often ingests came so far."""
    return once_before(patch, interrupts, "check", other)


def test_another_ingest_with_some_of_the_same_keys_comes_first(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    ingest(sail_engine, logs[:1], table)
    attempts = late(monkeypatch, lambda: ingest(sail_engine, logs[1:2], table))
    done = ingest(sail_engine, logs[2:], table)
    assert (len(attempts), done.version, done.replaced, done.added) == (3, 2, 2, 2)
    assert_batches(sail_engine, table, [[file] for file in logs], tmp_path / "o")
    found = sorted((table / "_rejects").glob("*/rejects.jsonl"))
    assert {rejects_in(file)[0]["source_file"] for file in found} == set(map(str, logs))
    assert not any("_failed" in str(file) for file in found)
    assert str(rejects_in(Path(str(done.rejects), "rejects.jsonl"))[0]["source_file"]) == str(logs[2])


def test_another_ingest_that_fills_an_empty_week_comes_first(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    """Neither replaces anything that it sees: the two only add files, and would store keys twice."""
    ingest(sail_engine, [write(tmp_path / "x", event("IMAGE", "x", "2016-01-01"))], table)
    late(monkeypatch, lambda: ingest(sail_engine, logs[:1], table))
    done = ingest(sail_engine, logs[1:2], table)
    assert (done.replaced, done.weeks_rewritten) == (2, 1)
    assert_batches(sail_engine, table, [[tmp_path / "x"], logs[:1], logs[1:2]], tmp_path / "o")


def test_an_ingest_that_is_overtaken_several_times_goes_on(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    late(monkeypatch, lambda: late(monkeypatch, lambda: ingest(sail_engine, logs[:1], table)))
    late(monkeypatch, lambda: ingest(sail_engine, logs[1:2], table))
    ingest(sail_engine, logs[2:], table)
    batches = sorted(([file] for file in logs), key=lambda files: batch_of(table, files[0]))
    assert batches[-1] == logs[2:]
    assert_batches(sail_engine, table, batches, tmp_path / "o")


def test_the_same_file_is_ingested_by_another_first(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    ingest(sail_engine, logs[:1], table)
    late(monkeypatch, lambda: ingest(sail_engine, logs[1:2], table))
    done = ingest(sail_engine, logs[1:2], table)
    assert (done.files, done.known, done.read, done.version, done.rejects) == (0, (str(logs[1]),), 0, 1, None)
    assert_batches(sail_engine, table, [logs[:1], logs[1:2]], tmp_path / "o")


def test_one_of_two_files_is_ingested_by_another_first(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    late(monkeypatch, lambda: ingest(sail_engine, logs[1:2], table))
    done = ingest(sail_engine, logs[:2], table)
    assert (done.files, done.known, done.read, done.replaced) == (1, (str(logs[1]),), 5, 2)
    assert [reject["source_file"] for reject in rejects_in(Path(str(done.rejects), "rejects.jsonl"))] == [str(logs[0])]
    assert_batches(sail_engine, table, [logs[1:2], logs[:1]], tmp_path / "o")


def test_two_first_ingests(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    late(monkeypatch, lambda: ingest(sail_engine, logs[:1], table))
    done = ingest(sail_engine, logs[1:2], table)
    assert (done.version, done.replaced) == (1, 2)
    assert_batches(sail_engine, table, [logs[:1], logs[1:2]], tmp_path / "o")


def test_persons_are_forgotten_while_an_ingest_is_about_to_commit(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    ingest(sail_engine, logs[:1], table)
    attempts = late(monkeypatch, lambda: keep_up(sail_engine, EventTable(str(table)), ["a", "u"]))
    ingest(sail_engine, logs[1:2], table)
    assert len(attempts) == 2
    none = write(tmp_path / "none")
    assert_batches(sail_engine, table, [[none], [none], logs[1:2]], tmp_path / "o")


def test_a_person_is_forgotten_in_what_an_ingest_brings_meanwhile(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    ingest(sail_engine, logs[:1], table)
    once_before(monkeypatch, upkeep, "write_by_week", lambda: ingest(sail_engine, logs[1:2], table))
    done = keep_up(sail_engine, EventTable(str(table)), ["a"])
    assert (done.forgotten, done.events) == (2, 4)
    assert {row["customer_id"] for row in stored(table)} == {"u", "v"}
    right = [write(tmp_path / file.name, *file.read_text().splitlines()[2:]) for file in logs[:2]]
    assert dat(ask(sail_engine, table, tmp_path / "o")) == right_answer(right).dat


@pytest.mark.parametrize("is_rewriting", [True, False])
def test_small_files_are_joined_while_an_ingest_is_about_to_commit(
    sail_engine: Engine, table: Path, tmp_path: Path, monkeypatch: Patch, is_rewriting: bool
) -> None:
    """What the ingest would remove is gone already: it must see that, or a key would be there twice."""
    files = [write(tmp_path / f"{day}", event("SITE_VISIT", f"c{day}", f"2017-01-0{day}")) for day in range(2, 6)]
    for file in files:
        ingest(sail_engine, [file], table)
    late_log = write(tmp_path / "late", event("SITE_VISIT", "c2" if is_rewriting else "z", "2017-01-02", key="new"))
    attempts = late(monkeypatch, lambda: keep_up(sail_engine, EventTable(str(table))))
    done = ingest(sail_engine, [late_log], table)
    assert (len(attempts), done.replaced) == (2, int(is_rewriting))
    assert len(data_files(table)) == (1 if is_rewriting else 2)
    assert_batches(sail_engine, table, [*([file] for file in files), [late_log]], tmp_path / "o")


@pytest.mark.parametrize("is_rewriting", [True, False])
def test_an_ingest_commits_while_small_files_are_joined(
    sail_engine: Engine, table: Path, tmp_path: Path, monkeypatch: Patch, is_rewriting: bool
) -> None:
    files = [write(tmp_path / f"{day}", event("SITE_VISIT", f"c{day}", f"2017-01-0{day}")) for day in range(2, 6)]
    for file in files:
        ingest(sail_engine, [file], table)
    other = write(tmp_path / "other", event("SITE_VISIT", "c2" if is_rewriting else "z", "2017-01-02", key="new"))
    meddling = lambda: ingest(sail_engine, [other], table)  # noqa: E731
    attempts = once_before(monkeypatch, upkeep, "write_by_week", meddling)
    keep_up(sail_engine, EventTable(str(table)))
    assert (len(attempts), len(data_files(table))) == (1 if is_rewriting else 2, 1)
    assert_batches(sail_engine, table, [*([file] for file in files), [other]], tmp_path / "o")


def test_another_ingest_commits_before_the_rollup_is_brought_up_to_date(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    ingest(sail_engine, logs[:1], table)
    once_before(monkeypatch, Rollup, "append", lambda: ingest(sail_engine, logs[1:2], table))
    done = ingest(sail_engine, logs[2:], table)
    assert done.warnings == (
        "1 ORDER events were superseded by one of the same key and time with another amount; if they are line items, use --identity none",
    )
    assert_batches(sail_engine, table, [logs[:1], logs[2:], logs[1:2]], tmp_path / "o")


@pytest.mark.parametrize("step", ["ingest", "upkeep"])
def test_another_ingest_brings_the_rollup_up_to_date_first(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: Patch, step: str
) -> None:
    ingest(sail_engine, logs[:1], table)
    is_rollup = lambda delta, *_: delta.layout.name == "rollup"  # noqa: E731
    once_before(monkeypatch, DeltaFolder, "commit", lambda: ingest(sail_engine, logs[1:2], table), is_rollup)
    if step == "ingest":
        ingest(sail_engine, logs[2:], table)
    else:
        keep_up(sail_engine, EventTable(str(table)))
    batches = [logs[:1], logs[2:], logs[1:2]] if step == "ingest" else [logs[:1], logs[1:2]]
    assert_batches(sail_engine, table, batches, tmp_path / "o")


def test_a_reader_sees_the_version_that_it_opened(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest(sail_engine, logs[:1], table)
    opened = EventTable(str(table)).latest()
    for file in logs[1:]:
        ingest(sail_engine, [file], table)
    keep_up(sail_engine, EventTable(str(table)), ["a"])
    answer = answered(sail_engine, Table(opened), Settings(output=str(tmp_path / "o")))
    assert dat(answer) == right_answer(logs[:1]).dat
    assert answer.summary.snapshot is not None and answer.summary.snapshot.number == 0


def batch_of(table: Path, file: Path) -> int:
    [digest] = digests(find_inputs([str(file)]))
    batch = EventTable(str(table)).latest().batch_of(digest)
    assert batch is not None
    return batch


def test_ingests_and_an_upkeep_in_processes_at_once(sail_engine: Engine, table: Path, tmp_path: Path) -> None:
    files = [generated(tmp_path / f"log{seed}", 600, dirty=0.02, seed=seed) for seed in range(3)]
    shared = tmp_path / "shared"
    shared.write_bytes(b"".join(b"".join(file.read_bytes().splitlines(keepends=True)[::5]) for file in files))
    files.append(shared)
    ingest(sail_engine, files[:1], table)
    given = [["ingest", *names, "--table", table] for names in (files[1:2], [files[2], files[3]], files[3:])]
    jobs = [*given, ["maintain", table, "--forget", "nobody"]]
    processes = [
        begun([sys.executable, str(PROJECT / "jobs" / f"{job}.py"), *map(str, arguments), "--engine", "sail"])
        for job, *arguments in jobs
    ]
    for process in processes:
        _, said = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, last_line(said)
    by_batch = {file: batch_of(table, file) for file in files}
    batches = [[file for file in files if by_batch[file] == number] for number in sorted(set(by_batch.values()))]
    assert sorted(set(by_batch.values())) == list(range(1, len(batches) + 1))
    assert_batches(sail_engine, table, batches, tmp_path / "o")
