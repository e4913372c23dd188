"""What may go wrong while a log is read, as a data source of its own: it goes with the driver that is submitted.

A fault strikes at the first time of asking only; a file among its marks tells that it has.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql.datasource import InputPartition
from pyspark.sql.types import StructType

from sflydwh.reader.datasource import EventsDataSource, EventsReader

PATIENCE_SECONDS = 60


class Faults:
    """Faults of a run, by name.

    Args:
        marks: a folder that all processes see, of this run alone.
    """

    def __init__(self, marks: str) -> None:
        self._marks = Path(marks)

    def kill_executor_in_scan(self, split: int) -> None:
        """Kill the executor that reads this split, when half of it is read."""
        if split == 0 and self._is_first("struck"):
            os.kill(executor(), signal.SIGKILL)

    def kill_worker_in_scan(self, split: int) -> None:
        """Kill the worker, and the executor that it started."""
        if split == 0 and self._is_first("struck"):
            mine = executor()
            os.kill(parent(mine), signal.SIGKILL)
            os.kill(mine, signal.SIGKILL)

    def kill_executor_with_shuffled_rows(self, split: int) -> None:
        """Kill the executor that has read split 0 when all is read, and nothing of it is fetched yet."""
        self._begin_together(split)
        if split == 0:
            self._note("executor", executor())
            self._note("done", 0)
        elif split == 1:
            self._wait_for("known")
            if self._is_first("struck"):
                os.kill(self._noted("executor"), signal.SIGKILL)

    def stop_executor_before_shuffle(self, split: int) -> None:
        """Freeze the executor that has read split 0; who watches the driver kills it once it should shuffle."""
        self._begin_together(split)
        if split == 0:
            self._note("executor", executor())
            self._note("done", 0)
        elif split == 1:
            self._wait_for("known")
            if self._is_first("struck"):
                os.kill(self._noted("executor"), signal.SIGSTOP)
                self._note("stopped", self._noted("executor"))

    def stop_other_executor(self, split: int) -> None:
        """Freeze an executor that has read nothing, so that it has nothing that others need."""
        if split == 0 and self._is_first("struck"):
            [other] = other_executors(executor())
            os.kill(other, signal.SIGSTOP)
            self._note("stopped", other)

    def fail_once(self, split: int) -> None:
        """Fail a task when some of its rows are out."""
        if split == 0 and self._is_first("struck"):
            raise RuntimeError("a fault")

    def be_slow(self, split: int) -> None:
        """Be slower on one of the machines than a second attempt on the other."""
        with (self._marks / "attempts").open("a", encoding="ascii") as attempts:
            attempts.write(f"{split}\n")
        if self._is_first("struck"):
            self._note("executor", executor())
        self._wait_for("executor")
        if self._noted("executor") == executor():
            self._wait_for(f"overtaken-{split}")
        else:
            self._note(f"overtaken-{split}", executor())

    def _begin_together(self, split: int) -> None:
        """Put the first two splits on two executors: each waits for the other."""
        if split < 2:
            self._note(f"begun-{split}", 1)
            self._wait_for(f"begun-{1 - split}")

    def _is_first(self, mark: str) -> bool:
        try:
            os.close(os.open(self._marks / mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _note(self, mark: str, number: int) -> None:
        """Leave a number where others see it, whole."""
        draft = self._marks / f"{mark}.{os.getpid()}"
        draft.write_text(str(number), "ascii")
        draft.replace(self._marks / mark)

    def _noted(self, mark: str) -> int:
        return int((self._marks / mark).read_text("ascii"))

    def _wait_for(self, mark: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (self._marks / mark).exists():
            if time.monotonic() > end:
                raise TimeoutError(mark)
            time.sleep(0.01)


def faulty(name: str, marks: str) -> type[EventsDataSource]:
    """The data source with a fault, which strikes in each task after its first batch of rows."""

    class FaultyReader(EventsReader):
        def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
            strike: Callable[[int], None] | None = getattr(Faults(marks), name)
            if self._only_splits is not None:
                # The second look, for the rejects.
                strike = None
            for batch in super().read(partition):
                yield batch.slice(0, batch.num_rows // 2)
                if strike:
                    strike(partition.value.index)
                    strike = None
                yield batch.slice(batch.num_rows // 2)

    class Faulty(EventsDataSource):
        def reader(self, schema: StructType) -> EventsReader:
            return FaultyReader(self.options)

    return Faulty


def executor() -> int:
    """The JVM that this Python works for: it started a daemon, and that one this process."""
    return parent(os.getppid())


def parent(pid: int) -> int:
    """A process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])


def other_executors(mine: int) -> list[int]:
    """The application's other executors on this machine."""
    application = _application(mine)
    pids = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if pid != mine and application and _application(pid) == application]


def _application(pid: int) -> str | None:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")
    except OSError:
        return None
    is_executor = "org.apache.spark.executor.CoarseGrainedExecutorBackend" in words
    return words[words.index("--app-id") + 1] if is_executor else None
