"""The interface of an engine: a session, and the few things in which Sail and Spark differ."""

import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

SAIL: Final = "sail"
SPARK: Final = "spark"
LOOPBACK: Final = "127.0.0.1"

LEAST_SPLIT_BYTES: Final = 1 << 20
# Input bytes per shuffle partition; the shuffled rows are about a third of that.
SHUFFLED_BYTES: Final = 128 << 20


class Engine(ABC):
    """A running session, and what the jobs must know of the engine behind it.

    Args:
        session: the session.
        label: the engine's name and version, for messages.

    Attributes:
        name: `sail` or `spark`.
        staging_codec: the Parquet compression of intermediate results.
        is_quick_at_windows: whether a window is cheaper than a grouping joined back to the rows.
        runs_reader_here: whether the reader runs in this process, so that `files.meter` shows its progress.
        may_write_elsewhere: whether tasks may run on machines that do not share this one's directories.
        packed_bytes: how much the reader may hold of the settled events of a split.
    """

    name: ClassVar[str]
    staging_codec: ClassVar[str]
    is_quick_at_windows: ClassVar[bool]
    runs_reader_here: ClassVar[bool]
    may_write_elsewhere: bool = False
    packed_bytes: int = 256 << 20

    def __init__(self, session: "SparkSession", label: str) -> None:
        self.session = session
        self.label = label

    @abstractmethod
    def split_bytes(self, input_bytes: int) -> int:
        """How much of an input of this size one task should read."""

    @abstractmethod
    def fit_shuffles(self, input_bytes: int) -> None:
        """Set the number of shuffle partitions for an input of this size."""

    @abstractmethod
    def stop(self) -> None:
        """End the session, and the server if the engine started one."""

    @abstractmethod
    def location(self, path: Path, is_pattern: bool = False) -> str:
        """A path in the form that the engine expects.

        Args:
            path: an absolute path.
            is_pattern: whether it is for reading, where an engine may interpret wildcards.
        """

    def write(self, frame: "DataFrame", folder: Path, codec: str, partition: str | None = None) -> None:
        """Write a frame as Parquet files.

        Args:
            frame: what to compute.
            folder: a folder to be made.
            codec: the compression of the files.
            partition: a column by whose values to make folders; None for no partitions.
        """
        writer = frame.write.option("compression", codec)
        writer = writer.partitionBy(partition) if partition else writer
        writer.parquet(self.location(folder))

    def read(self, paths: Iterable[Path], schema: "StructType | str") -> "DataFrame":
        """The rows of Parquet files, or of the files in folders.

        Args:
            paths: the files or folders.
            schema: their columns.
        """
        found = [self.location(path, is_pattern=True) for path in paths]
        if not found:
            return self.session.createDataFrame([], schema)
        return self.session.read.schema(schema).parquet(*found)

    def writing_tasks(self, input_bytes: int, most: int) -> int:
        """How many tasks should write the rows made from an input.

        Args:
            input_bytes: the size of the input.
            most: the largest number of tasks of use, such as the number of files to write.
        """
        return max(1, min(most, max(cores(), input_bytes // SHUFFLED_BYTES)))


def cores() -> int:
    """The cores of this machine."""
    return os.cpu_count() or 1


@contextmanager
def ctrl_c_kept() -> Iterator[None]:
    """Restore the job's handler of Ctrl-C, which an engine replaces when it starts."""
    ours = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, ours)
