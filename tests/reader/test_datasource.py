"""The data source, on both engines: every piece of every file once, at its place."""

import gc
import gzip
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from sflydwh.engine.engine import Engine
from sflydwh.files.input_file import InputFile
from sflydwh.reader import FORMAT_NAME, EventsDataSource, Limits, reader_options
from sflydwh.reader.datasource import PIECES_SCHEMA, RAW_PIECES_SCHEMA, EventsReader
from sflydwh.reader.source import MOST_BYTES

Row = tuple[object, ...]
TIME = datetime(2017, 1, 6, 12, 46, 46)
A = b'{"type":"A","event_time":"2017-01-06T12:46:46Z"}'  # 48 bytes
PRETTY = b'{\n  "type": "B",\n  "verb": "NEW",\n  "key": 7,\n  "customer_id": "\xc3\xa9",\n  "event_time": "12:00",\n  "total_amount": 1.50\n}'
FAST = Limits(fast_from_bytes=0)
BAD = b'{"type":"C",\xff}'


@pytest.fixture
def files(tmp_path: Path) -> list[InputFile]:
    """Lines that can be cut, a stream that cannot, a compressed file and an empty one."""
    contents = {
        "lines.dat": A + b"\n" + BAD + b"\n" + A + b"\n",
        "a b[1].json": b"[" + PRETTY + b",\n" + PRETTY + b"]",
        "empty": b"",
        "packed": gzip.compress(A + A),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [InputFile(str(tmp_path / name), len(content)) for name, content in contents.items()]


def expected(files: Sequence[InputFile]) -> list[Row]:
    """Position, reason, texts of the fields, instant, amount, source file, offset and bytes of each piece."""
    plain = (None, "A", None, None, None, None, None, TIME, None)
    pretty = (None, "B", "NEW", "7", "é", "12:00", None, None, Decimal("1.5000"))
    bad = ("malformed_json", *[None] * 8)
    pieces = [
        (0, 0, plain, A), (0, 49, bad, BAD), (0, 64, plain, A), (1, 1, pretty, PRETTY), (1, len(PRETTY) + 3, pretty, PRETTY),
        (3, 0, plain, A), (3, 48, plain, A),
    ]  # fmt: skip
    return [
        (number * MOST_BYTES + offset, *row, files[number].path, offset, raw) for number, offset, row, raw in pieces
    ]


def load(engine: Engine, options: dict[str, str]) -> DataFrame:
    engine.session.dataSource.register(EventsDataSource)
    return engine.session.read.format(FORMAT_NAME).options(**options).load()


def rows_of(frame: DataFrame) -> list[Row]:
    """The rows in the order of their positions, without the split, which depends on how the input is cut."""
    return sorted(
        tuple(bytes(v) if isinstance(v, bytearray) else v for v in row) for row in frame.drop("split").collect()
    )


def splits_of(files: Sequence[InputFile], split_bytes: int) -> list[int]:
    reader = EventsReader(reader_options(files, split_bytes, Limits()))
    return [partition.value.index for partition in reader.partitions()]


@pytest.mark.parametrize("split_bytes", [40, 100, 1 << 20])
def test_every_piece_with_its_place_and_bytes(engine: Engine, files: list[InputFile], split_bytes: int) -> None:
    found = load(engine, reader_options(files, split_bytes, Limits(block_bytes=300, fast_from_bytes=0), with_raw=True))
    assert found.schema == StructType.fromDDL(RAW_PIECES_SCHEMA)
    assert rows_of(found) == expected(files)


def test_without_the_bytes(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, reader_options(files, 60, FAST))
    assert found.schema == StructType.fromDDL(PIECES_SCHEMA)
    assert rows_of(found) == [row[:-3] for row in expected(files)]


def test_of_a_small_input_the_rules_read_times_and_amounts(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, reader_options(files, 60, Limits())).select("event_time", "total_amount", "instant", "amount")
    texts = {("2017-01-06T12:46:46Z", None, None, None), ("12:00", "1.50", None, None), (None, None, None, None)}
    assert {tuple(row) for row in found.collect()} == texts


def test_only_the_splits_asked_for_are_read(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, reader_options(files[:1], 60, Limits(), with_raw=True, only_splits=[1]))
    assert [(row.split, row.offset, bytes(row.raw)) for row in found.collect()] == [(1, 64, A)]
    assert load(engine, reader_options(files[:1], 60, Limits(), with_raw=True, only_splits=[])).collect() == []


def test_no_files_no_rows(engine: Engine) -> None:
    assert load(engine, reader_options([], 60, Limits())).collect() == []


def test_a_file_that_changed_fails_the_query_and_is_named(engine: Engine, files: list[InputFile]) -> None:
    changed = InputFile(files[0].path, files[0].size + 1)
    with pytest.raises(Exception, match=r"InputError: [^\n]*lines\.dat changed while it was read"):
        load(engine, reader_options([changed], 1 << 20, Limits())).collect()


def test_the_limits_reach_the_tasks(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, reader_options(files[:1], 1 << 20, Limits(event_bytes=47, kept_bytes=5), with_raw=True))
    texts = [(row.reason, bytes(row.raw)) for row in found.orderBy("position").collect()]
    assert texts == [("too_large", A[:5]), ("malformed_json", BAD), ("too_large", A[:5])]


@pytest.mark.parametrize("split_bytes", range(1, 130, 7))
def test_however_the_input_is_cut_the_rows_are_the_same(files: list[InputFile], split_bytes: int) -> None:
    splits = splits_of(files, split_bytes)
    assert splits == list(range(len(splits)))
    reader = EventsReader(reader_options(files, split_bytes, FAST, with_raw=True, only_splits=splits))
    found = []
    for partition in reader.partitions():
        for batch in reader.read(partition):
            assert set(batch.column("split").to_pylist()) == {partition.value.index}
            columns = batch.select([name for name in batch.schema.names if name != "split"]).columns
            found += zip(*(column.to_pylist() for column in columns), strict=True)
    assert sorted(found) == expected(files)


@pytest.mark.parametrize("is_worker", [True, False])
def test_only_a_worker_of_spark_keeps_its_imports_from_the_collector_and_once(
    files: list[InputFile], monkeypatch: pytest.MonkeyPatch, is_worker: bool
) -> None:
    frozen: list[None] = []
    context = SimpleNamespace(get=lambda: object() if is_worker else None)
    monkeypatch.setattr("sflydwh.reader.datasource.TaskContext", context)
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(None))
    monkeypatch.setattr(gc, "get_freeze_count", lambda: len(frozen))
    reader = EventsReader(reader_options(files, 50, Limits()))
    partitions = reader.partitions()
    assert len(partitions) > 1
    for partition in partitions:
        list(reader.read(partition))
    assert len(frozen) == is_worker
