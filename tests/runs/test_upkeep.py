"""The upkeep of a table: fewer files, the same answers, nothing left of persons forgotten."""

import fcntl
import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from chispa import assert_df_equality
from deltalake import DeltaTable

from sflydwh import interrupts
from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError, UsageError
from sflydwh.files.staging import staging
from sflydwh.runs import upkeep
from sflydwh.table import tallies as sums
from sflydwh.table import writing as table_events
from sflydwh.table.rollup import Rollup
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import EventTable
from tests.processes import staging_in
from tests.running import dat, event, generated, right_answer, write
from tests.table.tabling import ask, assert_right_table, data_files, ingest, orphans, right_events, stored, version

# The second log replaces an order of the first one; then one week is in three files and one in two.
DAYS = ["2017-01-02", "2017-01-02", "2017-01-03", "2017-01-09", "2017-01-04", "2017-01-10"]
A_DAY_OLD, AN_AGE_OLD = 24 * 3600, 40 * 24 * 3600


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table"


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Small logs of two weeks."""
    return [
        write(
            tmp_path / f"log{number}",
            event("SITE_VISIT", f"c{number}", day),
            event("ORDER", "all", day, key=f"k{number}", total_amount=str(number), verb="NEW"),
            event("SITE_VISIT", "all", f"{day}T00:00:00.{number:06}"),
        )
        for number, day in enumerate(DAYS)
    ]


def keep_up(engine: Engine, table: Path, *forget: str, hours: int = 168) -> upkeep.Kept:
    return upkeep.keep_up(engine, EventTable(str(table)), forget, hours)


def ingest_each(engine: Engine, logs: list[Path], table: Path) -> None:
    for file in logs:
        ingest(engine, [file], table)


def assert_rolled_up(engine: Engine, table: Path) -> None:
    """The rollup is there, and is what a recompute gives."""
    snapshot = EventTable(str(table)).latest()
    found = snapshot.stored_tallies(engine)
    assert found is not None
    summed, right = found.transform(sums.added_up, Kept()), snapshot.tallies(engine)
    assert_df_equality(summed.drop("place"), right.drop("place"), ignore_row_order=True, ignore_nullable=True)


def make_old(path: Path, seconds: int) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_small_files_of_a_week_are_joined_and_answers_stay(
    engine: Engine, sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest_each(sail_engine, logs, table)
    before = stored(table)
    assert Counter(data_files(table).values()) == {"2017-01-02": 3, "2017-01-09": 2}
    first = keep_up(engine, table)
    assert (first.files, len(data_files(table)), first.events, first.forgotten) == (2, 2, len(before), 0)
    assert stored(table) == before
    assert_right_table(engine, logs, table, tmp_path / "o")
    files = data_files(table)
    second = keep_up(sail_engine, table)
    assert (second.files_before, second.files, data_files(table)) == (2, 2, files)
    assert_right_table(sail_engine, logs, table, tmp_path / "o2")
    assert_rolled_up(sail_engine, table)


def test_files_are_joined_up_to_a_size_and_large_ones_left_alone(
    sail_engine: Engine, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = [
        write(tmp_path / f"{part}", *(event("SITE_VISIT", f"{part}{number}", "2017-01-02") for number in range(2000)))
        for part in "abcd"
    ]
    logs += [write(tmp_path / f"{part}", event("SITE_VISIT", part, "2017-01-10")) for part in "ef"]
    ingest_each(sail_engine, logs, table)
    before, size = stored(table), max((table / path).stat().st_size for path in data_files(table))
    monkeypatch.setattr(table_events, "FILE_BYTES", int(1.3 * size))
    kept = keep_up(sail_engine, table)
    files = data_files(table)
    assert (kept.files_before, kept.files, Counter(files.values())) == (6, 5, {"2017-01-02": 4, "2017-01-09": 1})
    monkeypatch.setattr(table_events, "FILE_BYTES", int(2.1 * size))
    keep_up(sail_engine, table)
    joined = data_files(table)
    assert {path for path, week in files.items() if week == "2017-01-09"} < set(joined)
    assert Counter(joined.values())["2017-01-02"] in (1, 2)
    assert stored(table) == before
    keep_up(sail_engine, table)
    assert data_files(table) == joined


def test_readers_skip_what_they_may_of_joined_files(sail_engine: Engine, logs: list[Path], table: Path) -> None:
    """What the log tells of a file's times is true, to the microsecond."""
    ingest_each(sail_engine, logs, table)
    keep_up(sail_engine, table)
    found = pl.scan_delta(str(table))
    for row in stored(table):
        at = row["event_time"]
        assert found.filter(pl.col("event_time") == at).collect().height >= 1
        assert found.filter(pl.col("event_time") >= at, pl.col("event_time") <= at).collect().height >= 1


