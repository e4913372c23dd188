"""What a whole process costs, with all that it starts: wall time, CPU time and memory.

`python -m benchmarks.meter SECONDS OUT ERR COMMAND...` runs a command, for at
most so many seconds, and prints a `Reading` as JSON.

* Wall time ends when the command does, as its user sees it.
* CPU time is what the kernel accounts for children that were waited for. The
  meter is made the reaper of orphans first (Linux), so that Spark's JVM and
  Python workers, which outlive the command, are waited for too: nothing is sampled.
* Memory is sampled: the resident sets of all processes at one moment, added up.
  Pages that processes share count for each. Without /proc it is that of the largest process.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.05
_REAP_SECONDS = 0.02
_GRACE_SECONDS = 15.0
_BYTES_IN_MAXRSS = 1024 if sys.platform == "linux" else 1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Reading:
    """What one run of a command cost.

    Attributes:
        seconds: wall time.
        cpu_seconds: user and system time of the command and all that it started.
        memory_bytes: peak of their resident memory.
        mapped_bytes: what of it were files, mapped; the system may drop these pages at any time.
        exit_status: of the command, negative for a signal.
        is_late: whether it was ended for taking too long.
    """

    seconds: float
    cpu_seconds: float
    memory_bytes: int
    mapped_bytes: int
    exit_status: int
    is_late: bool


def metered(command: list[str], environment: dict[str, str], limit_seconds: float, out: Path, err: Path) -> Reading:
    """Run a command in a meter of its own, with its output in two files.

    Args:
        command: program and arguments.
        environment: its environment variables.
        limit_seconds: after this wall time it is killed, with all that it started.
        out: for its standard output.
        err: for its standard error.
    """
    meter = [sys.executable, "-m", "benchmarks.meter", str(limit_seconds), str(out), str(err)]
    told = subprocess.run([*meter, *command], check=True, capture_output=True, env=environment)  # noqa: S603
    return Reading(**json.loads(told.stdout))


class _MemoryPeak(threading.Thread):
    """Watches the resident memory of all descendants of this process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.resident_bytes = 0
        self.mapped_bytes = 0
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.wait(_SAMPLE_SECONDS):
            sets = [_resident_set(pid) for pid in _descendants(os.getpid())]
            resident = sum(pages for pages, _ in sets) * _PAGE_BYTES
            if resident > self.resident_bytes:
                self.resident_bytes = resident
                self.mapped_bytes = sum(mapped for _, mapped in sets) * _PAGE_BYTES

    def stop(self) -> None:
        self._is_over.set()
        self.join()


def _resident_set(pid: int) -> tuple[int, int]:
    """Pages in memory, and those of them that are mapped files or shared; nothing of a process that is gone."""
    try:
        _, resident, mapped, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    except OSError:
        return 0, 0
    return resident, mapped


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children = [int(child) for child in listing.read_text().split()]
            found += children
            for child in children:
                found += _descendants(child)
    return found


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_all() -> None:
    for pid in _descendants(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _reap_orphans() -> None:
    """Wait for what the command left behind, and end what does not end by itself."""
    deadline = time.monotonic() + _GRACE_SECONDS
    with suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_REAP_SECONDS)
            if time.monotonic() > deadline:
                _kill_all()


def _read_meter(command: list[str], limit_seconds: float, out: str, err: str) -> Reading:
    _adopt_orphans()
    memory = _MemoryPeak()
    with open(out, "wb") as out_file, open(err, "wb") as err_file:
        clock = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file)  # noqa: S603
        memory.start()
        limit = threading.Timer(limit_seconds, _kill_all)
        limit.start()
        status = process.wait()
        seconds = time.perf_counter() - clock
        is_late = not limit.is_alive()
        limit.cancel()
    _reap_orphans()
    memory.stop()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    resident = max(memory.resident_bytes, used.ru_maxrss * _BYTES_IN_MAXRSS)
    return Reading(seconds, used.ru_utime + used.ru_stime, resident, memory.mapped_bytes, status, is_late)


def main(limit_seconds: str, out: str, err: str, *command: str) -> None:
    """Run the meter's command line."""
    print(json.dumps(asdict(_read_meter(list(command), float(limit_seconds), out, err))))


if __name__ == "__main__":
    main(*sys.argv[1:])
