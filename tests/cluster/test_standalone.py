"""The main job on a standalone cluster whose machines have what the package needs, and not the package."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.cluster.submitting import Shown, shown, submitted
from tests.processes import JOB
from tests.running import dat, generated, run
from tests.servers.standalone import Cluster
from tests.table.tabling import ask, ingest, stored

pytestmark = pytest.mark.spark

INGEST = str(PROJECT / "jobs" / "ingest.py")


def right(engine: Engine, logs: list[Path], folder: Path) -> Shown:
    answer = run(engine, logs, folder / "embedded", summary=str(folder / "embedded.json"))
    return shown(Path(str(answer.summary.output)), folder / "embedded.json")


def found(done: subprocess.CompletedProcess[str], summary: Path) -> Shown:
    assert done.returncode == 0, done.stdout + done.stderr
    [dat] = [Path(line) for line in done.stdout.splitlines() if line.endswith(".dat")]
    return shown(dat, summary)


def test_the_machines_do_not_have_the_package(cluster: Cluster) -> None:
    importing = [str(cluster.python), "-c", "import numba, pandas, pyarrow, pyspark; import sflydwh"]
    done = subprocess.run(importing, env=cluster.environment, cwd=cluster.folder, capture_output=True, text=True)
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'sflydwh'\n")


def test_several_files_and_a_large_array_give_what_one_machine_gives(
    cluster: Cluster, package: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    lines = generated(tmp_path / "a.log", 3000, dirty=0.02, seed=2)
    array = generated(tmp_path / "b.json", 60_000, dirty=0.001, layout="array")
    pretty = generated(tmp_path / "c.json", 1000, seed=3, layout="pretty")
    (tmp_path / "tasks").mkdir()
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": (tmp_path / "tasks").as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    logs, summary = [lines, array, pretty], tmp_path / "summary.json"
    done = submitted(cluster, package, JOB, 10, *logs, "--output", tmp_path / "out", "--summary", summary, **conf)
    assert found(done, summary) == right(sail_engine, logs, tmp_path)
    assert "on spark://127.0.0.1" in done.stdout
    executors = tasks_of_the_scan(next((tmp_path / "tasks").iterdir()))
    assert len(executors) == 2
    assert sum(executors.values()) >= array.stat().st_size >> 20


def test_an_ingest_by_several_machines_makes_the_table_that_one_makes(
    cluster: Cluster, package: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    log, again = generated(tmp_path / "a.log", 20_000, dirty=0.01), generated(tmp_path / "b.log", 500)
    ingest(sail_engine, [again], tmp_path / "table")
    ingest(sail_engine, [again], tmp_path / "embedded")
    done = submitted(cluster, package, INGEST, log, "--table", tmp_path / "table")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on spark://127.0.0.1" in done.stdout
    one = ingest(sail_engine, [log], tmp_path / "embedded")
    assert stored(tmp_path / "table") == stored(tmp_path / "embedded")
    rejects = [path.read_bytes() for path in sorted((tmp_path / "table" / "_rejects").rglob("*.jsonl"))]
    assert rejects == [Path(str(one.rejects), "rejects.jsonl").read_bytes()]
    answers = [dat(ask(sail_engine, tmp_path / name, tmp_path / f"{name} asked")) for name in ("table", "embedded")]
    assert answers[0] == answers[1]


def tasks_of_the_scan(event_log: Path) -> Counter[str]:
    """How many tasks of the first stage each executor did."""
    entries = [json.loads(line) for line in event_log.read_bytes().splitlines()]
    ends = [entry for entry in entries if entry["Event"] == "SparkListenerTaskEnd" and entry["Stage ID"] == 0]
    return Counter(entry["Task Info"]["Executor ID"] for entry in ends)
