"""What the figures were taken on."""

import os
import platform
import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_GB = 1e9
_PACKAGES = ("sflydwh", "pysail", "pyspark", "pyarrow", "duckdb", "polars", "pandas", "numpy")


def machine() -> dict[str, str]:
    """Cores, memory, processor, operating system and Python."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()),
        "memory": f"{memory_bytes / _GB:.0f} GB",
        "processor": _processor(),
        "system": _system(),
        "Python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """The tools that are installed."""
    found = {}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _processor() -> str:
    with suppress(OSError):
        named = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        if named:
            return f"{named[1]} ({platform.machine()})"
    return platform.machine()


def _system() -> str:
    name = f"{platform.system()} {platform.release()}"
    with suppress(OSError):
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    return name
