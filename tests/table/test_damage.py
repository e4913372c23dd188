"""Tables that are damaged, of another kind, or of a newer project: a clear error, never a wrong answer."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import CommitProperties, DeltaTable, Transaction

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError, UsageError
from sflydwh.table.schema import FORMAT, FORMAT_RECORD
from sflydwh.table.snapshot import EventTable
from tests.running import event, generated, write
from tests.table.tabling import ask, assert_right_table, data_files, ingest


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return generated(tmp_path / "log", 2_000)


@pytest.fixture
def table(sail_engine: Engine, log: Path, tmp_path: Path) -> Path:
    ingest(sail_engine, [log], tmp_path / "table")
    return tmp_path / "table"


def without_rollup(table: Path) -> None:
    (table / "_rollup").rename(table / "_gone")


def largest(table: Path) -> Path:
    return max((table / path for path in data_files(table)), key=lambda path: path.stat().st_size)


def test_a_file_that_is_gone_is_named(engine: Engine, table: Path, tmp_path: Path) -> None:
    without_rollup(table)
    file = largest(table)
    file.unlink()
    with pytest.raises(RunError, match=f"the table's file {file} cannot be read: No such file"):
        ask(engine, table, tmp_path / "o")
    assert list((tmp_path / "o").iterdir()) == []


def test_a_file_that_was_cut_is_named(sail_engine: Engine, table: Path, tmp_path: Path) -> None:
    without_rollup(table)
    file = largest(table)
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(RunError, match=f"the table's file {file} is damaged: {size - 100} bytes, not {size}"):
        ask(sail_engine, table, tmp_path / "o")


def test_a_file_with_other_bytes_in_it_is_named(engine: Engine, table: Path, tmp_path: Path) -> None:
    without_rollup(table)
    file = largest(table)
    content = bytearray(file.read_bytes())
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    file.write_bytes(content)
    with pytest.raises(RunError, match=f"the table's file {file} is damaged"):
        ask(engine, table, tmp_path / "o")


def test_a_damaged_file_fails_an_ingest_that_would_rewrite_it(
    sail_engine: Engine, table: Path, log: Path, tmp_path: Path
) -> None:
    file = largest(table)
    file.write_bytes(bytes(file.stat().st_size))
    again = tmp_path / "again"
    again.write_bytes(log.read_bytes() + b"\n")
    with pytest.raises(RunError, match=f"the table's file {file} is damaged"):
        ingest(sail_engine, [again], table)
    assert EventTable(str(table)).latest().number == 0


def spoil_data(rollup: Path) -> None:
    for file in rollup.rglob("*.parquet"):
        file.write_bytes(bytes(file.stat().st_size))


def delete_data(rollup: Path) -> None:
    for file in rollup.rglob("*.parquet"):
        file.unlink()


def spoil_log(rollup: Path) -> None:
    for file in (rollup / "_delta_log").iterdir():
        file.write_text("{broken")


HARMS: dict[Callable[[Path], None], str] = {
    spoil_data: r"the table's file \S*_rollup\S*parquet is damaged",
    delete_data: r"the table's file \S*_rollup\S*parquet cannot be read: No such file",
    spoil_log: r"cannot read the log of the table \S*_rollup",
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_rollup_is_told_and_the_events_answer(
    engine: Engine, table: Path, log: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    harm(table / "_rollup")
    answer = assert_right_table(engine, [log], table, tmp_path / "o")
    [warning] = (line for line in answer.summary.warnings if "rollup" in line)
    assert re.match(f"the rollup is damaged and was not used; maintain.py makes it again: {HARMS[harm]}", warning)
    assert "\n" not in warning


@pytest.mark.parametrize("harm", HARMS)
def test_an_ingest_makes_a_damaged_rollup_again(
    sail_engine: Engine, table: Path, log: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    small = write(tmp_path / "small", event("IMAGE", "a", "2017-01-06"))
    ingest(sail_engine, [small], table)
    harm(table / "_rollup")
    # The first one is appended; only where the rollup is then added up all of it is read.
    logs = [log, small, *(generated(tmp_path / f"log{seed}", 1_500, seed=seed) for seed in (5, 6))]
    for number in (2, 3):
        assert [line for line in ingest(sail_engine, [logs[number]], table).warnings if "rollup" in line] == []
    answer = assert_right_table(sail_engine, logs, table, tmp_path / "o")
    assert [line for line in answer.summary.warnings if "rollup" in line] == []


def test_a_damaged_log_is_told(sail_engine: Engine, table: Path) -> None:
    (table / "_delta_log" / "00000000000000000000.json").write_text("{broken")
    with pytest.raises(RunError, match="cannot read the log of the table"):
        EventTable(str(table)).latest()


def test_a_table_of_a_newer_project_is_refused(sail_engine: Engine, table: Path, log: Path, tmp_path: Path) -> None:
    delta = DeltaTable(str(table))
    delta.create_write_transaction(
        [],
        "append",
        delta.schema(),
        commit_properties=CommitProperties(app_transactions=[Transaction(FORMAT_RECORD, FORMAT + 1)]),
    )
    newer = f"written by a newer sflydwh: its format is {FORMAT + 1}, and this one knows up to {FORMAT}"
    with pytest.raises(RunError, match=newer):
        ask(sail_engine, table, tmp_path / "o")
    with pytest.raises(RunError, match=newer):
        ingest(sail_engine, [write(tmp_path / "new", event("IMAGE", "a", "2017-01-06"))], table)


def test_a_delta_table_of_something_else_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "_delta_log"
    log.mkdir()
    fields = [{"name": "x", "type": "string", "nullable": True, "metadata": {}}]
    metadata = {
        "id": "1", "format": {"provider": "parquet", "options": {}}, "partitionColumns": [], "configuration": {},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
    }  # fmt: skip
    actions = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": metadata}]
    (log / "00000000000000000000.json").write_text("\n".join(map(json.dumps, actions)))
    with pytest.raises(UsageError, match="is a Delta Lake table, but not an event table"):
        EventTable(str(tmp_path)).latest()


def test_a_directory_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(UsageError, match="is not empty and is not an event table"):
        EventTable(str(tmp_path))
    with pytest.raises(UsageError, match="is not empty and is not an event table"):
        EventTable(str(tmp_path / "holiday.jpg"))
    with pytest.raises(UsageError, match="must be a directory"):
        EventTable("s3://bucket/table")
    with pytest.raises(UsageError, match="there is no event table in .*; make one with ingest.py"):
        EventTable(str(tmp_path / "new")).version(None)
