"""Ingests and upkeeps that are killed: the table is as before or as after, and the next run goes on from there."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.runs.upkeep import keep_up
from sflydwh.table.snapshot import EventTable
from tests import PROJECT
from tests.processes import TIMEOUT, environment, staging_in
from tests.running import dat, event, generated, right_answer, write
from tests.table.tabling import KEY, ask, ingest, orphans, right_events, stored

INGEST = "sflydwh.runs.ingest:"
EVENTS = "sflydwh.table.snapshot:EventTable."
DELTA = "sflydwh.table.delta:DeltaFolder."
ROLLUP = "sflydwh.table.rollup:Rollup."

FORGOTTEN = "a"
# Weeks that an ingest rewrites, adds to and leaves alone; the last one has two files that an upkeep joins.
OLD = [event("SITE_VISIT", customer, f"2017-01-{day:02}") for customer in "ab" for day in (2, 9, 16)]
OLD += [event("ORDER", customer, "2017-01-03", key="k", total_amount="5") for customer in "ab"]
OLD += [event("SITE_VISIT", "c", "2017-01-24")]
NEW = [event("ORDER", "a", "2017-01-03", key="k", total_amount="7"), event("SITE_VISIT", "c", "2017-01-10"), "{broken}"]
NEW += [event("SITE_VISIT", "c", "2017-01-25")]


class Step(NamedTuple):
    target: str
    when: str
    nth: int = 1
    is_done: bool = False

    def __str__(self) -> str:
        return f"{self.when} {self.target.partition(':')[2]} {self.nth}"


INGEST_STEPS = [
    Step(INGEST + "judge", "after"),
    Step("sflydwh.runs.workplace:Workplace.staged", "after", 3),
    Step(DELTA + "take", "after"),
    Step("sflydwh.runs.rejects:keep_rejects", "after"),
    Step(DELTA + "commit", "before"),
    Step(DELTA + "commit", "after", is_done=True),
    Step(DELTA + "take", "after", 2, is_done=True),
    Step(DELTA + "commit", "after", 2, is_done=True),
]
FIRST_STEPS = [
    Step(INGEST + "judge", "after"),
    Step(DELTA + "take", "after"),
    Step(DELTA + "commit", "after", is_done=True),
    Step(DELTA + "take", "after", 2, is_done=True),
    Step(ROLLUP + "append", "after", is_done=True),
]
# It commits the events without those forgotten, then those in fewer files, then the rollup.
UPKEEP_STEPS = [
    Step(DELTA + "take", "after"),
    Step(DELTA + "commit", "after", is_done=True),
    Step(DELTA + "take", "after", 2, is_done=True),
    Step(DELTA + "commit", "after", 2, is_done=True),
    Step(DELTA + "commit", "after", 3, is_done=True),
    Step(DELTA + "vacuum", "after", is_done=True),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write(tmp_path / "old", *OLD)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return write(tmp_path / "new", *NEW)


def kill(step: Step, job: str, *arguments: object) -> None:
    """Run a job, which must come to the step and end there."""
    command = [sys.executable, "-m", "tests.torture.killed_run", step.target, step.when, str(step.nth), job]
    done = subprocess.run(
        [*command, *map(str, arguments), "--engine", "sail"],
        cwd=PROJECT, env=environment(), capture_output=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr.decode()


def assert_answers(engine: Engine, table: Path, files: Sequence[Path], output: Path) -> None:
    """The latest version is that of the files, ingested one after the other, for this project and for others."""
    assert dat(ask(engine, table, output)) == right_answer(files).dat
    assert_holds(table, files)


def assert_holds(table: Path, files: Sequence[Path]) -> None:
    found = [tuple(row[name] for name in (*KEY, "attributes")) for row in stored(table)]
    assert found == [tuple(row[name] for name in (*KEY, "attributes")) for row in right_events([files])]


def assert_goes_on(engine: Engine, table: Path, files: list[Path], folder: Path) -> None:
    """The next ingest gives the right answer, and an upkeep leaves nothing of what was killed."""
    late = write(
        folder / "late", event("SITE_VISIT", "b", "2017-01-09"), event("ORDER", "d", "2017-01-23", total_amount="1")
    )
    done = ingest(engine, [late], table)
    assert (done.files, done.accepted, done.warnings) == (1, 2, ())
    assert staging_in(table) == []
    assert EventTable(str(table)).latest().stored_tallies(engine) is not None
    assert_answers(engine, table, [*files, late], folder / "o2")
    keep_up(engine, EventTable(str(table)), retention_hours=0)
    assert orphans(table) == []
    assert_holds(table, [*files, late])


@pytest.mark.parametrize("step", INGEST_STEPS, ids=str)
def test_a_killed_ingest_leaves_the_table_as_before_or_as_after(
    step: Step, old: Path, new: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, [old], table)
    kill(step, "ingest", new, "--table", table)
    assert_answers(sail_engine, table, [old, new] if step.is_done else [old], tmp_path / "o1")
    if step.is_done:
        assert list((table / "_rejects").glob("*_Ingest_Rejects/rejects.jsonl"))
    again = ingest(sail_engine, [new], table)
    assert (again.known, again.files) == (((str(new),), 0) if step.is_done else ((), 1))
    assert_goes_on(sail_engine, table, [old, new], tmp_path)


@pytest.mark.parametrize("step", FIRST_STEPS, ids=str)
def test_a_first_ingest_that_is_killed_leaves_a_table_or_none(
    step: Step, old: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    table = tmp_path / "table"
    kill(step, "ingest", old, "--table", table)
    assert EventTable(str(table)).latest().number == (0 if step.is_done else None)
    if step.is_done:
        assert_answers(sail_engine, table, [old], tmp_path / "o1")
    ingest(sail_engine, [old], table)
    assert_goes_on(sail_engine, table, [old], tmp_path)


@pytest.mark.parametrize("step", UPKEEP_STEPS, ids=str)
def test_a_killed_upkeep_leaves_the_table_with_the_person_or_without(
    step: Step, old: Path, new: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, [old], table)
    ingest(sail_engine, [new], table)
    kill(step, "maintain", table, "--forget", FORGOTTEN, "--retention-hours", 0)
    others = without(FORGOTTEN, tmp_path, [old, new])
    assert_answers(sail_engine, table, others if step.is_done else [old, new], tmp_path / "o1")
    again = keep_up(sail_engine, EventTable(str(table)), [FORGOTTEN], 0)
    assert (again.forgotten, orphans(table), staging_in(table)) == (0 if step.is_done else 4, [], [])
    assert_goes_on(sail_engine, table, others, tmp_path)


def without(customer: str, folder: Path, files: Sequence[Path]) -> list[Path]:
    """The logs without a customer's events."""
    kept = []
    for file in files:
        lines = [line for line in file.read_text().splitlines() if f'"{customer}"' not in line]
        kept.append(write(folder / f"{file.name}-without", *lines))
    return kept


