"""The Python data source ``sfly-events``, through which an engine uses the reader."""

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Final, NamedTuple

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from sflydwh.files.input_file import InputFile
from sflydwh.formats.format import Format
from sflydwh.formats.grammar import parse
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows, settled_of
from sflydwh.reader.source import open_source
from sflydwh.reader.splits import Split, splits

FORMAT_NAME: Final = "sfly-events"


class Plan(NamedTuple):
    """What to read, and how.

    Attributes:
        files: the input, in order.
        split_bytes: how much of it one task reads.
        log_format: the logs' format.
        identity: `time`, `key` or `none`, rule 1.
        limits: the limits of sizes and memory.
        gives: which rows are wanted.
        only_splits: if given, only the splits of these numbers are read.
        before: the microseconds since 1970 from which on events are ignored; None for never.
    """

    files: Sequence[InputFile]
    split_bytes: int
    log_format: Format
    identity: str
    limits: Limits
    gives: Gives = Gives.COUNTED
    only_splits: Sequence[int] | None = None
    before: int | None = None


def reader_options(plan: Plan) -> dict[str, str]:
    """A plan as the options of ``spark.read.format(FORMAT_NAME)``."""
    return {
        "files": json.dumps([list(file) for file in plan.files]),
        "split_bytes": str(plan.split_bytes),
        "format": json.dumps([plan.log_format.text, plan.log_format.name, plan.log_format.currency]),
        "identity": plan.identity,
        "limits": json.dumps(asdict(plan.limits)),
        "gives": plan.gives.value,
        "only_splits": json.dumps(plan.only_splits),
        "before": json.dumps(plan.before),
    }


class EventsDataSource(DataSource):
    """Event logs as rows; the option `gives` decides their columns (see `Gives`)."""

    @classmethod
    def name(cls) -> str:
        """The name to give to ``spark.read.format``."""
        return FORMAT_NAME

    def schema(self) -> StructType:
        """The columns of a row; not as DDL text, in which Sail accepts no array."""
        return from_arrow_schema(Gives(self.options["gives"]).columns.arrow, prefer_timestamp_ntz=True)

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
        log_format = parse(*json.loads(options["format"]))
        gives, before = Gives(options["gives"]), json.loads(options["before"])
        self._reading = Reading(log_format, options["identity"], limits, gives, is_fast, before)
        self._only_splits = None if wanted is None else frozenset(wanted)

    def partitions(self) -> Sequence[InputPartition]:
        """The splits to read, one for each task."""
        wanted = self._only_splits
        planned = splits(self._files, self._split_bytes, self._can_be_cut)
        chosen = [split for split in planned if wanted is None or split.index in wanted]
        # Without a partition Spark would make one of its own.
        return [InputPartition(split) for split in chosen or [Split(0, ())]]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one split."""
        if TaskContext.get() and not gc.get_freeze_count():
            # Spark's workers collect garbage after each task: what is imported need not be searched each time.
            gc.freeze()
        split: Split = partition.value
        settled = settled_of(self._reading)
        for span in split.spans:
            with open_source(*span.file[:3], self._reading.log_format) as source:
                extent = (span.start, source.end if span.is_whole_file else span.end)
                where = Where(source.path, span.base, split.index, span.file.digest)
                form = form_of_source(source, self._reading.log_format)
                yield from rows(source, form, extent, where, self._reading, settled)
        if settled:
            yield from settled.batches()

    def _can_be_cut(self, file: InputFile) -> bool:
        with open_source(*file[:3], self._reading.log_format) as source:
            return source.can_be_cut and form_of_source(source, self._reading.log_format) is Form.LINES
