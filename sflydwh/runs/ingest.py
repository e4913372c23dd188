"""The ingest from end to end: read a batch, judge it, merge it into the table, commit."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pyspark.sql import functions as F

from sflydwh import interrupts
from sflydwh.engine.engine import Engine
from sflydwh.engine.failures import as_run_error, is_unexplained
from sflydwh.engine.staged import shown_progress, staged
from sflydwh.errors import RunError, SflyError
from sflydwh.files.durable import write_file
from sflydwh.files.input_file import InputFile
from sflydwh.files.staging import check_held, staging
from sflydwh.files.uri import shown
from sflydwh.formats.model import KINDS, TOO_LARGE
from sflydwh.inputs.digests import digests
from sflydwh.inputs.find import Inputs
from sflydwh.output.names import REJECTS_FILE, IngestName
from sflydwh.output.place import place_of
from sflydwh.output.publish import keep_rejects
from sflydwh.output.rejects import reject_lines
from sflydwh.runs.account import unknown_types_warning
from sflydwh.runs.ingested import Ingested
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Logs
from sflydwh.table import merge
from sflydwh.table import tallies as sums
from sflydwh.table.delta import ConflictError, DataFile
from sflydwh.table.schema import KEY, week_number
from sflydwh.table.snapshot import JSON_BYTES, Change, EventTable, Snapshot, write_by_week

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

REJECTS_FOLDER: Final = "_rejects"


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
        self._sorted: dict[int | None, tuple[dict[str, InputFile], list[str]]] = {}

    def sort_out(self, snapshot: Snapshot) -> tuple[dict[str, InputFile], list[str]]:
        """The files whose content a version of the table does not know, by digest, and the paths of all others."""
        # To ask for a record takes some milliseconds.
        if snapshot.number not in self._sorted:
            self._sorted[snapshot.number] = self._sort_out(snapshot)
        return self._sorted[snapshot.number]

    def cut_short(self, digest: str) -> str:
        """What a file is known as of which something was too large: it is another file where more is taken."""
        return f"{digest}.{self._max_event_bytes}"

    def _sort_out(self, snapshot: Snapshot) -> tuple[dict[str, InputFile], list[str]]:
        fresh: dict[str, InputFile] = {}
        known = []
        for digest, file in zip(self._digests, self.inputs, strict=True):
            names = (digest, self.cut_short(digest))
            if digest in fresh or any(snapshot.batch_of(name) is not None for name in names):
                known.append(file.path)
            else:
                fresh[digest] = file
        return fresh, known


@dataclass(frozen=True)
class _Staged:
    """A batch that was read and judged.

    Attributes:
        digests: its files.
        sources: what these are recorded as.
        pieces: what `merge.judged` gives.
        events: its accepted events, each key once.
        weeks: how many accepted pieces each week has.
        rejects: its rejects, staged; None without any.
        done: what is known of the ingest so far.
    """

    digests: tuple[str, ...]
    sources: tuple[str, ...]
    pieces: "DataFrame"
    events: "DataFrame"
    weeks: Counter[int]
    rejects: Path | None
    done: Ingested


class _Stages(NamedTuple):
    """The staging folders of intermediate results, of the table's files and of the rejects; often one and the same."""

    work: Path
    table: Path
    rejects: Path


