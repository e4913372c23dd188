"""The main job as a process of its own, at work in a directory that tests meddle with."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests import PROJECT

JOB = str(PROJECT / "jobs" / "simple_ltv.py")
TIMEOUT = 120
# Runs are short: a compiler that is quick counts for more than quick code.
QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def job(*arguments: object, engine: str = "sail") -> list[str]:
    return [sys.executable, JOB, *map(str, arguments), "--engine", engine]


def environment(**values: str) -> dict[str, str]:
    """This process's, without what it may have set for an engine of its own."""
    return {name: value for name, value in os.environ.items() if "SPARK" not in name} | values


def ended(command: list[str], **environment_values: str) -> subprocess.CompletedProcess[str]:
    """The job when it is done."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT, env=environment(**environment_values)
    )


def begun(command: list[str], extra: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """The job on its way; in a session of its own, like one that a terminal started."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    process: subprocess.Popen[str] = subprocess.Popen(
        command, env=environment(**extra or {}), start_new_session=True, **options
    )
    return process


def staging_in(output: Path) -> list[Path]:
    return list(output.glob(".sflydwh-staging-*"))


def wait_for_staging(output: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the job is at work in its directory, and holds its lock there."""
    end = time.monotonic() + TIMEOUT
    while not list(output.glob(".sflydwh-staging-*/owner.lock")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.005)


def last_line(text: str) -> str:
    return text.splitlines()[-1]