@pytest.mark.parametrize("number", [0, 1])
def test_a_commit_that_was_killed_half_way_is_no_version(
    number: int, old: Path, new: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    table = tmp_path / "table"
    for file in (old, new)[:number]:
        ingest(sail_engine, [file], table)
    # So delta-rs writes a version, before it gives it its name.
    for log in (table / "_delta_log", table / "_rollup" / "_delta_log"):
        log.mkdir(parents=True, exist_ok=True)
        (log / f"{number:020}.json#1").write_text('{"commitInfo":')
    done = ingest(sail_engine, [old, new], table)
    told = "1 ORDER events were superseded by one of the same key and time with another amount; if they are line items, use --identity none"
    assert (done.version, done.warnings) == (number, (told,))
    assert_goes_on(sail_engine, table, [old, new], tmp_path)
    assert not list(table.rglob("*#*"))


def test_what_a_killed_ingest_left_is_never_read(old: Path, tmp_path: Path, sail_engine: Engine) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, [old], table)
    more = generated(tmp_path / "more", 300)
    kill(Step(DELTA + "take", "after"), "ingest", more, "--table", table)
    assert len(orphans(table)) > 5
    assert_answers(sail_engine, table, [old], tmp_path / "o1")
    keep_up(sail_engine, EventTable(str(table)))
    assert len(orphans(table)) > 5, "what is young may be of an ingest that is about to commit"
    assert_goes_on(sail_engine, table, [old], tmp_path)