class Ingest:
    """One ingest into an event table.

    Args:
        engine: the engine to run on.
        batch: the files.
        table: the table.
        settings: how to run.
        started: local start time of the run, which names the rejects.
        is_dry_run: whether the table is left as it is.
    """

    def __init__(
        self,
        engine: Engine,
        batch: Batch,
        table: EventTable,
        settings: Settings,
        started: datetime,
        is_dry_run: bool = False,
    ) -> None:
        self._engine = engine
        self._batch = batch
        self._table = table
        self._settings = settings
        self._name = IngestName(started)
        self._is_dry_run = is_dry_run
        self._rejects = place_of(settings.rejects or str(table.folder / REJECTS_FOLDER))
        self._rejects_folder: str | None = None
        has_place = table.folder.exists() or not is_dry_run
        self._work = table.folder if has_place else Path(tempfile.gettempdir())
        if settings.staging:
            self._work = Path(settings.staging).absolute()

    def run(self) -> Ingested:
        """Ingest the files that the table does not know.

        Raises:
            RunError: the run failed; the table is as it was.
        """
        try:
            if not self._is_dry_run:
                self._rejects.check()
            with ExitStack() as stack:
                return self._run(self._stages(stack))
        except Exception as error:
            raise self._failure(error) from error
        finally:
            self._mark_rejects_failed()

    def _stages(self, stack: ExitStack) -> _Stages:
        """Staging folders on the file systems where what is in them will stay."""
        work, table, rejects = self._work, self._table.folder, self._table.folder
        if self._is_dry_run:
            table = rejects = work
        elif self._settings.rejects:
            rejects = self._rejects.staging or work
        directories = dict.fromkeys((work, table, rejects))
        made = {directory: stack.enter_context(staging(directory)) for directory in directories}
        return _Stages(made[work], made[table], made[rejects])

    def _failure(self, error: Exception) -> SflyError:
        """What is told; an engine may have stumbled over a damaged file of the table."""
        return as_run_error((is_unexplained(error) and self._table.latest().damage()) or error, self._work)

    def _run(self, stages: _Stages) -> Ingested:
        """Merge and commit; where another commit comes first, again with what it left."""
        batch: _Staged | None = None
        attempt = 0
        while True:
            attempt += 1
            base = self._table.latest()
            fresh, known = self._batch.sort_out(base)
            if not fresh:
                return Ingested(version=base.number, known=known)
            if batch is None or batch.digests != tuple(fresh):
                self._mark_rejects_failed()
                batch = self._stage(fresh, stages, attempt)
                self._check(batch)
            batch.done.known = known
            try:
                return self._merge(base, batch, stages, attempt)
            except ConflictError:
                continue

    def _stage(self, files: dict[str, InputFile], stages: _Stages, attempt: int) -> _Staged:
        """Read and judge files, by digest, once."""
        work = _new(stages.work, f"batch{attempt}")
        inputs = self._batch.inputs.only(files.values())
        self._engine.fit_shuffles(inputs.size)
        pieces = Logs(self._engine, inputs, self._settings.max_event_bytes).pieces(with_raw=True)
        with shown_progress(self._engine, "reading", inputs.size):
            pieces = staged(self._engine, pieces.transform(merge.judged), work / "pieces")
        done, weeks = Ingested(files=len(files)), Counter[int]()
        for row in pieces.groupBy("event_type", "reason", "week").count().collect():
            if row.reason is None:
                done.by_type[row.event_type] += row["count"]
                weeks[row.week] += row["count"]
            else:
                done.reasons[row.reason] += row["count"]
        unknown = sorted(set(done.by_type) - set(KINDS))
        if unknown:
            done.warnings.append(unknown_types_warning(unknown))
        accepted = pieces.where(F.col("reason").isNull())
        with shown_progress(self._engine, "keys"):
            again = staged(self._engine, accepted.transform(merge.given_again), work / "again")
            done.superseded = again.agg(F.sum(F.col("times") - 1)).collect()[0][0] or 0
        events = accepted.transform(merge.last_given, again) if done.superseded else accepted
        sources = self._sources(files, pieces, done)
        rejects = self._staged_rejects(pieces, done, stages)
        return _Staged(tuple(files), sources, pieces, events, weeks, rejects, done)

    def _sources(self, files: dict[str, InputFile], pieces: "DataFrame", done: Ingested) -> tuple[str, ...]:
        """What files are recorded as."""
        if not done.reasons[TOO_LARGE]:
            return tuple(files)
        found = pieces.where(F.col("reason") == TOO_LARGE).select("source_file").distinct().collect()
        cut_short = {row.source_file for row in found}
        return tuple(
            self._batch.cut_short(digest) if shown(file.path) in cut_short else digest for digest, file in files.items()
        )

    def _staged_rejects(self, pieces: "DataFrame", done: Ingested, stages: _Stages) -> Path | None:
        if not done.rejected:
            return None
        rejects = pieces.where(F.col("reason").isNotNull()).repartition(1).orderBy("position")
        columns = rejects.select("reason", "source_file", F.col("source_offset").alias("offset"), "raw")
        path = stages.rejects / "rejects.jsonl"
        write_file(path, reject_lines(columns))
        return path

    def _check(self, batch: _Staged) -> None:
        """Fail where the batch must not be ingested; its rejects stay."""
        done, most = batch.done, self._settings.max_rejects
        problem = None
        if most is not None and done.rejected > most:
            problem = f"{done.rejected:,} events were rejected, above --max-rejects {most:,}"
        elif done.read and not done.accepted:
            problem = f"none of the {done.read:,} events was accepted"
        if problem and batch.rejects and not self._is_dry_run:
            folder = self._keep_rejects(batch.rejects, failed=True)
            problem += f"; see {self._rejects.path_of(folder)}/{REJECTS_FILE}"
        if problem:
            raise RunError(problem)

    def _keep_rejects(self, staged: Path, failed: bool) -> str:
        if self._rejects.staging:
            self._rejects.staging.mkdir(parents=True, exist_ok=True)
        return keep_rejects(staged, self._name, self._rejects, failed)

    def _merge(self, base: Snapshot, batch: _Staged, stages: _Stages, attempt: int) -> Ingested:
        """Make the next version out of a version and a batch."""
        work, own = _new(stages.work, f"merge{attempt}"), _new(stages.table, f"table{attempt}")
        done = batch.done
        there = base.events(self._engine, base.weeks() & set(batch.weeks)).transform(merge.with_week)
        with shown_progress(self._engine, "merging"):
            replaced = staged(self._engine, merge.replaced(there, batch.events), work / "replaced")
            by_week = {row.week: row["count"] for row in replaced.groupBy("week").count().collect()}
        done.replaced = sum(by_week.values())
        done.weeks_rewritten = len(by_week)
        done.weeks_added_to = len(batch.weeks) - len(by_week)
        if self._is_dry_run or not batch.weeks:
            done.version = base.number
            return done
        number = base.batch + 1
        stored = merge.as_stored(batch.events, number)
        everything = stored
        if by_week:
            rewritten = base.events(self._engine, by_week).transform(merge.with_week)
            everything = stored.unionByName(merge.kept(rewritten, replaced))
        removed = base.files_of(by_week)
        with shown_progress(self._engine, "writing"):
            write_by_week(self._engine, everything, self._sizes(batch, removed), own / "events")
        rows = done.accepted - done.superseded + sum(file.rows for file in removed) - done.replaced
        change = Change(own / "events", rows, removed, batch.sources)
        done.version = self._table.commit(base, change, lambda: self._before_commit(batch, stages))
        self._rejects_folder = None
        self._roll_up(base, stored, replaced if by_week else None, own, done)
        return done

    def _sizes(self, batch: _Staged, removed: Sequence[DataFile]) -> Counter[int]:
        """About how large each week's files will be: what the batch brings, and what is written again."""
        size, pieces = self._batch.inputs.size // JSON_BYTES, batch.weeks.total()
        sizes = Counter({week: size * count // pieces for week, count in batch.weeks.items()})
        for file in removed:
            sizes[week_number(file.part)] += file.size
        return sizes

    def _before_commit(self, batch: _Staged, stages: _Stages) -> None:
        """The rejects are in place before the version that goes with them."""
        for stage in stages:
            check_held(stage)
        if batch.rejects and not self._rejects_folder:
            self._rejects_folder = self._keep_rejects(batch.rejects, failed=False)
            batch.done.rejects = self._rejects.path_of(self._rejects_folder)
        interrupts.check()

    def _roll_up(
        self, base: Snapshot, stored: "DataFrame", replaced: "DataFrame | None", own: Path, done: Ingested
    ) -> None:
        """Bring the rollup up to the new version; where that fails, answers come from the events."""
        try:
            change = sums.tallies(stored) if replaced is None else _change(stored, replaced)
            batches = (base.batch, base.batch + 1)
            with shown_progress(self._engine, "rollup"):
                if not self._table.rollup.append(self._engine, change, batches, own / "change"):
                    latest = self._table.latest()
                    events = latest.events(self._engine)
                    self._table.rollup.rebuild(self._engine, events, latest.batch, own / "all")
        except Exception as error:  # noqa: BLE001 - the events are committed: nothing may turn that into a failure
            done.warnings.append(f"the rollup was not brought up to date: {as_run_error(error, self._work)}")

    def _mark_rejects_failed(self) -> None:
        """Rejects that were put in place for a version that did not come to be are a failed run's."""
        if self._rejects_folder:
            self._rejects.rename_folder(self._rejects_folder, f"{self._rejects_folder}_failed")
            self._rejects_folder = None


def _change(stored: "DataFrame", replaced: "DataFrame") -> "DataFrame":
    """The tallies that a batch adds: of its new events, and of ORDER events that take the place of others."""
    taking_over = stored.join(replaced.select(*KEY), [*KEY], "left_semi")
    return merge.kept(stored, replaced).transform(sums.tallies).union(sums.order_corrections(taking_over))


def _new(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
