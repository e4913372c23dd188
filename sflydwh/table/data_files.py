"""The Parquet files of a table: moved into place, checked, and searched for damage."""

import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from sflydwh.errors import RunError
from sflydwh.files.durable import sync_directory, sync_file
from sflydwh.table.layout import DataFile, Layout
from sflydwh.table.library import deltalake, in_a_line

_NANOSECONDS_IN_MILLISECOND: Final = 1_000_000


class DataFiles:
    """The data files in a table's folder.

    Args:
        folder: the directory.
        layout: the columns and the partitioning of the files.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout

    def take(self, written: Path, partition_of: Mapping[str, str], batch: int, data_change: bool = True) -> list[Any]:
        """Move files that an engine wrote into the table's folder; no version names them yet.

        Args:
            written: a folder with a folder for each partition.
            partition_of: the partition of each of these folders, by its name.
            batch: the batch number, with which the files' names begin.
            data_change: whether their rows differ from those of the files that they replace.

        Returns:
            The actions to pass to `commit`.

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
                    sync_file(file)
                    added.append(self._add_action(file, path, part, data_change))
                    file.rename(path)
                sync_directory(target)
            sync_directory(self.folder)
        except BaseException:
            self.take_back(added)
            raise
        return added

    def _add_action(self, file: Path, path: Path, part: str, data_change: bool) -> Any:
        """The Delta Lake action that adds a file under its future path."""
        metadata = pq.read_metadata(file)
        stats: dict[str, Any] = {"numRecords": metadata.num_rows}
        if self.layout.time and (extent := _extent(metadata, self.layout.time)):
            low, high = ({self.layout.time: time} for time in extent)
            stats |= {"minValues": low, "maxValues": high, "nullCount": {self.layout.time: 0}}
        status = file.stat()
        return deltalake().transaction.AddAction(
            str(path.relative_to(self.folder)),
            status.st_size,
            {self.layout.partition: part},
            status.st_mtime_ns // _NANOSECONDS_IN_MILLISECOND,
            data_change=data_change,
            stats=json.dumps(stats),
        )

    def take_back(self, added: Iterable[Any]) -> None:
        """Delete files that were moved into the folder but not committed."""
        for action in added:
            with suppress(OSError):
                (self.folder / action.path).unlink()

    def path_of(self, file: DataFile) -> Path:
        """The path of a file."""
        return self.folder / unquote(file.path)

    def check_there(self, files: Iterable[DataFile]) -> None:
        """Check that the files exist and have their recorded size, before an engine reads them.

        Raises:
            RunError: a file is missing or truncated; names the first.
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
        """Read files completely to find the one that made an engine fail; return an error that names it, or None."""
        for file in files:
            path = self.path_of(file)
            try:
                with pq.ParquetFile(path) as parquet:
                    for _ in parquet.iter_batches():
                        pass
            except (OSError, pa.ArrowException) as error:
                return RunError(f"the table's file {path} is damaged: {in_a_line(error)}")
        return None


def _extent(metadata: Any, column: str) -> tuple[str, str] | None:
    """The first and the last time in a file, in the format of Delta Lake's log."""
    index = metadata.schema.names.index(column)
    found = [metadata.row_group(group).column(index).statistics for group in range(metadata.num_row_groups)]
    if not found or any(one is None or not one.has_min_max for one in found):
        return None
    first, last = min(one.min for one in found), max(one.max for one in found)
    return first.isoformat(timespec="microseconds"), last.isoformat(timespec="microseconds")
