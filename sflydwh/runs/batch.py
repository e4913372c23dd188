"""A batch of logs for the event table: known files are skipped, the others read and validated."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import functions as F

from sflydwh.events.pieces import Names, Pieces, named_pieces
from sflydwh.events.rejects import in_input_order
from sflydwh.files.input_file import InputFile
from sflydwh.files.uri import shown
from sflydwh.formats.format import Format
from sflydwh.formats.model import COUNT, IGNORED, KINDS, NONE, REJECTED, TOO_LARGE, UNKNOWN
from sflydwh.inputs.digests import digests
from sflydwh.inputs.find import Inputs
from sflydwh.reader.batches import Gives
from sflydwh.runs.rejects import staged_rejects
from sflydwh.runs.source import Logs
from sflydwh.runs.wording import named
from sflydwh.runs.workplace import Workplace
from sflydwh.table import merge
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import Snapshot

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Batch:
    """The files of an ingest, each content once.

    Args:
        inputs: the files, in input order.
        log_format: their format.
        max_event_bytes: larger pieces are `too_large`.

    Raises:
        InputError: one cannot be read.
    """

    def __init__(self, inputs: Inputs, log_format: Format, max_event_bytes: int) -> None:
        self.inputs = inputs
        self.log_format = log_format
        self._max_event_bytes = max_event_bytes
        self._digests = list(digests(inputs))
        self._sorted: dict[int | None, Sorted] = {}

    def sort_out(self, snapshot: Snapshot) -> "Sorted":
        """The files with content that is new to a version of the table, and the paths of all others."""
        # Cached, because each look-up of a record takes some milliseconds.
        if snapshot.number not in self._sorted:
            self._sorted[snapshot.number] = self._sort_out(snapshot)
        return self._sorted[snapshot.number]

    def cut_short(self, digest: str) -> str:
        """The record name of a file with pieces that were `too_large`: with another limit it counts as a new file."""
        return f"{digest}.{self._max_event_bytes}"

    def logs(self, files: dict[str, InputFile], identity: str) -> Logs:
        """A source of the pieces of some files, given by digest."""
        named = [file._replace(digest=digest) for digest, file in files.items()]
        return Logs(self.inputs.only(named), self.log_format, self._max_event_bytes, identity)

    def _sort_out(self, snapshot: Snapshot) -> "Sorted":
        fresh: dict[str, InputFile] = {}
        known, otherwise = [], []
        for digest, file in zip(self._digests, self.inputs, strict=True):
            names = (digest, self.cut_short(digest))
            found = next((name for name in names if snapshot.batch_of(name) is not None), None)
            if found is None and digest not in fresh:
                fresh[digest] = file
                continue
            known.append(file.path)
            if found and snapshot.is_read_otherwise(found, self.log_format):
                otherwise.append(file.path)
        return Sorted(fresh, tuple(known), tuple(otherwise))


class Sorted(NamedTuple):
    """The files of a batch, compared with a version of the table.

    Attributes:
        fresh: the files with new content, by digest.
        known: the paths of all others.
        otherwise: of the known ones, the paths of those that were read with another format.
    """

    fresh: dict[str, InputFile]
    known: tuple[str, ...]
    otherwise: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of known files that were read with another format."""
        if not self.otherwise:
            return ()
        paths = named([shown(path) for path in self.otherwise])
        told = f"{len(self.otherwise)} known files were ingested under other rules of a format, and stay as they were"
        return (f"{told}: {paths}; to read them anew, make a new table",)


@dataclass(frozen=True)
class Judged:
    """A batch that was read and validated.

    Attributes:
        digests: the digests of its files.
        size: the bytes of its files.
        sources: the names under which its files are recorded.
        pieces: the counts of its pieces by outcome.
        events: its accepted events, each key once, see `merge.judged`.
        weeks: how many accepted pieces each week has.
        rejects: its rejects, staged; None without any.
    """

    digests: tuple[str, ...]
    size: int
    sources: tuple[str, ...]
    pieces: Pieces
    events: "DataFrame"
    weeks: Counter[int]
    rejects: Path | None


def judge(work: Workplace, batch: Batch, files: dict[str, InputFile], kept: Kept, rejects_in: Path | None) -> Judged:
    """Read and validate files, in one pass.

    Args:
        work: where the run works.
        batch: the batch.
        files: the files of the batch to read, by digest.
        kept: the table's identity, currency and formula.
        rejects_in: the directory in which to stage rejects.
    """
    logs = batch.logs(files, kept.identity)
    work.engine.fit_shuffles(logs.size)
    rows = work.staged(logs.read(work.engine, Gives.PIECES).transform(merge.judged), "reading", logs.size)
    by_type, weeks, names = _counted(rows)
    accepted = rows.where(F.col("kind").isin([*KINDS.values(), UNKNOWN]))
    again = None if kept.identity == NONE else work.staged(accepted.transform(merge.given_again, kept.key), "keys")
    superseded = 0 if again is None else again.agg(F.sum(F.col("times") - 1)).collect()[0][0] or 0
    others, events = (0, 0), accepted
    if again is not None and superseded:
        others = merge.superseded_orders(accepted, again, kept.key)
        events = accepted.transform(merge.last_given, again, kept.key)
    rejects = None
    if names.reasons:
        rejects = staged_rejects(in_input_order(rows), work.new_folder("rejects", rejects_in))[0]
    return Judged(
        tuple(files),
        logs.size,
        _sources(batch, files, rows) if names.reasons[TOO_LARGE] else tuple(files),
        Pieces(
            by_type,
            superseded=superseded,
            superseded_other_key=others[0],
            superseded_other_amount=others[1],
            **names.of_pieces,
        ),
        events,
        weeks,
        rejects,
    )


def _counted(rows: "DataFrame") -> tuple[Counter[str], Counter[int], Names]:
    """Accepted events by type and by week, and the other counts by name."""
    by_type, weeks = Counter[str](), Counter[int]()
    named_rows = []
    for row in rows.groupBy("kind", "event_type", "reason", "week").agg(F.sum("pieces").alias("pieces")).collect():
        if row.kind in (REJECTED, IGNORED, COUNT):
            named_rows.append((row.kind, row.reason or row.event_type, None, row.pieces))
        else:
            by_type[row.event_type] += row.pieces
            weeks[row.week] += row.pieces
    return by_type, weeks, named_pieces(named_rows)


def _sources(batch: Batch, files: dict[str, InputFile], rows: "DataFrame") -> tuple[str, ...]:
    """The record names of files, some of which have pieces that are `too_large`."""
    found = rows.where(F.col("reason") == TOO_LARGE).select("source_file").distinct().collect()
    cut_short = {row.source_file for row in found}
    return tuple(batch.cut_short(digest) if shown(file.path) in cut_short else digest for digest, file in files.items())
