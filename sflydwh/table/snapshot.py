"""The event table in a directory: which version there is, and how the next one is made."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sflydwh import interrupts
from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError, UsageError
from sflydwh.files.uri import is_uri
from sflydwh.formats.format import Format
from sflydwh.formats.named import SFLY
from sflydwh.table import tallies as sums
from sflydwh.table.delta import DeltaFolder, Version
from sflydwh.table.layout import DataFile
from sflydwh.table.rollup import Rollup
from sflydwh.table.schema import (
    BATCH_RECORD,
    FORMAT,
    FORMAT_RECORD,
    PARTITION,
    Kept,
    format_number,
    read_record,
    source_record,
    week_name,
    week_number,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_HIDDEN: Final = (".", "_")
# It takes these for escapes, or for separators: what was committed would be looked for elsewhere.
_MISREAD: Final = re.compile(r"\\|%[0-9A-Fa-f]{2}|[\x00-\x1f\x7f]")


class Snapshot:
    """One version of the events, which stays as it is.

    Attributes:
        number: the version; None for a table that is yet to be made.
        batch: the number of the last batch in it; 0 for none.
        rows: how many events it holds.
        kept: what was decided at its first ingest; for a table yet to be made, what version 1 holds.
    """

    def __init__(self, delta: DeltaFolder, rollup: Rollup, version: Version | None, kept: Kept) -> None:
        self._delta = delta
        self._rollup = rollup
        self.kept = kept
        self.version = version
        self.number = version.number if version else None
        self.files: list[DataFile] = version.files if version else []
        self.batch = (version.record(BATCH_RECORD) or 0) if version else 0
        self.rows = sum(file.rows for file in self.files)
        self.size = sum(file.size for file in self.files)

    @property
    def path(self) -> str:
        """The table's folder."""
        return str(self._delta.folder)

    def batch_of(self, source: str) -> int | None:
        """The batch in which a file of this name, its `Change.sources`, was ingested; None where it was not."""
        return self.version.record(source_record(source)) if self.version else None

    def is_read_otherwise(self, source: str, log_format: Format) -> bool:
        """Whether a file that was ingested before was read by another format; where none is recorded, it was sfly."""
        found = self.version.record(read_record(source)) if self.version else None
        return log_format.name != SFLY if found is None else found != format_number(log_format.digest)

    def files_of(self, weeks: Iterable[int]) -> list[DataFile]:
        """The files of some weeks, by their Mondays in days since 1970-01-01."""
        wanted = {week_name(week) for week in weeks}
        return [file for file in self.files if file.part in wanted]

    def weeks(self) -> set[int]:
        """The weeks that have events."""
        return {week_number(file.part) for file in self.files}

    def events(self, engine: Engine, weeks: Iterable[int] | None = None) -> "DataFrame":
        """The events, without `event_week`.

        Args:
            engine: the engine that reads them.
            weeks: which weeks'; None for all.

        Raises:
            RunError: a file is not there, or not whole.
        """
        return self.events_in(engine, self.files if weeks is None else self.files_of(weeks))

    def events_in(self, engine: Engine, files: Sequence[DataFile]) -> "DataFrame":
        """The events of some of its files; otherwise as `events`."""
        self._delta.check_there(files)
        return engine.read(map(self._delta.path_of, files), self.kept.columns.without(PARTITION).sql)

    def stored_tallies(self, engine: Engine) -> "DataFrame | None":
        """The rollup of exactly this version; None where there is none.

        Raises:
            RunError: it cannot be read, or a file of it is not there, or not whole.
        """
        rolled_up = self._rollup.upto(self.batch)
        return self._rollup.tallies(engine, rolled_up).transform(sums.latest, self.kept) if rolled_up else None

    def tallies(self, engine: Engine) -> "DataFrame":
        """The tallies, computed from the events."""
        return self.events(engine).transform(sums.tallies, self.kept)

    @property
    def is_whole(self) -> bool:
        """Whether all of its files are there."""
        return all(self._delta.path_of(file).exists() for file in self.files)

    def find_damage(self) -> RunError | None:
        """Read all files, for the first that cannot be read, as an error: an engine that stumbled may not name it."""
        return self._delta.damage(self.files)

    def find_rollup_damage(self) -> RunError | None:
        """Read all files of the rollup, for the first that cannot be read, as an error."""
        return self._rollup.find_damage()


@dataclass(frozen=True)
class Change:
    """What makes a version into the next one.

    Attributes:
        written: what `write_by_week` wrote.
        rows: how many events that must be.
        removed: files that the next version does not have.
        sources: the names of the files that were ingested: each the digest of its content.
        kept: what is decided for the table, if this is its first version.
        log_format: the format of the files.
        is_data: whether events change; if not, they only lie in other files.
    """

    written: Path
    rows: int
    removed: Sequence[DataFile]
    sources: Sequence[str] = ()
    is_data: bool = True
    kept: Kept | None = None
    log_format: Format | None = None