def test_only_old_files_that_no_version_needs_are_deleted(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest_each(sail_engine, logs, table)
    ingest(sail_engine, [write(tmp_path / "bad", event("IMAGE", "i", DAYS[0]), "{broken}")], table)
    week = table / "event_week=2017-01-02"
    young, old, elsewhere = week / "young.parquet", week / "old.parquet", table / "event_week=1999-01-04" / "x.parquet"
    elsewhere.parent.mkdir()
    for file, seconds in ((young, 6 * A_DAY_OLD), (old, 8 * A_DAY_OLD), (elsewhere, AN_AGE_OLD)):
        file.write_bytes(b"left by a run that was killed")
        make_old(file, seconds)
    for file in (table / "_rejects").rglob("*.jsonl"):
        make_old(file, AN_AGE_OLD)
    replaced = set(data_files(table))
    done = keep_up(sail_engine, table)
    assert (done.deleted, young.exists(), old.exists(), elsewhere.exists()) == (2, True, False, False)
    assert all((table / path).exists() for path in replaced), "a reader may be at work on an older version"
    assert_right_table(sail_engine, [*logs, tmp_path / "bad"], table, tmp_path / "o1")
    snapshot = ask(sail_engine, table, tmp_path / "o2", as_of=2).summary.snapshot
    assert snapshot is not None and snapshot.number == 2
    keep_up(sail_engine, table, hours=0)
    assert orphans(table) == []
    assert not any((table / path).exists() for path in replaced)
    assert len(list((table / "_rejects").rglob("*.jsonl"))) == 1
    told = rf"^maintenance deleted files of version 2 of {re.escape(str(table))}; whole (is \d+ alone|are \d+ to \d+)$"
    with pytest.raises(UsageError, match=told) as refused:
        ask(sail_engine, table, tmp_path / "o3", as_of=2)
    whole = int(re.findall(r"whole (?:is|are) (\d+)", str(refused.value))[0])
    assert_right_table(sail_engine, [*logs, tmp_path / "bad"], table, tmp_path / "o4")
    assert dat(ask(sail_engine, table, tmp_path / "o5", as_of=whole)) == right_answer([*logs, tmp_path / "bad"]).dat
    before = {*table.rglob("*=*/*.parquet")}
    deleted = keep_up(sail_engine, table, hours=0).deleted
    assert deleted == len(before - {*table.rglob("*=*/*.parquet")}) > 0, "what was deleted earlier is counted again"


def days_ago(log: Path, age: int, property_names: tuple[str, ...] = ()) -> None:
    """Make a commit as if it were of some days ago, by a project that set no such properties."""
    then = int((time.time() - age * A_DAY_OLD) * 1000)
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        for told, name in (("remove", "deletionTimestamp"), ("add", "modificationTime"), ("commitInfo", "timestamp")):
            if told in action:
                action[told][name] = then
        for name in property_names:
            action.get("metaData", {}).get("configuration", {}).pop(name, None)
    log.write_text("".join(f"{json.dumps(action)}\n" for action in actions))
    make_old(log, age * A_DAY_OLD)


@pytest.mark.parametrize("days", [25, 45])
@pytest.mark.parametrize("is_of_now", [True, False])
def test_versions_are_kept_for_as_long_as_is_asked(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, days: int, is_of_now: bool
) -> None:
    ingest_each(sail_engine, logs[:2], table)
    old = {"delta.deletedFileRetentionDuration", "delta.logRetentionDuration"}
    for number in range(2):
        log = table / "_delta_log" / f"{number:020}.json"
        days_ago(log, days - 2 - number, () if is_of_now else tuple(old))
    for path in table.rglob("*.parquet"):
        make_old(path, 100 * A_DAY_OLD)
    right = right_events([[logs[0]]])
    for _ in range(2):
        keep_up(sail_engine, table, hours=days * 24)
        assert ask(sail_engine, table, tmp_path / "o", as_of=0).summary.account.accepted == len(right)
    kept = DeltaTable(str(table)).metadata().configuration
    assert {kept[name] for name in old} == {f"interval {max(days, 30) * 24} hours"}
    keep_up(sail_engine, table, hours=(days - 4) * 24)
    with pytest.raises((RunError, UsageError)):
        ask(sail_engine, table, tmp_path / "o", as_of=0)
    assert_right_table(sail_engine, logs[:2], table, tmp_path / "o2")


def test_files_of_others_in_the_directory_are_not_deleted(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest_each(sail_engine, logs, table)
    others = [
        table / name
        for name in ("a.dat", "account.json", "logs/day.json", "r/x_Rejects/rejects.jsonl", "sales.parquet", "_x/y.dat")
    ]
    others += [table / "_rollup" / "notes.txt", table / "event_week=2017-01-02" / "notes.txt"]
    for file in others:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("of somebody else")
        make_old(file, AN_AGE_OLD)
    left = [table / "event_week=2017-01-02" / "left.parquet", table / "_rollup" / "batch=9" / "left.parquet"]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"left by a run that was killed")
    keep_up(sail_engine, table, hours=0)
    assert [file for file in others if not file.exists()] == []
    assert [file for file in left if file.exists()] == []
    assert_right_table(sail_engine, logs, table, tmp_path / "o")


def test_what_was_ingested_is_known_when_the_log_is_shortened(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest_each(sail_engine, logs, table)
    keep_up(sail_engine, table)
    log = table / "_delta_log"
    for path in [*log.iterdir(), *(table / "_rollup" / "_delta_log").iterdir()]:
        make_old(path, AN_AGE_OLD)
    late = write(tmp_path / "late", event("SITE_VISIT", "late", DAYS[0]))
    ingest(sail_engine, [late], table)
    keep_up(sail_engine, table)
    assert not (log / f"{0:020}.json").exists()
    assert not (table / "_rollup" / "_delta_log" / f"{0:020}.json").exists()
    number = version(table)
    done = ingest(sail_engine, [late, *logs], table)
    assert (done.files, len(done.known), done.version, version(table)) == (0, len(logs) + 1, number, number)
    with pytest.raises(UsageError, match="has no version 0 any more"):
        EventTable(str(table)).version(0)
    assert_right_table(sail_engine, [*logs, late], table, tmp_path / "o")
    again = write(tmp_path / "again", event("SITE_VISIT", "again", DAYS[0]))
    assert ingest(sail_engine, [again], table).added == 1
    assert EventTable(str(table)).latest().batch == len(logs) + 2
    assert_right_table(sail_engine, [*logs, late, again], table, tmp_path / "o2")


PERSONS = ["person-7", 'Zoë "Z" O\'Neil', "100%{x}\\*?", "$1 \U0001f600"]


def told_of(person: str, table: Path) -> set[str]:
    """The files below a table's directory that tell of a person, rejects aside."""
    return {
        str(file.relative_to(table))
        for file in table.rglob("*")
        if file.is_file() and "_rejects" not in file.parts and any(person in text for text in texts(file))
    }


def texts(file: Path) -> Iterator[str]:
    """All that a file says: of a Parquet file the values, and what it tells of them."""
    yield str(file)
    if file.suffix == ".parquet":
        with pq.ParquetFile(file) as parquet:
            yield from map(repr_of, parquet.read().to_pylist())
            for group in range(parquet.metadata.num_row_groups):
                yield repr_of(parquet.metadata.row_group(group).to_dict())
            yield repr_of(parquet.metadata.metadata)
    yield file.read_bytes().decode(errors="replace")


def repr_of(value: Any) -> str:
    """All texts in a value, as they are."""
    if isinstance(value, dict):
        return "\n".join(map(repr_of, value.values()))
    if isinstance(value, list | tuple):
        return "\n".join(map(repr_of, value))
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("person", PERSONS)
def test_a_person_who_is_forgotten_is_in_no_file(sail_engine: Engine, table: Path, tmp_path: Path, person: str) -> None:
    theirs = [
        event("CUSTOMER", person, "2017-01-02", verb="NEW"),
        event("SITE_VISIT", person, "2017-01-09"),
        event("ORDER", person, "2017-01-09", key="k", total_amount="5", verb="NEW"),
        event("SURVEY", person, "2017-02-06"),
    ]
    others = [event(kind, f"{person}-other"[::-1], "2017-01-03") for kind in ("SITE_VISIT", "SURVEY")]
    logs = [write(tmp_path / "one", *theirs[:2], *others), write(tmp_path / "two", *theirs[1:])]
    ingest_each(sail_engine, logs, table)
    places = {name.partition("/")[0] for name in told_of(person, table)}
    assert {"_rollup", "event_week=2017-01-02", "event_week=2017-01-09", "event_week=2017-02-06"} <= places
    assert "_delta_log" not in places
    done = keep_up(sail_engine, table, person, "somebody unknown", hours=0)
    assert (done.forgotten, done.events) == (4, 2)
    assert told_of(person, table) == set()
    right = write(tmp_path / "right", *others)
    assert_right_table(sail_engine, [right], table, tmp_path / "o")
    assert_rolled_up(sail_engine, table)
    assert [row["attributes"] for row in stored(table)] == sorted(others, key=lambda text: "SURVEY" in text)
    assert ingest(sail_engine, logs, table).files == 0
    assert keep_up(sail_engine, table, person).forgotten == 0


def test_a_person_stays_in_old_versions_for_a_while(sail_engine: Engine, table: Path, tmp_path: Path) -> None:
    log = generated(tmp_path / "log", 400)
    ingest(sail_engine, [log], table)
    person = stored(table)[0]["customer_id"]
    kept = [row for row in stored(table) if row["customer_id"] != person]
    keep_up(sail_engine, table, person)
    assert stored(table) == kept
    assert told_of(person, table)
    assert person not in {row["customer_id"] for row in stored(table)}
    assert_right_table_of(sail_engine, table, log, tmp_path, as_of=0)
    keep_up(sail_engine, table, hours=0)
    assert told_of(person, table) == set()


def assert_right_table_of(engine: Engine, table: Path, log: Path, folder: Path, as_of: int) -> None:
    found = ask(engine, table, folder / "o", as_of=as_of).summary.account
    assert found.accepted == len(right_events([[log]]))


def test_all_persons_may_be_forgotten(sail_engine: Engine, table: Path, tmp_path: Path) -> None:
    first = write(tmp_path / "first", event("SITE_VISIT", "a", DAYS[0]), event("SITE_VISIT", "b", DAYS[1]))
    ingest(sail_engine, [first], table)
    done = keep_up(sail_engine, table, "a", "b", hours=0)
    assert (done.forgotten, done.events, done.files, orphans(table)) == (2, 0, 0, [])
    assert ask(sail_engine, table, tmp_path / "o").best == []
    second = write(tmp_path / "second", event("SITE_VISIT", "a", DAYS[0]))
    assert ingest(sail_engine, [second], table).added == 1
    assert_right_table(sail_engine, [second], table, tmp_path / "o2")


AT_WORK = "a run is at work in .*, and fewer than 168 hours of retention may delete its files"


def test_files_of_a_run_at_work_are_not_deleted(sail_engine: Engine, logs: list[Path], table: Path) -> None:
    ingest_each(sail_engine, logs, table)
    with staging(table):
        with pytest.raises(RunError, match=AT_WORK):
            keep_up(sail_engine, table, hours=167)
        assert version(table) == len(logs) - 1
        assert keep_up(sail_engine, table).files == 2
    assert keep_up(sail_engine, table, hours=0).deleted > 0


def test_files_of_a_run_that_began_meanwhile_are_not_deleted(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_each(sail_engine, logs, table)
    late = write(tmp_path / "late", event("SITE_VISIT", "late", DAYS[0]))
    refused: list[int] = []

    def nobody_at_work(*_: object) -> bool:
        refused.append(1)
        return False

    def before_commit() -> None:
        """The ingest's files lie in the table, and no version knows them yet."""
        with monkeypatch.context() as patch:
            # The upkeep's first look was before the ingest began.
            patch.setattr(upkeep, "others_at_work", nobody_at_work)

            def rebuild(*_: object) -> bool:
                patch.undo()
                return True

            patch.setattr(Rollup, "rebuild", rebuild)
            with pytest.raises(RunError, match=AT_WORK):
                keep_up(sail_engine, table, hours=0)

    with pytest.MonkeyPatch.context() as hook:
        hook.setattr(interrupts, "check", before_commit)
        ingest(sail_engine, [late], table)
    assert refused
    assert_right_table(sail_engine, [*logs, late], table, tmp_path / "o")


def test_a_run_begins_when_files_are_deleted(
    sail_engine: Engine, logs: list[Path], table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_each(sail_engine, logs, table)
    happened = []
    original, lock = EventTable.vacuum, fcntl.flock
    is_held_back = threading.Event()

    def flock(handle: int, how: int) -> None:
        """The same, but it tells before it waits."""
        try:
            lock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if how & fcntl.LOCK_NB:
                raise
            is_held_back.set()
            lock(handle, how)

    def begin() -> None:
        with staging(table):
            happened.append("begun")

    other = threading.Thread(target=begin)

    def vacuum(self: EventTable, hours: int) -> int:
        other.start()
        assert is_held_back.wait(10)
        deleted = original(self, hours)
        happened.append("deleted")
        return deleted

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(EventTable, "vacuum", vacuum)
    keep_up(sail_engine, table, hours=0)
    other.join()
    assert happened == ["deleted", "begun"]
    assert staging_in(table) == []


def remove(rollup: Path) -> None:
    rollup.rename(rollup.parent / "_gone")


def spoil_data(rollup: Path) -> None:
    for file in rollup.rglob("*.parquet"):
        file.write_bytes(bytes(file.stat().st_size))


def cut_data(rollup: Path) -> None:
    for file in rollup.rglob("*.parquet"):
        file.unlink()


def spoil_log(rollup: Path) -> None:
    for file in (rollup / "_delta_log").glob("*.json"):
        file.write_text("{broken")


def empty_log(rollup: Path) -> None:
    for file in (rollup / "_delta_log").iterdir():
        file.unlink()


@pytest.mark.parametrize("harm", [remove, spoil_data, cut_data, spoil_log, empty_log])
def test_a_rollup_that_is_gone_or_damaged_is_made_again(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, harm: Any
) -> None:
    ingest_each(sail_engine, logs[:2], table)
    harm(table / "_rollup")
    keep_up(sail_engine, table)
    assert_right_table(sail_engine, logs[:2], table, tmp_path / "o")
    assert_rolled_up(sail_engine, table)
    ingest(sail_engine, [logs[2]], table)
    assert_rolled_up(sail_engine, table)


def test_a_rollup_of_an_older_batch_is_not_used_and_made_again(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_each(sail_engine, logs[:2], table)
    with monkeypatch.context() as patch:
        patch.setattr(Rollup, "append", lambda *_: True)
        ingest_each(sail_engine, logs[2:4], table)
    assert EventTable(str(table)).latest().stored_tallies(sail_engine) is None
    assert_right_table(sail_engine, logs[:4], table, tmp_path / "o")
    ingest(sail_engine, [logs[4]], table)
    assert_rolled_up(sail_engine, table)
    assert_right_table(sail_engine, logs[:5], table, tmp_path / "o2")


def test_a_rollup_that_cannot_be_written_fails_no_ingest(
    sail_engine: Engine, logs: list[Path], table: Path, tmp_path: Path
) -> None:
    ingest_each(sail_engine, logs[:1], table)
    remove(table / "_rollup")
    (table / "_rollup").write_text("in the way")
    done = ingest(sail_engine, [logs[1]], table)
    assert done.version == 1
    [warning] = [told for told in done.warnings if "rollup" in told]
    assert warning.startswith("the rollup was not brought up to date: cannot write")
    assert_right_table(sail_engine, logs[:2], table, tmp_path / "o")


def test_what_maintenance_says(sail_engine: Engine, logs: list[Path], table: Path) -> None:
    ingest_each(sail_engine, logs, table)
    done = keep_up(sail_engine, table, "all")
    assert done.version == version(table)
    assert (done.events, done.forgotten, done.files_before, done.files) == (6, 11, 5, 2)
    assert done.size == sum((table / path).stat().st_size for path in data_files(table))


def test_a_damaged_file_fails_the_upkeep_by_its_name(sail_engine: Engine, logs: list[Path], table: Path) -> None:
    ingest_each(sail_engine, logs, table)
    spoil_data(table / "_rollup")
    before, [file] = stored(table), [path for path in data_files(table) if "00000006" in path]
    whole = (table / file).read_bytes()
    (table / file).write_bytes(bytes(len(whole)))
    with pytest.raises(RunError, match=f"the table's file {table / file} is damaged"):
        keep_up(sail_engine, table)
    again = write(table.parent / "again", event("SITE_VISIT", "c5", DAYS[5], key="new"))
    with pytest.raises(RunError, match=f"the table's file {table / file} is damaged"):
        ingest(sail_engine, [again], table)
    (table / file).write_bytes(whole)
    assert keep_up(sail_engine, table).events == len(before)
    assert stored(table) == before
    assert_rolled_up(sail_engine, table)
