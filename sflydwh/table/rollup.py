"""The rollup: the aggregated events of the table, so that an answer need not read them all.

It is a Delta Lake table in a hidden folder of the event table. It records the last
batch that it covers, and is used only for the version of the events with that batch.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.table import tallies as sums
from sflydwh.table.delta import ConflictError, DeltaFolder, Version
from sflydwh.table.layout import DataFile
from sflydwh.table.schema import BATCH_RECORD, COMPRESSION, FIRST, FORMAT_RECORD, ROLLED_UP, ROLLUP, Kept

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# The rollup is consolidated when the rows appended since exceed this share of the consolidated rows.
_MOST_NEW: Final = 0.5


_COLUMNS: Final = ROLLED_UP.without(ROLLUP.partition)


class _Step(NamedTuple):
    """A commit of the rollup: the base version, the new batch, and the files to remove."""

    base: Version | None
    removed: list[DataFile]
    batch: int


class Rollup:
    """The rollup of an event table.

    Args:
        folder: the event table's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._delta = DeltaFolder(folder / "_rollup", ROLLUP)

    def upto(self, batch: int) -> Version | None:
        """The latest version of the rollup if it covers exactly the events up to this batch; else None.

        Raises:
            RunError: its log cannot be read.
        """
        version = self._delta.latest()
        return version if version and version.record(BATCH_RECORD) == batch else None

    def tallies(self, engine: Engine, version: Version) -> "DataFrame":
        """The tallies of a version, for `ltv.ledger`.

        Raises:
            RunError: a file is missing or truncated.
        """
        return self._read(engine, version.files)

    def vacuum(self, retention_hours: int) -> int:
        """Delete files that no recent version uses; return their number."""
        return self._delta.vacuum(retention_hours) if self._delta.exists else 0

    def find_damage(self) -> RunError | None:
        """Read all files of the latest version; return an error that names the first unreadable one, or None."""
        try:
            version = self._delta.latest()
        except RunError as error:
            return error
        return self._delta.damage(version.files) if version else None

    def _read(self, engine: Engine, files: list[DataFile]) -> "DataFrame":
        self._delta.check_there(files)
        return engine.read(map(self._delta.path_of, files), _COLUMNS.sql)

    def append(self, engine: Engine, change: "DataFrame", kept: Kept, batches: tuple[int, int], work: Path) -> bool:
        """Add the tallies of the next batch.

        Args:
            engine: the engine.
            kept: the table's identity, currency and formula.
            change: the tallies that the next batch adds.
            batches: the last batch covered before, and the next one.
            work: a folder for new files.

        Returns:
            Whether it was done: not if the rollup is damaged, or does not end at the first of the batches.
        """
        before, after = batches
        try:
            version = self.upto(before) if before else None
            files = version.files if version else []
            self._delta.check_there(files)
        except RunError:
            return False
        if before and version is None:
            return False
        last_sum = min((int(file.part) for file in files), default=after)
        new_rows = sum(file.rows for file in files if int(file.part) != last_sum)
        if new_rows > _MOST_NEW * sum(file.rows for file in files if int(file.part) == last_sum):
            # Sail 0.7.2 fails on a union of rows read from files with computed rows, so write these and read them back.
            engine.write(change, work / "change", COMPRESSION)
            new = engine.read([work / "change"], _COLUMNS.sql)
            try:
                everything = self._read(engine, files).unionByName(new).transform(sums.added_up, kept)
                return self._commit(engine, everything, _Step(version, files, after), work)
            except Exception:
                if self._delta.damage(files):
                    return False
                raise
        return self._commit(engine, change, _Step(version, [], after), work)

    def rebuild(self, engine: Engine, stored: "DataFrame", kept: Kept, batch: int, work: Path) -> bool:
        """Rebuild the rollup from the events; return whether it was done, because another run may come first.

        Args:
            engine: the engine.
            stored: the events of the table.
            kept: the table's identity, currency and formula.
            batch: the last batch of the events.
            work: a folder for new files.
        """
        try:
            version = self._delta.latest()
        except RunError:
            shutil.rmtree(self._delta.folder)
            version = None
        files = version.files if version else []
        return self._commit(engine, stored.transform(sums.tallies, kept), _Step(version, files, batch), work)

    def _commit(self, engine: Engine, tallies: "DataFrame", step: _Step, work: Path) -> bool:
        written = work / "rollup"
        engine.write(tallies, written / "all", COMPRESSION)
        added = self._delta.take(written, {"all": str(step.batch)}, step.batch)
        try:
            self._delta.commit(step.base, added, step.removed, {BATCH_RECORD: step.batch, FORMAT_RECORD: FIRST})
        except ConflictError:
            return False
        return True
