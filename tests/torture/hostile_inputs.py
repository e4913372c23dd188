"""Hostile logs at full size, each given to a job process of its own, on Sail.

    python -m tests.torture.hostile_inputs [NAME ...]

Each run must give the account that is known by construction, and stay below a bound of
memory. The logs are those of `tests.torture.hostile_logs`; the suite runs small versions.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sflydwh.reader import Limits
from tests import PROJECT
from tests.torture.hostile_logs import GOOD, HOSTILE_LOGS, HostileLog, write_hostile

MOST_MIB = 1024
KEPT = ("read", "accepted", "rejected", "reasons", "error")


class Ended(NamedTuple):
    """What a job process did, and what it took."""

    status: int
    errors: str
    seconds: float
    mib: int


def job(files: list[Path], output: Path) -> Ended:
    """Run the job to its end; its own peak of memory, as the system counts it."""
    command = [sys.executable, str(PROJECT / "jobs" / "simple_ltv.py"), "10", *map(str, files), "--engine", "sail"]
    command += ["--output", str(output), "--summary", str(output / "summary.json")]
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Ended(process.returncode, errors.read(), time.monotonic() - begin, usage.ru_maxrss >> 10)


def complaints(log: HostileLog, ended: Ended, output: Path) -> list[str]:
    """What is wrong with a run."""
    if ended.status:
        return [f"status {ended.status}: {ended.errors[-500:]}"]
    found = json.loads((output / "summary.json").read_bytes())
    rejected = sum(log.reasons.values())
    right = (log.accepted + 1 + rejected, log.accepted + 1, rejected, log.reasons, None)
    wrong = [
        f"{name} {found[name]}, not {value}" for name, value in zip(KEPT, right, strict=True) if found[name] != value
    ]
    kept = [line for file in output.glob("*_Rejects/rejects.jsonl") for line in file.open("rb")]
    if len(kept) != rejected:
        wrong.append(f"{len(kept)} rejects kept, not {rejected}")
    if ended.mib > MOST_MIB:
        wrong.append(f"{ended.mib} MiB of memory, above {MOST_MIB}")
    if re.search(r"[^\n\x20-\x7e]|Traceback", ended.errors):
        wrong.append(f"it printed {ended.errors[:500]!r}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which logs (default: all)")
    wanted = parser.parse_args().names
    failures = 0
    for make in [make for make in HOSTILE_LOGS if not wanted or make.__name__ in wanted]:
        with tempfile.TemporaryDirectory() as folder:
            hostile, good = Path(folder) / "hostile", Path(folder) / "good"
            good.write_bytes(GOOD % 5)
            log = write_hostile(make, Limits().event_bytes, hostile)
            ended = job([good, hostile], Path(folder) / "output")
            wrong = complaints(log, ended, Path(folder) / "output")
            size = hostile.stat().st_size / 1e6
        failures += bool(wrong)
        print(
            f"{make.__name__:36} {size:7.1f} MB {ended.seconds:6.1f} s {ended.mib:6} MiB  {'; '.join(wrong) or 'right'}"
        )
        sys.stdout.flush()
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
