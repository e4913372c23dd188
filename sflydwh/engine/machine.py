"""Properties of this machine."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

# A container's limit, in control groups of version 2 and 1.
_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes() -> int:
    """The memory available to this process, in bytes: the machine's, or a container's limit if that is lower."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in _LIMITS:
        # The file may say "max", meaning no limit, or not exist.
        with suppress(OSError, ValueError):
            memory = min(memory, int(limit.read_text("ascii")))
    return memory
