"""The data source, on both engines: every piece of every file once, at its place."""

import gc
import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from sflydwh.engine.engine import Engine
from sflydwh.files.input_file import InputFile
from sflydwh.formats.columns import COUNTED, PIECES, REJECTS
from sflydwh.formats.model import COUNT
from sflydwh.formats.named import format_of
from sflydwh.reader.batches import Gives
from sflydwh.reader.datasource import FORMAT_NAME, EventsDataSource, EventsReader, Plan, reader_options
from sflydwh.reader.pieces import Limits
from sflydwh.reader.source import MOST_BYTES

Row = tuple[object, ...]
TIME = datetime(2017, 1, 6, 12, 46, 46)
A = b'{"type":"IMAGE","customer_id":"a","event_time":"2017-01-06T12:46:46Z"}'
PRETTY = (
    b'{\n  "type": "ORDER",\n  "verb": "NEW",\n  "key": 7,\n  "customer_id": "\xc3\xa9",\n'
    b'  "event_time": "2017-01-06T12:46:46Z",\n  "total_amount": 1.50\n}'
)
FAST = Limits(fast_from_bytes=0)
BAD = b'{"type":"C",\xff}'
SFLY = format_of("sfly")


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
    """What `PIECES` has of each piece."""
    plain = (3, None, "a", TIME, "IMAGE", None, None, None, None)
    pretty = (4, None, "é", TIME, "ORDER", "NEW", "7", None, Decimal("1.5000"))
    bad = (0, "malformed_json", *[None] * 7)
    second = len(A) + 1
    pieces = [
        (0, 0, plain, A), (0, second, bad, BAD), (0, second + len(BAD) + 1, plain, A),
        (1, 1, pretty, PRETTY), (1, len(PRETTY) + 3, pretty, PRETTY), (3, 0, plain, A), (3, len(A), plain, A),
    ]  # fmt: skip
    return [
        (number * MOST_BYTES + offset, *row, 1, files[number].path, offset, raw, None)
        for number, offset, row, raw in pieces
    ]


def options(
    files: Sequence[InputFile],
    split_bytes: int,
    limits: Limits = Limits(),
    gives: Gives = Gives.PIECES,
    only_splits: Sequence[int] | None = None,
) -> dict[str, str]:
    return reader_options(Plan(files, split_bytes, SFLY, "time", limits, gives, only_splits))


def load(engine: Engine, options: dict[str, str]) -> DataFrame:
    engine.session.dataSource.register(EventsDataSource)
    return engine.session.read.format(FORMAT_NAME).options(**options).load()


def rows_of(frame: DataFrame) -> list[Row]:
    """The pieces in the order of their positions."""
    rows = frame.where(f"kind != {COUNT}").collect()
    return sorted(tuple(bytes(v) if isinstance(v, bytearray) else v for v in row) for row in rows)


def splits_of(files: Sequence[InputFile], split_bytes: int) -> list[int]:
    reader = EventsReader(options(files, split_bytes))
    return [partition.value.index for partition in reader.partitions()]


@pytest.mark.parametrize("split_bytes", [40, 100, 1 << 20])
@pytest.mark.parametrize("limits", [Limits(block_bytes=300, fast_from_bytes=0), Limits(block_bytes=300)])
def test_every_piece_with_its_place_and_bytes(
    engine: Engine, files: list[InputFile], split_bytes: int, limits: Limits
) -> None:
    found = load(engine, options(files, split_bytes, limits))
    assert found.schema == StructType.fromDDL(PIECES.sql)
    assert rows_of(found) == expected(files)


@pytest.mark.parametrize("limits", [FAST, Limits()])
def test_what_is_to_be_counted(engine: Engine, files: list[InputFile], limits: Limits) -> None:
    found = load(engine, options(files, 60, limits, Gives.COUNTED))
    assert found.schema == StructType.fromDDL(COUNTED.sql)
    rows = found.where(f"kind NOT IN ({COUNT}, 3)").orderBy("kind", "place").drop("place").collect()
    order = ("é", 4, "7", 1, 1, TIME, TIME, 0, Decimal("1.5000"), None, None)
    nothing = (None,) * 7
    assert [tuple(row) for row in rows] == [(None, 0, "malformed_json", 1, *nothing), *[order] * 2]
    images = [tuple(row) for row in found.where("kind = 3").drop("pieces").distinct().collect()]
    micros = (TIME - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert images == [("a", 3, None, None, 1, TIME, TIME, None, None, [micros], None)]
    assert found.where("kind = 3").groupBy().sum("pieces").collect()[0][0] == 4
    paths = found.where(f"kind = {COUNT}").groupBy("label").sum("pieces").collect()
    assert [tuple(row) for row in paths] == [("customer:customer_id", 6)]


def test_rejects_are_given_alone(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, options(files, 60, FAST, Gives.REJECTS))
    assert found.schema == StructType.fromDDL(REJECTS.sql)
    [row] = found.collect()
    assert (row.reason, row.source_file, row.source_offset, bytes(row.raw)) == (
        "malformed_json", files[0].path, len(A) + 1, BAD,
    )  # fmt: skip


def test_only_the_splits_asked_for_are_read(engine: Engine, files: list[InputFile]) -> None:
    second = len(A) + len(BAD) + 2
    found = load(engine, options(files[:1], second - 1, only_splits=[1])).where(f"kind != {COUNT}")
    assert [(row.source_offset, bytes(row.raw)) for row in found.collect()] == [(second, A)]
    assert load(engine, options(files[:1], 60, only_splits=[])).collect() == []


def test_no_files_no_rows(engine: Engine) -> None:
    assert load(engine, options([], 60)).collect() == []


def test_a_file_that_changed_fails_the_query_and_is_named(engine: Engine, files: list[InputFile]) -> None:
    changed = InputFile(files[0].path, files[0].size + 1)
    with pytest.raises(Exception, match=r"InputError: [^\n]*lines\.dat changed while it was read"):
        load(engine, options([changed], 1 << 20)).collect()


def test_the_limits_reach_the_tasks(engine: Engine, files: list[InputFile]) -> None:
    found = load(engine, options(files[:1], 1 << 20, Limits(event_bytes=len(A) - 1, kept_bytes=5)))
    texts = [(row.reason, bytes(row.raw)) for row in found.orderBy("position").collect()]
    assert texts == [("too_large", A[:5]), ("malformed_json", BAD), ("too_large", A[:5])]


@pytest.mark.parametrize("split_bytes", range(1, 130, 7))
def test_however_the_input_is_cut_the_rows_are_the_same(files: list[InputFile], split_bytes: int) -> None:
    splits = splits_of(files, split_bytes)
    assert splits == list(range(len(splits)))
    reader = EventsReader(options(files, split_bytes, FAST, only_splits=splits))
    found = []
    for partition in reader.partitions():
        for batch in reader.read(partition):
            found += [tuple(row.values()) for row in batch.to_pylist() if row["kind"] != COUNT]
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
    reader = EventsReader(options(files, 50))
    partitions = reader.partitions()
    assert len(partitions) > 1
    for partition in partitions:
        list(reader.read(partition))
    assert len(frozen) == is_worker
