"""The rollup: the table's events added up, so that an answer need not look at them all.

It is a Delta Lake table in a hidden folder of the event table. It records up to which
batch of events it goes; where that is not the batch asked for, it is not used.
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

# Batches are added up anew when they hold more than this share of what was added up last.
_MOST_NEW: Final = 0.5


_COLUMNS: Final = ROLLED_UP.without(ROLLUP.partition)


class _Step(NamedTuple):
    """From which version of the rollup to which batch, without which files."""

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
        """The rollup's latest version if it holds the events up to exactly this batch.

        Raises:
            RunError: its log cannot be read.
        """
        version = self._delta.latest()
        return version if version and version.record(BATCH_RECORD) == batch else None

    def tallies(self, engine: Engine, version: Version) -> "DataFrame":
        """What a version holds, for `ltv.ledger`.

        Raises:
            RunError: a file is not there, or not whole.
        """
        return self._read(engine, version.files)

    def vacuum(self, retention_hours: int) -> int:
        """Delete the files that no version of late has; how many."""
        return self._delta.vacuum(retention_hours) if self._delta.exists else 0

    def find_damage(self) -> RunError | None:
        """Read all files of the latest version, for the first that cannot be read, as an error."""
        try:
            version = self._delta.latest()
        except RunError as error:
            return error
        return self._delta.damage(version.files) if version else None

    def _read(self, engine: Engine, files: list[DataFile]) -> "DataFrame":
        self._delta.check_there(files)
        return engine.read(map(self._delta.path_of, files), _COLUMNS.sql)

    def append(self, engine: Engine, change: "DataFrame", kept: Kept, batches: tuple[int, int], work: Path) -> bool:
        """Go on from one batch to the next.

        Args:
            engine: the engine.
            kept: what was decided for the table.
            change: the tallies of what the next batch adds.
            batches: the batch from which, and the one to which.
            work: a folder for what is written.

        Returns:
            Whether it was done; it is not where the rollup does not stand at the first batch, or is damaged.
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
            # Sail 0.7.2 fails over a union of rows that were read with rows that were computed, so these are read too.
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
        """Make it again from the events, whatever there is; whether it was done, for another may have been faster.

        Args:
            engine: the engine.
            stored: the events of the table.
            kept: what was decided for it.
            batch: the batch that they go up to.
            work: a folder for what is written.
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
