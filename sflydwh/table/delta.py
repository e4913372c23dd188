"""Delta Lake tables whose data files an engine writes: versions, and commits that detect every conflict."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from sflydwh.errors import RunError, UsageError
from sflydwh.files.durable import sync_directory, sync_file
from sflydwh.table.data_files import DataFiles
from sflydwh.table.layout import DataFile, Layout
from sflydwh.table.library import deltalake, in_a_line

if TYPE_CHECKING:
    from deltalake import DeltaTable

_LOG: Final = "_delta_log"
# The file of a commit or of a checkpoint.
_VERSION: Final = re.compile(r"\d{20}\.(json|checkpoint\.(.+\.)?parquet)$")
# Temporary files that delta-rs renames when they are complete.
_HALF_WRITTEN: Final = "*#*"
_NANOSECONDS_IN_MILLISECOND: Final = 1_000_000
_SECONDS_IN_HOUR: Final = 3600
# How long checkpoints remember when a file was removed, and how long the log keeps versions. Without that record, a
# vacuum goes by the time at which a file was written, so a longer retention could not be kept.
_KEEPING: Final = ("delta.deletedFileRetentionDuration", "delta.logRetentionDuration")
_KEPT_HOURS: Final = 30 * 24
_HOURS: Final = re.compile(r"interval (\d+) hours")


class ConflictError(Exception):
    """Another commit came first, so the version on which this one is based is outdated."""


class Version:
    """One version of a table, which never changes: its files and records.

    Attributes:
        number: 0 for the first.
    """

    def __init__(self, table: "DeltaTable", partition: str) -> None:
        self.table = table
        self.number: int = table.version()
        self._partition = partition

    @cached_property
    def files(self) -> list[DataFile]:
        """Its files, sorted."""
        return _files(self.table, self._partition)

    def record(self, name: str) -> int | None:
        """The number last recorded under a name; None if there is none."""
        return self.table.transaction_version(name)


def _files(table: "DeltaTable", partition: str) -> list[DataFile]:
    found = pa.table(table.get_add_actions(flatten=True))
    columns = ("path", "size_bytes", "num_records", f"partition.{partition}")
    if not found.num_rows:
        return []
    values = zip(*(found.column(name).to_pylist() for name in columns), strict=True)
    return sorted(DataFile(path, size, rows, str(part)) for path, size, rows, part in values)


class DeltaFolder(DataFiles):
    """A Delta Lake table in a directory.

    Args:
        folder: the directory.
        layout: the columns and the partitioning of its files.
    """

    @property
    def _uri(self) -> str:
        """The directory as a URI: in a plain path the library would decode what looks like an escape."""
        return self.folder.as_uri()

    @property
    def exists(self) -> bool:
        """Whether there is a version: a first commit that was killed may leave a log without one."""
        return any(_VERSION.match(path.name) for path in (self.folder / _LOG).glob("*"))

    def latest(self) -> Version | None:
        """The latest version; None if there is no table yet.

        Raises:
            RunError: its log cannot be read.
        """
        return self.version(None) if self.exists else None

    def version(self, number: int | None) -> Version:
        """A version of the table.

        Args:
            number: its number; None for the latest.

        Raises:
            UsageError: there is no such version.
            RunError: the log cannot be read.
        """
        library = deltalake()
        try:
            latest = library.DeltaTable(self._uri)
            if number is None or number == latest.version():
                return Version(latest, self.layout.partition)
            if number > latest.version():
                raise UsageError(f"{self.folder} has no version {number}; its latest is {latest.version()}")
            return Version(library.DeltaTable(self._uri, version=number), self.layout.partition)
        except library.exceptions.DeltaError as error:
            if number is not None:
                raise UsageError(
                    f"{self.folder} has no version {number} any more: maintenance shortened its log; ask a later one"
                ) from error
            raise RunError(f"cannot read the log of the table {self.folder}: {in_a_line(error)}") from error

    def commit(
        self,
        base: Version | None,
        added: list[Any],
        removed: Iterable[DataFile],
        records: Mapping[str, int],
        data_change: bool = True,
    ) -> int:
        """Commit a new version atomically; return the number of the latest version.

        Args:
            base: the version on which it is based; None if there was no table.
            added: the actions that `take` returned.
            removed: files of the base that the new version does not have.
            records: numbers to record by name. If two commits with the same base record the
                same name, the second one fails.
            data_change: see `take`.

        Raises:
            ConflictError: another commit came first; the added files are deleted.
            RunError: the log cannot be written.
        """
        library = deltalake()
        schema = library.Schema.from_json(_schema_json(self.layout))
        properties = _properties(records)
        now = time.time_ns() // _NANOSECONDS_IN_MILLISECOND
        gone = [
            library.transaction.RemoveAction(file.path, data_change, now, file.size, {self.layout.partition: file.part})
            for file in removed
        ]
        try:
            if base is None:
                library.transaction.create_table_with_add_actions(
                    self._uri,
                    schema,
                    added,
                    partition_by=[self.layout.partition],
                    name=self.layout.name,
                    description=self.layout.description,
                    configuration={
                        "delta.dataSkippingStatsColumns": self.layout.time or self.layout.partition,
                        **_kept_for(_KEPT_HOURS),
                    },
                    commit_properties=properties,
                )
            else:
                base.table.create_write_transaction(
                    [*added, *gone],
                    mode="append",
                    schema=schema,
                    partition_by=[self.layout.partition],
                    commit_properties=properties,
                )
        except (library.exceptions.DeltaError, OSError) as error:
            raise self._failed(error, base, added) from error
        number = self.version(None).number
        for made in range(base.number + 1 if base else 0, number + 1):
            sync_file(self.folder / _LOG / f"{made:020}.json")
        sync_directory(self.folder / _LOG)
        return number

    def _failed(self, error: Exception, base: Version | None, added: Iterable[Any]) -> Exception:
        """The error for a failed commit; deletes the added files if no version can name them."""
        is_conflict = base is None or isinstance(error, deltalake().exceptions.CommitFailedError)
        is_overtaken = self._is_overtaken(base)
        if is_conflict or not is_overtaken:
            self.take_back(added)
        if is_conflict and is_overtaken:
            return ConflictError(in_a_line(error))
        return RunError(f"cannot commit to the table {self.folder}: {in_a_line(error)}")

    def _is_overtaken(self, base: Version | None) -> bool:
        """Whether there may be a version after the base."""
        try:
            latest = self.latest()
        except RunError:
            return True
        return latest is not None and (base is None or latest.number > base.number)

    def vacuum(self, retention_hours: int) -> int:
        """Delete files that no version of the last hours uses, and shorten the log; return the number of files.

        Args:
            retention_hours: files that a version used, or that were written, within this time are kept.

        Raises:
            RunError: it cannot be done.
        """
        library = deltalake()
        try:
            table = library.DeltaTable(self._uri)
            asked = max(retention_hours, _KEPT_HOURS)
            if _hours_kept(table) < asked:
                table.alter.set_table_properties(_kept_for(asked))
            listed = table.vacuum(retention_hours, dry_run=True, enforce_retention_duration=False, full=True)
            # The library lists every file that is not hidden, also files that are not the table's.
            own = re.compile(rf"{self.layout.partition}=[^/]+/[^/]+\.parquet")
            gone = [path for path in listed if own.fullmatch(path)]
            deleted = sum(_is_deleted(self.folder / path) for path in gone)
            table.create_checkpoint()
            table.cleanup_metadata()
        except (library.exceptions.DeltaError, OSError) as error:
            raise RunError(f"cannot vacuum the table {self.folder}: {in_a_line(error)}") from error
        young = time.time() - retention_hours * _SECONDS_IN_HOUR
        for path in (self.folder / _LOG).glob(_HALF_WRITTEN):
            with suppress(OSError):
                if path.stat().st_mtime <= young:
                    path.unlink()
        return deleted


def _schema_json(layout: Layout) -> str:
    fields = [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in layout.columns.items()]
    return json.dumps({"type": "struct", "fields": fields})


def _kept_for(hours: int) -> dict[str, str]:
    return dict.fromkeys(_KEEPING, f"interval {hours} hours")


def _hours_kept(table: "DeltaTable") -> int:
    """How many hours of history the log of a table keeps; 0 if that is not set."""
    configuration = table.metadata().configuration
    found = [_HOURS.fullmatch(configuration.get(name, "")) for name in _KEEPING]
    return min(int(hours[1]) if hours else 0 for hours in found)


def _properties(records: Mapping[str, int]) -> Any:
    library = deltalake()
    transactions = [library.Transaction(name, number) for name, number in records.items()]
    return library.CommitProperties(app_transactions=transactions)


def _is_deleted(path: Path) -> bool:
    """Delete a file; false if it was gone already, because the library lists deleted files again."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
