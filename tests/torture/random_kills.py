"""Runs of the main job killed with -9 at random moments.

    python -m tests.torture.random_kills --kills N [--seed S]

After each kill the output directory must hold whole answers only; at the end one
more run must succeed, give the same bytes and clear what the dead ones left.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sflydwh.generator import LogRequest, write_log
from tests import PROJECT

EVENTS = 200_000


def job(log: Path, output: Path) -> list[str]:
    command = [sys.executable, str(PROJECT / "jobs" / "simple_ltv.py"), "10", str(log)]
    return [*command, "--output", str(output), "--engine", "sail", "--summary", str(output / "summary.json")]


def timed_run(log: Path, output: Path) -> tuple[bytes, float]:
    """An undisturbed run: its answer, and how long it took."""
    begin = time.monotonic()
    subprocess.run(job(log, output), check=True, capture_output=True)
    return next(output.glob("*.dat")).read_bytes(), time.monotonic() - begin


def kill_once(log: Path, output: Path, after_seconds: float) -> int:
    """The exit status of a run that is killed after a while."""
    process = subprocess.Popen(job(log, output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def is_sound(output: Path, answer: bytes) -> bool:
    """Whether every answer there is whole, and its rejects beside it."""
    for dat in output.glob("*.dat"):
        rejects = output / dat.name.replace("_Customers.dat", "_Rejects") / "rejects.jsonl"
        if dat.read_bytes() != answer or not rejects.exists():
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    os.environ.pop("SPARK_REMOTE", None)
    with tempfile.TemporaryDirectory() as folder:
        log, output = Path(folder) / "events.log", Path(folder) / "output"
        write_log(LogRequest(events=EVENTS, dirty=0.01), str(log))
        answer, seconds = timed_run(log, Path(folder) / "undisturbed")
        output.mkdir()
        killed = failed = 0
        for _ in range(arguments.kills):
            killed += kill_once(log, output, chance.uniform(0, seconds)) == -9
            failed += not is_sound(output, answer)
        before = set(output.glob("*.dat"))
        subprocess.run(job(log, output), check=True, capture_output=True)
        failed += len(set(output.glob("*.dat")) - before) != 1 or not is_sound(output, answer)
        failed += any(output.glob(".sflydwh-staging-*"))
    print(f"{arguments.kills} runs, {killed} killed, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
