"""The job as a client of a Spark Connect server, in a process that has no Java."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.processes import JOB, TIMEOUT, environment
from tests.running import dat_and_rejects, generated, run

pytestmark = pytest.mark.spark


def test_a_client_without_java_gives_what_the_embedded_engine_gives(
    spark_remote: str, sail_engine: Engine, tmp_path: Path
) -> None:
    log = generated(tmp_path / "events.log", 2000, dirty=0.02)
    tools = tmp_path / "tools"
    tools.mkdir()
    client = {name: value for name, value in environment().items() if name != "JAVA_HOME"}
    client |= {"PATH": str(tools), "SPARK_REMOTE": spark_remote}
    assert shutil.which("java", path=client["PATH"]) is None
    command = [sys.executable, JOB, "10", str(log), "--output", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=PROJECT, env=client, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    assert "through Spark Connect" in done.stderr.splitlines()[0]
    [dat] = (tmp_path / "out").glob("*.dat")
    right = run(sail_engine, [log], tmp_path / "embedded")
    assert dat_and_rejects(dat) == dat_and_rejects(Path(str(right.summary.output)))
