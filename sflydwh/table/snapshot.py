"""The event table in a directory: its versions, and how a new one is committed."""

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
# deltalake interprets these in paths as escapes or separators, and would look for committed files elsewhere.
_MISREAD: Final = re.compile(r"\\|%[0-9A-Fa-f]{2}|[\x00-\x1f\x7f]")


class Snapshot:
    """One version of the events, which never changes.

    Attributes:
        number: the version; None for a table that does not exist yet.
        batch: the number of the last batch in it; 0 for none.
        rows: how many events it holds.
        kept: the decisions of the first ingest; for a table that does not exist yet, those of version 1.
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
        """The batch in which a file was ingested, by its name in `Change.sources`; None if it was not."""
        return self.version.record(source_record(source)) if self.version else None

    def is_read_otherwise(self, source: str, log_format: Format) -> bool:
        """Whether an ingested file was read with another format; without a record, it was read with `sfly`."""
        found = self.version.record(read_record(source)) if self.version else None
        return log_format.name != SFLY if found is None else found != format_number(log_format.digest)

    def files_of(self, weeks: Iterable[int]) -> list[DataFile]:
        """The files of some weeks, given by their Mondays in days since 1970-01-01."""
        wanted = {week_name(week) for week in weeks}
        return [file for file in self.files if file.part in wanted]

    def weeks(self) -> set[int]:
        """The weeks that have events."""
        return {week_number(file.part) for file in self.files}

    def events(self, engine: Engine, weeks: Iterable[int] | None = None) -> "DataFrame":
        """The events, without `event_week`.

        Args:
            engine: the engine that reads them.
            weeks: the weeks to read; None for all.

        Raises:
            RunError: a file is missing or truncated.
        """
        return self.events_in(engine, self.files if weeks is None else self.files_of(weeks))

    def events_in(self, engine: Engine, files: Sequence[DataFile]) -> "DataFrame":
        """The events of some files of this version; see `events`."""
        self._delta.check_there(files)
        return engine.read(map(self._delta.path_of, files), self.kept.columns.without(PARTITION).sql)

    def stored_tallies(self, engine: Engine) -> "DataFrame | None":
        """The rollup of exactly this version; None if there is none.

        Raises:
            RunError: it cannot be read, or a file of it is missing or truncated.
        """
        rolled_up = self._rollup.upto(self.batch)
        return self._rollup.tallies(engine, rolled_up).transform(sums.latest, self.kept) if rolled_up else None

    def tallies(self, engine: Engine) -> "DataFrame":
        """The tallies, computed from the events."""
        return self.events(engine).transform(sums.tallies, self.kept)

    @property
    def is_whole(self) -> bool:
        """Whether all of its files exist."""
        return all(self._delta.path_of(file).exists() for file in self.files)

    def find_damage(self) -> RunError | None:
        """Read all files; return an error that names the first unreadable one, because engines may not name it."""
        return self._delta.damage(self.files)

    def find_rollup_damage(self) -> RunError | None:
        """Read all files of the rollup; return an error that names the first unreadable one, or None."""
        return self._rollup.find_damage()


@dataclass(frozen=True)
class Change:
    """The difference between a version and the next one.

    Attributes:
        written: the folder that `write_by_week` wrote.
        rows: how many events it must contain.
        removed: files that the next version does not have.
        sources: the recorded names of the ingested files, made from the digests of their content.
        kept: the decisions for the table, if this is its first version.
        log_format: the format of the ingested files.
        is_data: whether events change; if not, they only move to other files.
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
        UsageError: it is a URI, or contains something else.
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
        # A first ingest that was killed may have left files that no version names.
        return any(not path.name.startswith((*_HIDDEN, partition)) for path in self.folder.iterdir())

    def latest(self, new: Kept | None = None) -> Snapshot:
        """The latest version, or an empty snapshot if there is none yet.

        Args:
            new: the decisions of the first ingest, for the empty snapshot.

        Raises:
            UsageError: the folder holds a Delta Lake table of something else.
            RunError: a newer release wrote the table, or its log cannot be read.
        """
        return self._snapshot(self._delta.latest(), new)

    def version(self, number: int | None) -> Snapshot:
        """A version of an existing table.

        Raises:
            UsageError: there is no table, or no such version.
            RunError: a newer release wrote the table, or its log cannot be read.
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
        """Which later versions have all their files, for an error message."""
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
        """Delete files that no version of the last hours uses; return their number.

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
        """Move written files into place and commit the next version atomically; return its number.

        Args:
            base: the version on which it is based.
            change: the difference.
            before_commit: called when everything is in place except the version.

        Raises:
            ConflictError: another commit came first; the files of this one are deleted.
            RunError: the engine wrote another number of events than expected, or the log cannot be written.
            OSError: a file cannot be moved into place.
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
        # Recorded even if no events change: delta-rs itself allows a commit to remove files that another has joined.
        records = {BATCH_RECORD: batch, FORMAT_RECORD: kept.format, **kept.records}
        records |= {source_record(source): batch for source in change.sources}
        if change.log_format:
            number = format_number(change.log_format.digest)
            records |= {read_record(source): number for source in change.sources}
        # An interrupt may come before or after the commit, so the files must stay.
        return delta.commit(base.version, taken, change.removed, records, change.is_data)


def _check_rows(taken: Iterable[Any], expected: int) -> None:
    found = sum(json.loads(action.stats)["numRecords"] for action in taken)
    if found != expected:
        raise RunError(f"the engine wrote {found:,} events instead of {expected:,}")
