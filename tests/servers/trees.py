"""Processes and all that descends from them."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 10


def descendants(pid: int) -> list[int]:
    """A process's children, theirs, and so on, as they are now."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if (parent := _parent(int(entry.name))) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def command_line(pid: int) -> list[str]:
    """A process's command; nothing if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")
    return []


def kill(pids: Iterable[int]) -> None:
    """Kill processes with -9, those that are stopped too, and wait until they are gone."""
    wanted = list(pids)
    for pid in wanted:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE_SECONDS
    while any(map(is_alive, wanted)):
        assert time.monotonic() < end, f"still there: {list(filter(is_alive, wanted))}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent to notice its end does not."""
    return (fields := _stat(pid)) is not None and fields[0] != "Z"


def _parent(pid: int) -> int | None:
    return int(fields[1]) if (fields := _stat(pid)) else None


def _stat(pid: int) -> list[str] | None:
    """State, parent and so on; the name before them, in brackets, may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return None
