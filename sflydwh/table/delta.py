"""Delta Lake tables whose data files an engine writes: versions, and commits that overlook nothing."""

import json
import os
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from sflydwh.engine.failures import system_error
from sflydwh.errors import RunError, UsageError, first_line
from sflydwh.files.durable import sync_directory

if TYPE_CHECKING:
    from deltalake import DeltaTable

_LOG: Final = "_delta_log"
# A commit, or a checkpoint of several.
_VERSION: Final = re.compile(r"\d{20}\.(json|checkpoint\.(.+\.)?parquet)$")
# What delta-rs writes before it gives it its name.
_HALF_WRITTEN: Final = "*#*"
_NANOSECONDS_IN_MILLISECOND: Final = 1_000_000
_SECONDS_IN_HOUR: Final = 3600
# For how long a checkpoint tells when a file was removed, and the log tells of versions. A vacuum that
# is not told goes by the time at which a file was written: nobody may be promised more than this.
_KEEPING: Final = ("delta.deletedFileRetentionDuration", "delta.logRetentionDuration")
_KEPT_HOURS: Final = 30 * 24
_HOURS: Final = re.compile(r"interval (\d+) hours")


class ConflictError(Exception):
    """Another commit came first; what this one was made from is no longer the table."""


class DataFile(NamedTuple):
    """One Parquet file of a table.

    Attributes:
        path: relative to the table's folder.
        size: in bytes.
        rows: how many.
        part: the value of all its rows in the partition column, as a text.
    """

    path: str
    size: int
    rows: int
    part: str


@dataclass(frozen=True)
class Layout:
    """What the files of a table hold.

    Attributes:
        name: the table's name.
        description: what it is, in a line.
        columns: the columns with their types in Delta Lake's words.
        partition: the column by which the files lie apart; it is in the log, not in the files.
        time: the column whose extent the log tells of each file, if any. The log
            keeps what it tells, so it is not told of columns that name a person.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    partition: str
    time: str | None = None


class Version:
    """One version of a table: which files it is made of, for good.

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
        """The number that was recorded last under a name; None for none."""
        return self.table.transaction_version(name)


def _files(table: "DeltaTable", partition: str) -> list[DataFile]:
    found = pa.table(table.get_add_actions(flatten=True))
    columns = ("path", "size_bytes", "num_records", f"partition.{partition}")
    if not found.num_rows:
        return []
    values = zip(*(found.column(name).to_pylist() for name in columns), strict=True)
    return sorted(DataFile(path, size, rows, str(part)) for path, size, rows, part in values)


