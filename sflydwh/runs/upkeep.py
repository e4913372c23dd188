"""The upkeep of an event table: forget persons, join small files, add up anew, delete what is old."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as F

from sflydwh.engine.engine import Engine
from sflydwh.engine.failures import as_run_error, is_unexplained
from sflydwh.engine.staged import shown_progress
from sflydwh.errors import RunError
from sflydwh.files.staging import check_held, others_at_work, others_held_back, staging
from sflydwh.table import merge
from sflydwh.table.delta import ConflictError, DataFile
from sflydwh.table.schema import week_number
from sflydwh.table.snapshot import Change, EventTable, Snapshot, is_small, write_by_week

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# For as long readers of older versions, and ingests that are about to commit, are left in peace.
SAFE_HOURS: Final = 168
_MOST_ATTEMPTS: Final = 20


@dataclass
class Kept:
    """What an upkeep did.

    Attributes:
        version: the version of the table after it.
        events: how many events the table holds.
        forgotten: how many events of the persons named were removed.
        files_before: how many files the table was made of.
        files: how many it is made of now.
        size: their bytes.
        deleted: how many files were deleted that no version needs any more.
    """

    version: int
    events: int
    forgotten: int
    files_before: int
    files: int
    size: int
    deleted: int

    def as_text(self) -> str:
        """A few lines for a person."""
        lines = [
            f"events      {self.events:,}",
            f"forgotten   {self.forgotten:,}",
            f"files       {self.files_before:,} before, {self.files:,} now, {self.size:,} bytes",
            f"deleted     {self.deleted:,} files that no version needs",
        ]
        return "\n".join(lines)


class Upkeep:
    """One upkeep of an event table.

    Args:
        engine: the engine to run on.
        table: the table.
        forget: the ids of customers whose events are removed.
        retention_hours: files that were of a version in that time are not deleted.
    """

    def __init__(
        self,
        engine: Engine,
        table: EventTable,
        forget: Sequence[str] = (),
        retention_hours: int = SAFE_HOURS,
    ) -> None:
        self._engine = engine
        self._table = table
        self._forget = list(forget)
        self._retention_hours = retention_hours

    def run(self) -> Kept:
        """Keep the table up; its answers do not change, but for persons forgotten.

        Raises:
            RunError: a step failed; the steps before it are done, and the table is whole.
        """
        try:
            with staging(self._table.folder) as own:
                self._check_alone(own)
                return self._run(own)
        except Exception as error:
            damage = self._table.latest().damage() if is_unexplained(error) else None
            raise as_run_error(damage or error, self._table.folder) from error

    def _check_alone(self, own: Path) -> None:
        if self._retention_hours < SAFE_HOURS and others_at_work(self._table.folder, own):
            raise RunError(
                f"a run is at work in {self._table.folder}, and fewer than {SAFE_HOURS} hours "
                "of retention may delete its files; wait for its end"
            )

    def _vacuum(self, own: Path) -> int:
        """Delete what no version needs; a run that began meanwhile may have files that none needs yet."""
        if self._retention_hours >= SAFE_HOURS:
            return self._table.vacuum(self._retention_hours)
        with others_held_back(self._table.folder):
            self._check_alone(own)
            return self._table.vacuum(self._retention_hours)

    def _run(self, own: Path) -> Kept:
        before = self._table.version(None)
        self._engine.fit_shuffles(before.size)
        forgotten = self._again(self._forget_persons, own)
        self._again(self._join_small_files, own)
        self._again(self._roll_up, own)
        check_held(own)
        deleted = self._vacuum(own)
        after = self._table.version(None)
        return Kept(after.number or 0, after.rows, forgotten, len(before.files), len(after.files), after.size, deleted)

    def _again(self, step: Callable[[Snapshot, Path], int], own: Path) -> int:
        """Take a step from the latest version, and again where another commit came first."""
        for attempt in range(_MOST_ATTEMPTS):
            folder = own / f"{step.__name__}{attempt}"
            folder.mkdir()
            with suppress(ConflictError):
                return step(self._table.version(None), folder)
        raise RunError(f"{_MOST_ATTEMPTS} times another run changed {self._table.folder} first; try later")

    def _forget_persons(self, base: Snapshot, folder: Path) -> int:
        """Write the weeks anew that hold events of the persons, without them; how many there were."""
        if not self._forget:
            return 0
        is_theirs = F.col("customer_id").isin(self._forget)
        events = base.events(self._engine).transform(merge.with_week)
        with shown_progress(self._engine, "forgetting"):
            found = {row.week: row["count"] for row in events.where(is_theirs).groupBy("week").count().collect()}
            if not found:
                return 0
            removed = base.files_of(found)
            self._write_anew(base.events_in(self._engine, removed).where(~is_theirs), removed, folder / "events")
        rows = sum(file.rows for file in removed) - sum(found.values())
        self._table.commit(base, Change(folder / "events", rows, removed))
        return sum(found.values())

    def _join_small_files(self, base: Snapshot, folder: Path) -> int:
        """Write the small files of each week that has several as one; how many there were."""
        small = [file for file in base.files if is_small(file)]
        weeks = Counter(file.part for file in small)
        removed = [file for file in small if weeks[file.part] > 1]
        if not removed:
            return 0
        with shown_progress(self._engine, "joining"):
            self._write_anew(base.events_in(self._engine, removed), removed, folder / "events")
        rows = sum(file.rows for file in removed)
        self._table.commit(base, Change(folder / "events", rows, removed, is_data=False))
        return len(removed)

    def _write_anew(self, events: "DataFrame", removed: Sequence[DataFile], folder: Path) -> None:
        """Write events of some files into fewer ones."""
        sizes = Counter[int]()
        for file in removed:
            sizes[week_number(file.part)] += file.size
        write_by_week(self._engine, events.transform(merge.with_week), sizes, folder)

    def _roll_up(self, base: Snapshot, folder: Path) -> int:
        with shown_progress(self._engine, "rollup"):
            if not self._table.rollup.rebuild(self._engine, base.events(self._engine), base.batch, folder):
                raise ConflictError
        return 0