class EventTable:
    """The event table in a directory.

    Args:
        folder: the directory, of a file system that all of the engine's machines have mounted.

    Raises:
        UsageError: it is a URI, or holds something else.
    """

    def __init__(self, folder: str) -> None:
        if is_uri(folder):
            raise UsageError("--table must be a directory that all of the engine's machines share, not a URI")
        self.folder = Path(folder).absolute()
        if _MISREAD.search(str(self.folder)):
            raise UsageError(
                f"--table {str(self.folder)!r}: Delta Lake's library misreads a backslash, a control character, "
                "or a % before two hexadecimal digits in a path; give another directory"
            )
        self._delta = DeltaFolder(self.folder, Kept().layout)
        self.rollup = Rollup(self.folder)
        if not self._delta.exists and self._is_occupied():
            raise UsageError(f"--table {folder} is not empty and is not an event table; give another directory")

    def _is_occupied(self) -> bool:
        if not self.folder.exists():
            return False
        if not self.folder.is_dir():
            return True
        partition = f"{PARTITION}="
        # A first ingest that was killed may have left files that no version knows.
        return any(not path.name.startswith((*_HIDDEN, partition)) for path in self.folder.iterdir())

    def latest(self, new: Kept | None = None) -> Snapshot:
        """The latest version, or what is there before the first.

        Args:
            new: what the first ingest decides; before it there is a version without events that has this.

        Raises:
            UsageError: the folder holds a Delta Lake table of something else.
            RunError: a newer project wrote the table, or its log cannot be read.
        """
        return self._snapshot(self._delta.latest(), new)

    def version(self, number: int | None) -> Snapshot:
        """A version of a table that is there.

        Raises:
            UsageError: there is no table, or no such version.
            RunError: a newer project wrote the table, or its log cannot be read.
        """
        if not self._delta.exists:
            raise UsageError(f"--table: there is no event table in {self.folder}; make one with ingest.py")
        found = self._snapshot(self._delta.version(number))
        if number is not None and not found.is_whole:
            raise UsageError(
                f"maintenance deleted files of version {number} of {self.folder}; {self._whole_from(number)}"
            )
        return found

    def _whole_from(self, number: int) -> str:
        """Which versions after one are whole."""
        latest = self._delta.version(None).number
        for later in range(number + 1, latest):
            with suppress(UsageError):
                if self._snapshot(self._delta.version(later)).is_whole:
                    return f"whole are {later} to {latest}"
        return f"whole is {latest} alone"

    def _snapshot(self, version: Version | None, new: Kept | None = None) -> Snapshot:
        if version:
            found = version.record(FORMAT_RECORD)
            if found is None:
                raise UsageError(f"--table: {self.folder} is a Delta Lake table, but not an event table")
            if found > FORMAT:
                raise RunError(
                    f"{self.folder} was written by a newer sflydwh: its format is {found}, "
                    f"and this one knows up to {FORMAT}; install the newer one"
                )
        kept = Kept.of(version.record) if version else new or Kept()
        return Snapshot(self._delta, self.rollup, version, kept)

    def vacuum(self, retention_hours: int) -> int:
        """Delete the files that no version of the last hours has; how many.

        Raises:
            RunError: it cannot be done.
        """
        return self._delta.vacuum(retention_hours) + self.rollup.vacuum(retention_hours)

    def commit(
        self,
        base: Snapshot,
        change: Change,
        before_commit: Callable[[], None] = interrupts.check,
    ) -> int:
        """Put written files in place, and make the next version in one step; its number.

        Args:
            base: the version that it is made from.
            change: what becomes of it.
            before_commit: called when all is in place but for the version.

        Raises:
            ConflictError: another commit came first; nothing is left of this one.
            RunError: the engine wrote something else than expected, or the log cannot be written.
            OSError: a file cannot be put in place.
        """
        batch, kept = base.batch + change.is_data, base.kept if base.version else change.kept or base.kept
        delta = DeltaFolder(self.folder, kept.layout)
        weeks = {path.name: week_name(int(path.name.partition("=")[2])) for path in change.written.glob("week=*")}
        taken = delta.take(change.written, weeks, batch, change.is_data)
        try:
            _check_rows(taken, change.rows)
            before_commit()
        except BaseException:
            delta.take_back(taken)
            raise
        # Also where no events change: delta-rs itself lets a commit remove files that another one has joined.
        records = {BATCH_RECORD: batch, FORMAT_RECORD: kept.format, **kept.records}
        records |= {source_record(source): batch for source in change.sources}
        if change.log_format:
            number = format_number(change.log_format.digest)
            records |= {read_record(source): number for source in change.sources}
        # An interrupt here may come before or after the version is made: its files stay.
        return delta.commit(base.version, taken, change.removed, records, change.is_data)


def _check_rows(taken: Iterable[Any], expected: int) -> None:
    found = sum(json.loads(action.stats)["numRecords"] for action in taken)
    if found != expected:
        raise RunError(f"the engine wrote {found:,} events instead of {expected:,}")
