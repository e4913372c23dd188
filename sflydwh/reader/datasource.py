"""The Python data source ``sfly-events``: what an engine sees of the reader."""

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from sflydwh.files.input_file import InputFile
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import Reading, rows
from sflydwh.reader.source import open_source
from sflydwh.reader.splits import Split, splits

FORMAT_NAME: Final = "sfly-events"

PIECES_SCHEMA: Final = (
    "position bigint, split int, reason string, type string, verb string, key string, customer_id string, "
    "event_time string, total_amount string, instant timestamp_ntz, amount decimal(18,4)"
)
SETTLED_PIECES_SCHEMA: Final = f"{PIECES_SCHEMA}, kind int"
RAW_PIECES_SCHEMA: Final = f"{PIECES_SCHEMA}, source_file string, offset bigint, raw binary"


def reader_options(
    files: Sequence[InputFile],
    split_bytes: int,
    limits: Limits,
    with_raw: bool = False,
    only_splits: Sequence[int] | None = None,
    settles: bool = False,
) -> dict[str, str]:
    """The options of ``spark.read.format(FORMAT_NAME)``.

    Args:
        files: the input, in order.
        split_bytes: how much of it one task reads.
        limits: what bounds the reader's memory.
        with_raw: whether each piece's bytes and its place are given too.
        only_splits: if given, only the splits of these numbers are read.
        settles: whether the reader settles events that need no judgement; with the bytes it leaves these out.
    """
    return {
        "files": json.dumps([list(file) for file in files]),
        "split_bytes": str(split_bytes),
        "limits": json.dumps(asdict(limits)),
        "with_raw": json.dumps(with_raw),
        "only_splits": json.dumps(only_splits),
        "settles": json.dumps(settles),
    }


class EventsDataSource(DataSource):
    """Pieces of JSON event logs, a row each, with the texts of the fields that are read.

    A time in the plain form may be given as `instant`, in UTC, instead of as text in
    `event_time`, and a plain amount as `amount`, in US dollars, instead of in
    `total_amount`. The rows are those of `PIECES_SCHEMA`; where the raw bytes are
    asked for, of `RAW_PIECES_SCHEMA`, and where events are settled, of
    `SETTLED_PIECES_SCHEMA`: such an event has its `kind`, and only what counts of its
    fields (`settled`). With both, settled events are left out. `position` orders all
    pieces of the input.
    """

    @classmethod
    def name(cls) -> str:
        """The name to give to ``spark.read.format``."""
        return FORMAT_NAME

    def schema(self) -> str:
        """The columns of a row."""
        if json.loads(self.options["with_raw"]):
            return RAW_PIECES_SCHEMA
        return SETTLED_PIECES_SCHEMA if json.loads(self.options["settles"]) else PIECES_SCHEMA

    def reader(self, schema: StructType) -> "EventsReader":  # noqa: ARG002
        """The reader for these options."""
        return EventsReader(self.options)


class EventsReader(DataSourceReader):
    """Plans the splits on the driver and reads them in the tasks."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._files = [InputFile(*file) for file in json.loads(options["files"])]
        self._split_bytes = int(options["split_bytes"])
        limits = Limits(**json.loads(options["limits"]))
        wanted = json.loads(options["only_splits"])
        is_fast = sum(file.size for file in self._files) >= limits.fast_from_bytes
        self._reading = Reading(limits, json.loads(options["with_raw"]), is_fast, json.loads(options["settles"]))
        self._only_splits = None if wanted is None else frozenset(wanted)

    def partitions(self) -> Sequence[InputPartition]:
        """The splits to read, one for each task."""
        wanted = self._only_splits
        planned = splits(self._files, self._split_bytes, _can_be_cut)
        chosen = [split for split in planned if wanted is None or split.index in wanted]
        # Without a partition Spark would make one of its own.
        return [InputPartition(split) for split in chosen or [Split(0, ())]]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one split."""
        if TaskContext.get() and not gc.get_freeze_count():
            # Spark's workers collect garbage after each task: what is imported need not be searched each time.
            gc.freeze()
        split: Split = partition.value
        for span in split.spans:
            with open_source(*span.file) as source:
                end = source.end if span.is_whole_file else span.end
                for batch in rows(source, form_of_source(source), span.start, end, self._reading):
                    yield _row_batch(batch, split.index, span.base, source.path, self._reading)


def _can_be_cut(file: InputFile) -> bool:
    with open_source(*file) as source:
        return source.can_be_cut and form_of_source(source) is Form.LINES


def _row_batch(batch: pa.RecordBatch, split: int, base: int, path: str, reading: Reading) -> pa.RecordBatch:
    """A batch of one file's rows, placed in the whole input."""
    offset, *values, raw = batch.columns
    count = batch.num_rows
    columns = [pc.add(offset, base), _constant(split, pa.int32(), count), *values]
    if reading.with_raw:
        columns += [_constant(path, pa.string(), count), offset, raw]
    return pa.RecordBatch.from_arrays(
        columns, names=_names(RAW_PIECES_SCHEMA if reading.with_raw else SETTLED_PIECES_SCHEMA)[: len(columns)]
    )


def _constant(value: Any, kind: pa.DataType, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), count)


def _names(schema: str) -> list[str]:
    return [column.split()[0] for column in schema.split(", ")]
