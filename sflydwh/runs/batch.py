"""A batch of logs on its way into the event table: sorted out by content, read and judged."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sflydwh.events.pieces import Pieces
from sflydwh.files.input_file import InputFile
from sflydwh.files.uri import shown
from sflydwh.formats.model import TOO_LARGE
from sflydwh.inputs.digests import digests
from sflydwh.inputs.find import Inputs
from sflydwh.runs.rejects import staged_rejects
from sflydwh.runs.source import Logs
from sflydwh.runs.workplace import Workplace
from sflydwh.table import merge
from sflydwh.table.snapshot import Snapshot

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Batch:
    """The files of an ingest, each content once.

    Args:
        inputs: the files, in input order.
        max_event_bytes: what of them is too large.

    Raises:
        InputError: one cannot be read.
    """

    def __init__(self, inputs: Inputs, max_event_bytes: int) -> None:
        self.inputs = inputs
        self._max_event_bytes = max_event_bytes
        self._digests = list(digests(inputs))
        self._sorted: dict[int | None, tuple[dict[str, InputFile], tuple[str, ...]]] = {}

    def sort_out(self, snapshot: Snapshot) -> tuple[dict[str, InputFile], tuple[str, ...]]:
        """The files whose content a version of the table does not know, by digest, and the paths of all others."""
        # To ask for a record takes some milliseconds.
        if snapshot.number not in self._sorted:
            self._sorted[snapshot.number] = self._sort_out(snapshot)
        return self._sorted[snapshot.number]

    def cut_short(self, digest: str) -> str:
        """What a file is known as of which something was too large: it is another file where more is taken."""
        return f"{digest}.{self._max_event_bytes}"

    def logs(self, files: dict[str, InputFile]) -> Logs:
        """Some of the files, as a source of pieces."""
        return Logs(self.inputs.only(files.values()), self._max_event_bytes)

    def _sort_out(self, snapshot: Snapshot) -> tuple[dict[str, InputFile], tuple[str, ...]]:
        fresh: dict[str, InputFile] = {}
        known = []
        for digest, file in zip(self._digests, self.inputs, strict=True):
            names = (digest, self.cut_short(digest))
            if digest in fresh or any(snapshot.batch_of(name) is not None for name in names):
                known.append(file.path)
            else:
                fresh[digest] = file
        return fresh, tuple(known)


@dataclass(frozen=True)
class Judged:
    """A batch that was read and judged.

    Attributes:
        digests: its files.
        size: their bytes.
        sources: what its files are recorded as.
        pieces: what became of its pieces.
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


def judge(work: Workplace, batch: Batch, files: dict[str, InputFile], rejects_in: Path | None) -> Judged:
    """Read and judge files, once.

    Args:
        work: where the run works.
        batch: the batch.
        files: those of its files that are read, by digest.
        rejects_in: the directory in which rejects are staged.
    """
    logs = batch.logs(files)
    work.engine.fit_shuffles(logs.size)
    found = logs.pieces(work.engine, with_raw=True).transform(merge.judged)
    pieces = work.staged(found, "reading", reads_bytes=logs.size)
    by_type, reasons, weeks = _counted(pieces)
    accepted = pieces.where(F.col("reason").isNull())
    again = work.staged(accepted.transform(merge.given_again), "keys")
    superseded = again.agg(F.sum(F.col("times") - 1)).collect()[0][0] or 0
    rejects = None
    if reasons:
        rejects = staged_rejects(pieces.transform(merge.rejects), work.new_folder("rejects", rejects_in))[0]
    return Judged(
        tuple(files),
        logs.size,
        _sources(batch, files, pieces) if reasons[TOO_LARGE] else tuple(files),
        Pieces(by_type, reasons, superseded),
        accepted.transform(merge.last_given, again) if superseded else accepted,
        weeks,
        rejects,
    )


def _counted(pieces: "DataFrame") -> tuple[Counter[str], Counter[str], Counter[int]]:
    """Accepted events by type, rejects by reason, and accepted events by week."""
    by_type, reasons, weeks = Counter[str](), Counter[str](), Counter[int]()
    for row in pieces.groupBy("event_type", "reason", "week").count().collect():
        if row.reason is None:
            by_type[row.event_type] += row["count"]
            weeks[row.week] += row["count"]
        else:
            reasons[row.reason] += row["count"]
    return by_type, reasons, weeks


def _sources(batch: Batch, files: dict[str, InputFile], pieces: "DataFrame") -> tuple[str, ...]:
    """What files are recorded as of which some have pieces that are too large."""
    found = pieces.where(F.col("reason") == TOO_LARGE).select("source_file").distinct().collect()
    cut_short = {row.source_file for row in found}
    return tuple(batch.cut_short(digest) if shown(file.path) in cut_short else digest for digest, file in files.items())
