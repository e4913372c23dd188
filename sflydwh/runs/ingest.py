"""The ingest from end to end: batch -> validated pieces -> merge -> commit -> rollup."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh import interrupts
from sflydwh.engine.staged import shown_progress
from sflydwh.errors import RunError
from sflydwh.formats.model import NONE
from sflydwh.output.names import IngestName
from sflydwh.output.place import place_of
from sflydwh.runs.account import Ingested
from sflydwh.runs.batch import Batch, Judged, Sorted, judge
from sflydwh.runs.rejects import PlacedRejects, check_accepted, kept_on_failure, look_at
from sflydwh.runs.wording import identity_warnings, superseded_warnings, unknown_types_warnings
from sflydwh.runs.workplace import MOST_ATTEMPTS, Job, Workplace, overtaken, workplace
from sflydwh.table import merge, tallies
from sflydwh.table.delta import ConflictError
from sflydwh.table.layout import DataFile
from sflydwh.table.schema import PARTITION, Kept, week_number
from sflydwh.table.snapshot import Change, EventTable, Snapshot
from sflydwh.table.writing import JSON_BYTES, write_by_week

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

REJECTS_FOLDER: Final = "_rejects"


class IngestError(RunError):
    """An ingest failed.

    Args:
        message: the reason.
        rejects: the folder in which its rejects are kept, if any.
        done: the account as far as it was known.
    """

    def __init__(self, message: str, rejects: str | None, done: Ingested) -> None:
        super().__init__(message, rejects)
        self.done = done


@dataclass(frozen=True)
class _Merged:
    """A batch merged with a version of the table.

    Attributes:
        base: the version.
        kept: the table's identity, currency and formula.
        stored: the batch's events in the columns of the table's files.
        replaced: the keys of the table's events that the batch replaces, with their week.
        by_week: the number of replaced events per week.
    """

    base: Snapshot
    kept: Kept
    stored: "DataFrame"
    replaced: "DataFrame"
    by_week: Counter[int]


def ingest(job: Job, batch: Batch, table: EventTable, kept: Kept, is_dry_run: bool = False) -> Ingested:
    """Ingest the files with content that is new to the table.

    Args:
        job: the engine, the settings and the start of the run.
        batch: the files.
        table: the table.
        kept: the table's identity, currency and formula; a new table gets these.
        is_dry_run: whether to leave the table unchanged.

    Raises:
        IngestError: the run failed; the table is unchanged.
    """
    name = IngestName(job.started)
    place = place_of(job.settings.rejects or str(table.folder / REJECTS_FOLDER))
    has_folder = table.folder.exists() or not is_dry_run
    home = table.folder if has_folder else Path(tempfile.gettempdir())
    if job.settings.staging:
        home = Path(job.settings.staging).absolute()
    rejects_in = home if is_dry_run else place.staging if job.settings.rejects else table.folder
    others = [] if is_dry_run else [table.folder, rejects_in or home]
    placed = PlacedRejects(name, place)
    try:
        with workplace(job.engine, home, others, lambda: table.latest().find_damage()) as work:
            if not is_dry_run:
                place.check()
            run = _Ingest(job, work, batch, table, kept, is_dry_run, placed, rejects_in)
            return run.ingested()
    finally:
        placed.mark_failed()


@dataclass(frozen=True)
class _Ingest:
    """The state of a running ingest."""

    job: Job
    work: Workplace
    batch: Batch
    table: EventTable
    kept: Kept
    is_dry_run: bool
    placed: PlacedRejects
    rejects_in: Path | None

    def ingested(self) -> Ingested:
        """Validate the batch, merge it and commit; merge again if another commit came first."""
        judged: Judged | None = None
        for _ in range(MOST_ATTEMPTS):
            base = self.table.latest(self.kept)
            if base.version and base.kept != self.kept:
                raise RunError(f"another run made {self.table.folder} with {base.kept}; ingest the files again")
            found = self.batch.sort_out(base)
            if not found.fresh:
                return Ingested(version=base.number, known=found.known, warnings=found.warnings)
            if judged is None or judged.digests != tuple(found.fresh):
                self.placed.mark_failed()
                judged = judge(self.work, self.batch, found.fresh, self.kept, self.rejects_in)
            done = _so_far(judged, base, found)
            with self._telling(done), suppress(ConflictError):
                self._check(judged)
                return self._merged(base, judged, done)
        raise overtaken(self.table)

    @contextmanager
    def _telling(self, done: Ingested) -> Iterator[None]:
        """Attach the account so far to any error raised inside."""
        try:
            yield
        except Exception as error:
            failure = self.work.failure(error)
            raise IngestError(str(failure), getattr(failure, "rejects", None), done) from error

    def _check(self, judged: Judged) -> None:
        """Fail if the batch must not be ingested; its rejects are kept."""
        rejects = None if self.is_dry_run else judged.rejects
        with kept_on_failure(rejects, self.placed.name, self.placed.place, self.work):
            most, batch = self.job.settings.max_rejects, self.batch
            check_accepted(
                judged.pieces, most, lambda: look_at(batch.inputs, batch.log_format), are_ignored_enough=True
            )

    def _merged(self, base: Snapshot, judged: Judged, done: Ingested) -> Ingested:
        """Merge a batch with a version, and commit the result as the next version."""
        replaced, by_week = self._replaced(base, judged)
        others = (0, 0)
        if by_week:
            others = merge.replaced_orders(replaced, judged.events, self.kept.key)
        done = replace(
            done,
            replaced=by_week.total(),
            weeks_rewritten=len(by_week),
            weeks_added_to=len(judged.weeks) - len(by_week),
            superseded_other_key=(done.superseded_other_key or 0) + others[0],
            superseded_other_amount=(done.superseded_other_amount or 0) + others[1],
        )
        identity = self.kept.identity
        warnings = identity_warnings(identity, self.batch.log_format) + superseded_warnings(done, identity)
        done = replace(done, warnings=done.warnings + warnings)
        if self.is_dry_run or not judged.pieces.read:
            return done
        stored = merge.as_stored(judged.events, base.batch + 1, self.kept.columns.without(PARTITION))
        merged = _Merged(base, self.kept, stored, replaced, by_week)
        change = self._written(merged, judged, done)
        version = self.table.commit(base, change, lambda: self._before_commit(judged))
        rejects = self.placed.keep()
        return replace(done, version=version, rejects=rejects, warnings=done.warnings + self._rolled_up(merged))

    def _replaced(self, base: Snapshot, judged: Judged) -> tuple["DataFrame", Counter[int]]:
        """The keys of the table's events that the batch replaces, and their number per week."""
        there = base.events(self.work.engine, base.weeks() & set(judged.weeks)).transform(merge.with_week)
        if self.kept.identity == NONE:
            return there.limit(0), Counter()
        replaced = self.work.staged(merge.replaced(there, judged.events, self.kept.key), "merging")
        return replaced, Counter({row.week: row["count"] for row in replaced.groupBy("week").count().collect()})

    def _written(self, merged: _Merged, judged: Judged, done: Ingested) -> Change:
        """Write the batch's events, and rewrite the weeks in which events are replaced."""
        everything = merged.stored
        if merged.by_week:
            rewritten = merged.base.events(self.work.engine, merged.by_week).transform(merge.with_week)
            everything = everything.unionByName(merge.kept(rewritten, merged.replaced, merged.kept.key))
        removed = merged.base.files_of(merged.by_week)
        folder = self.work.new_folder("events", self.table.folder) / "events"
        with shown_progress(self.work.engine, "writing"):
            write_by_week(self.work.engine, everything, _sizes(judged, removed), folder)
        rows = done.added + sum(file.rows for file in removed)
        return Change(folder, rows, removed, judged.sources, kept=merged.kept, log_format=self.batch.log_format)

    def _before_commit(self, judged: Judged) -> None:
        """Publish the rejects, so that they exist before the version does."""
        self.work.check_held()
        if judged.rejects:
            self.placed.put(judged.rejects)
        interrupts.check()

    def _rolled_up(self, merged: _Merged) -> tuple[str, ...]:
        """Update the rollup to the new version; if that fails, return a warning, and answers come from the events."""
        engine, rollup = self.work.engine, self.table.rollup
        try:
            batches = (merged.base.batch, merged.base.batch + 1)
            with shown_progress(engine, "rollup"):
                folder = self.work.new_folder("rollup", self.table.folder)
                if not rollup.append(engine, _change(merged), merged.kept, batches, folder / "change"):
                    latest = self.table.latest()
                    rollup.rebuild(engine, latest.events(engine), latest.kept, latest.batch, folder / "all")
        except Exception as error:  # noqa: BLE001 - the events are committed: nothing may turn that into a failure
            return (f"the rollup was not brought up to date: {self.work.failure(error)}",)
        return ()


def _so_far(judged: Judged, base: Snapshot, found: Sorted) -> Ingested:
    """The account of an ingest after its batch was validated."""
    return Ingested(
        **vars(judged.pieces),
        version=base.number,
        files=len(judged.digests),
        known=found.known,
        warnings=(*found.warnings, *unknown_types_warnings(judged.pieces)),
    )


def _sizes(judged: Judged, removed: Sequence[DataFile]) -> Counter[int]:
    """The estimated bytes of each week's new files: the batch's events, and rewritten files."""
    size, pieces = judged.size // JSON_BYTES, max(1, judged.weeks.total())
    sizes = Counter({week: size * count // pieces for week, count in judged.weeks.items()})
    for file in removed:
        sizes[week_number(file.part)] += file.size
    return sizes


def _change(merged: _Merged) -> "DataFrame":
    """The tallies that a batch adds: of its new events, and of ORDER events that replace others."""
    if not merged.by_week:
        return tallies.tallies(merged.stored, merged.kept)
    return tallies.change(merged.stored, merged.replaced, merged.kept)
