"""The maintenance of an event table: forget persons, join small files, rebuild the rollup, delete old files."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as F

from sflydwh.engine.engine import Engine
from sflydwh.engine.staged import shown_progress
from sflydwh.errors import RunError
from sflydwh.files.staging import others_at_work, others_held_back
from sflydwh.runs.wording import lines
from sflydwh.runs.workplace import MOST_ATTEMPTS, Workplace, overtaken, workplace
from sflydwh.table import merge
from sflydwh.table.delta import ConflictError
from sflydwh.table.layout import DataFile
from sflydwh.table.schema import week_number
from sflydwh.table.snapshot import Change, EventTable, Snapshot
from sflydwh.table.writing import is_small, write_by_week

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# For this long, maintenance keeps files that readers of older versions, or ingests about to commit, may need.
SAFE_HOURS: Final = 168


@dataclass(frozen=True)
class Kept:
    """The result of a maintenance run.

    Attributes:
        version: the version of the table afterwards.
        events: how many events the table holds.
        forgotten: how many events of forgotten persons were removed.
        files_before: how many files the table had before.
        files: how many files it has now.
        size: the bytes of these files.
        deleted: how many files were deleted because no version needs them any more.
    """

    version: int
    events: int
    forgotten: int
    files_before: int
    files: int
    size: int
    deleted: int

    def as_text(self, seconds: float) -> str:
        """A few lines to print."""
        return lines(
            [
                ("events", f"{self.events:,}"),
                ("forgotten", f"{self.forgotten:,}"),
                ("files", f"{self.files_before:,} before, {self.files:,} now, {self.size:,} bytes"),
                ("deleted", f"{self.deleted:,} files that no version needs"),
                ("seconds", f"{seconds:.1f}"),
            ]
        )


def keep_up(engine: Engine, table: EventTable, forget: Sequence[str] = (), retention_hours: int = SAFE_HOURS) -> Kept:
    """Maintain an event table; its answers do not change, except for forgotten persons.

    Args:
        engine: the engine to run on.
        table: the table.
        forget: the ids of customers whose events to remove.
        retention_hours: files that a version of the last hours used are not deleted.

    Raises:
        SflyError: a step failed; the steps before it are committed, and the table is consistent.
    """
    with workplace(engine, table.folder, damage=lambda: table.latest().find_damage()) as work:
        return _Upkeep(work, table, tuple(forget), retention_hours).kept()


@dataclass(frozen=True)
class _Upkeep:
    """The state of a running maintenance."""

    work: Workplace
    table: EventTable
    forget: tuple[str, ...]
    retention_hours: int

    def kept(self) -> Kept:
        """Forget persons, join files, rebuild the rollup and vacuum, each from the latest version."""
        self._check_alone()
        before = self.table.version(None)
        self.work.engine.fit_shuffles(before.size)
        forgotten = self._from_latest(self._forget_persons, "forgetting")
        self._from_latest(self._join_small_files, "joining")
        self._from_latest(self._roll_up, "rollup")
        self.work.check_held()
        deleted = self._vacuum()
        after = self.table.version(None)
        return Kept(after.number or 0, after.rows, forgotten, len(before.files), len(after.files), after.size, deleted)

    def _check_alone(self) -> None:
        own = self.work.folder_in(self.table.folder)
        if self.retention_hours < SAFE_HOURS and others_at_work(self.table.folder, own):
            raise RunError(
                f"a run is at work in {self.table.folder}, and fewer than {SAFE_HOURS} hours "
                "of retention may delete its files; wait for its end"
            )

    def _vacuum(self) -> int:
        """Delete files that no version needs. A run in progress may have files that no version names yet."""
        if self.retention_hours >= SAFE_HOURS:
            return self.table.vacuum(self.retention_hours)
        with others_held_back(self.table.folder):
            self._check_alone()
            return self.table.vacuum(self.retention_hours)

    def _from_latest(self, step: Callable[[Snapshot, Path], int], doing: str) -> int:
        """Perform a step on the latest version; repeat it if another commit came first."""
        with shown_progress(self.work.engine, doing):
            for _ in range(MOST_ATTEMPTS):
                with suppress(ConflictError):
                    return step(self.table.version(None), self.work.new_folder(doing))
        raise overtaken(self.table)

    def _forget_persons(self, base: Snapshot, folder: Path) -> int:
        """Rewrite the weeks that have events of the persons, without these; return the number of removed events."""
        if not self.forget:
            return 0
        is_theirs = F.col("customer_id").isin(list(self.forget))
        events = base.events(self.work.engine).transform(merge.with_week)
        found = {row.week: row["count"] for row in events.where(is_theirs).groupBy("week").count().collect()}
        if not found:
            return 0
        removed = base.files_of(found)
        self._write_anew(base.events_in(self.work.engine, removed).where(~is_theirs), removed, folder / "events")
        rows = sum(file.rows for file in removed) - sum(found.values())
        self.table.commit(base, Change(folder / "events", rows, removed))
        return sum(found.values())

    def _join_small_files(self, base: Snapshot, folder: Path) -> int:
        """Join the small files of each week that has several; return the number of joined files."""
        small = [file for file in base.files if is_small(file)]
        weeks = Counter(file.part for file in small)
        removed = [file for file in small if weeks[file.part] > 1]
        if not removed:
            return 0
        self._write_anew(base.events_in(self.work.engine, removed), removed, folder / "events")
        rows = sum(file.rows for file in removed)
        self.table.commit(base, Change(folder / "events", rows, removed, is_data=False))
        return len(removed)

    def _write_anew(self, events: "DataFrame", removed: Sequence[DataFile], folder: Path) -> None:
        """Rewrite the events of some files into fewer files."""
        sizes = Counter[int]()
        for file in removed:
            sizes[week_number(file.part)] += file.size
        write_by_week(self.work.engine, events.transform(merge.with_week), sizes, folder)

    def _roll_up(self, base: Snapshot, folder: Path) -> int:
        if not self.table.rollup.rebuild(
            self.work.engine, base.events(self.work.engine), base.kept, base.batch, folder
        ):
            raise ConflictError
        return 0