class DeltaFolder:
    """A Delta Lake table in a directory.

    Args:
        folder: the directory.
        layout: what its files hold.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout

    @property
    def _uri(self) -> str:
        """The directory as the library takes it: it would read what looks like an escape in a path as one."""
        return self.folder.as_uri()

    @property
    def exists(self) -> bool:
        """Whether there is a table: a first commit that was killed half-way leaves a log without a version."""
        return any(_VERSION.match(path.name) for path in (self.folder / _LOG).glob("*"))

    def latest(self) -> Version | None:
        """The latest version; None where there is no table yet.

        Raises:
            RunError: its log cannot be read.
        """
        return self.version(None) if self.exists else None

    def version(self, number: int | None) -> Version:
        """A version of the table.

        Args:
            number: which; None for the latest.

        Raises:
            UsageError: there is no such version.
            RunError: the log cannot be read.
        """
        deltalake = _deltalake()
        try:
            latest = deltalake.DeltaTable(self._uri)
            if number is None or number == latest.version():
                return Version(latest, self.layout.partition)
            if number > latest.version():
                raise UsageError(f"{self.folder} has no version {number}; its latest is {latest.version()}")
            return Version(deltalake.DeltaTable(self._uri, version=number), self.layout.partition)
        except deltalake.exceptions.DeltaError as error:
            if number is not None:
                raise UsageError(
                    f"{self.folder} has no version {number} any more: maintenance shortened its log; ask a later one"
                ) from error
            raise RunError(f"cannot read the log of the table {self.folder}: {_line(error)}") from error

    def take(self, written: Path, partition_of: Mapping[str, str], batch: int, data_change: bool = True) -> list[Any]:
        """Move the files that an engine wrote into the table's folder, where no version knows them yet.

        Args:
            written: a folder with a folder for each partition.
            partition_of: the partition of each of these folders, by its name.
            batch: what the files' names begin with.
            data_change: whether they hold other rows than the files whose place they take.

        Returns:
            What to give to `commit`.

        Raises:
            OSError: one cannot be moved.
        """
        added: list[Any] = []
        try:
            for name, part in sorted(partition_of.items()):
                target = self.folder / f"{self.layout.partition}={part}"
                target.mkdir(parents=True, exist_ok=True)
                for file in sorted((written / name).glob("*.parquet")):
                    path = target / f"{batch:08}-{uuid.uuid4().hex}.parquet"
                    _sync_file(file)
                    added.append(self._add_action(file, path, part, data_change))
                    file.rename(path)
                sync_directory(target)
            sync_directory(self.folder)
        except BaseException:
            self.take_back(added)
            raise
        return added

    def _add_action(self, file: Path, path: Path, part: str, data_change: bool) -> Any:
        """What tells of a file that will have another path."""
        metadata = pq.read_metadata(file)
        stats: dict[str, Any] = {"numRecords": metadata.num_rows}
        if self.layout.time and (extent := _extent(metadata, self.layout.time)):
            low, high = ({self.layout.time: time} for time in extent)
            stats |= {"minValues": low, "maxValues": high, "nullCount": {self.layout.time: 0}}
        status = file.stat()
        return _deltalake().transaction.AddAction(
            str(path.relative_to(self.folder)),
            status.st_size,
            {self.layout.partition: part},
            status.st_mtime_ns // _NANOSECONDS_IN_MILLISECOND,
            data_change=data_change,
            stats=json.dumps(stats),
        )

    def commit(
        self,
        base: Version | None,
        added: list[Any],
        removed: Iterable[DataFile],
        records: Mapping[str, int],
        data_change: bool = True,
    ) -> int:
        """Make a new version in one step; the number of the latest one then.

        Args:
            base: the version that it was made from; None where there was no table.
            added: files that were taken.
            removed: files of the base that the new version does not have.
            records: numbers to record. Of two commits from the same base that record the
                same name, the second one fails.
            data_change: as `take` has it.

        Raises:
            ConflictError: another commit came first; the files that were taken are deleted.
            RunError: the log cannot be written.
        """
        deltalake = _deltalake()
        schema = deltalake.Schema.from_json(_schema_json(self.layout))
        properties = _properties(records)
        now = time.time_ns() // _NANOSECONDS_IN_MILLISECOND
        gone = [
            deltalake.transaction.RemoveAction(
                file.path, data_change, now, file.size, {self.layout.partition: file.part}
            )
            for file in removed
        ]
        try:
            if base is None:
                deltalake.transaction.create_table_with_add_actions(
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
        except (deltalake.exceptions.DeltaError, OSError) as error:
            raise self._failed(error, base, added) from error
        number = self.version(None).number
        for made in range(base.number + 1 if base else 0, number + 1):
            _sync_file(self.folder / _LOG / f"{made:020}.json")
        sync_directory(self.folder / _LOG)
        return number

    def _failed(self, error: Exception, base: Version | None, added: Iterable[Any]) -> Exception:
        """What a failed commit is told as; the files that were taken are deleted where no version can have them."""
        is_conflict = base is None or isinstance(error, _deltalake().exceptions.CommitFailedError)
        is_overtaken = self._is_overtaken(base)
        if is_conflict or not is_overtaken:
            self.take_back(added)
        if is_conflict and is_overtaken:
            return ConflictError(_line(error))
        return RunError(f"cannot commit to the table {self.folder}: {_line(error)}")

    def _is_overtaken(self, base: Version | None) -> bool:
        """Whether there may be a version after another one."""
        try:
            latest = self.latest()
        except RunError:
            return True
        return latest is not None and (base is None or latest.number > base.number)

    def take_back(self, added: Iterable[Any]) -> None:
        """Delete files that were taken and not committed."""
        for action in added:
            with suppress(OSError):
                (self.folder / action.path).unlink()

    def vacuum(self, retention_hours: int) -> int:
        """Delete the files that no version of the last hours has; how many. The log is shortened too.

        Args:
            retention_hours: files that were of a version, or were written, in that time stay.

        Raises:
            RunError: it cannot be done.
        """
        deltalake = _deltalake()
        try:
            table = deltalake.DeltaTable(self._uri)
            asked = max(retention_hours, _KEPT_HOURS)
            if _hours_kept(table) < asked:
                table.alter.set_table_properties(_kept_for(asked))
            listed = table.vacuum(retention_hours, dry_run=True, enforce_retention_duration=False, full=True)
            # All that is not hidden is listed, also what somebody else put here.
            own = re.compile(rf"{self.layout.partition}=[^/]+/[^/]+\.parquet")
            gone = [path for path in listed if own.fullmatch(path)]
            deleted = sum(_is_deleted(self.folder / path) for path in gone)
            table.create_checkpoint()
            table.cleanup_metadata()
        except (deltalake.exceptions.DeltaError, OSError) as error:
            raise RunError(f"cannot vacuum the table {self.folder}: {_line(error)}") from error
        young = time.time() - retention_hours * _SECONDS_IN_HOUR
        for path in (self.folder / _LOG).glob(_HALF_WRITTEN):
            with suppress(OSError):
                if path.stat().st_mtime <= young:
                    path.unlink()
        return deleted

    def path_of(self, file: DataFile) -> Path:
        """Where a file lies."""
        return self.folder / unquote(file.path)

    def check_there(self, files: Iterable[DataFile]) -> None:
        """Fail where a file is gone or was cut, before an engine stumbles over it.

        Raises:
            RunError: the first such file by its name.
        """
        for file in files:
            path = self.path_of(file)
            try:
                size = path.stat().st_size
            except OSError as error:
                raise RunError(f"the table's file {path} cannot be read: {error.strerror}") from error
            if size != file.size:
                raise RunError(f"the table's file {path} is damaged: {size} bytes, not {file.size}")

    def damage(self, files: Iterable[DataFile]) -> RunError | None:
        """Read files whole, to find the one over which an engine stumbled; an error that names it."""
        for file in files:
            path = self.path_of(file)
            try:
                with pq.ParquetFile(path) as parquet:
                    for _ in parquet.iter_batches():
                        pass
            except (OSError, pa.ArrowException) as error:
                return RunError(f"the table's file {path} is damaged: {_line(error)}")
        return None


def _extent(metadata: Any, column: str) -> tuple[str, str] | None:
    """The first and the last time in a file, as Delta Lake writes them."""
    index = metadata.schema.names.index(column)
    found = [metadata.row_group(group).column(index).statistics for group in range(metadata.num_row_groups)]
    if not found or any(one is None or not one.has_min_max for one in found):
        return None
    first, last = min(one.min for one in found), max(one.max for one in found)
    return first.isoformat(timespec="microseconds"), last.isoformat(timespec="microseconds")


def _schema_json(layout: Layout) -> str:
    fields = [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in layout.columns.items()]
    return json.dumps({"type": "struct", "fields": fields})


def _kept_for(hours: int) -> dict[str, str]:
    return dict.fromkeys(_KEEPING, f"interval {hours} hours")


def _hours_kept(table: "DeltaTable") -> int:
    """For how many hours the log of a table keeps what it tells; 0 where that was not set."""
    configuration = table.metadata().configuration
    found = [_HOURS.fullmatch(configuration.get(name, "")) for name in _KEEPING]
    return min(int(hours[1]) if hours else 0 for hours in found)


def _properties(records: Mapping[str, int]) -> Any:
    deltalake = _deltalake()
    transactions = [deltalake.Transaction(name, number) for name, number in records.items()]
    return deltalake.CommitProperties(app_transactions=transactions)


def _is_deleted(path: Path) -> bool:
    """Delete a file; false if it was gone already, for what is listed once is listed again."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(error: BaseException) -> str:
    return system_error(str(error)) or first_line(error)


def _deltalake() -> Any:
    """The library, which takes a while to load.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import deltalake
        import deltalake.transaction
    except ModuleNotFoundError as error:
        raise UsageError("an event table needs deltalake; install it with: pip install 'deltalake>=1.6,<2'") from error
    return deltalake
