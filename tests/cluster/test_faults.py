"""What a cluster's machines may do to a run: it ends with the same bytes and the same counts, or without an answer."""

import time
from pathlib import Path

import pytest

from sflydwh.session import Engine
from tests.cluster.submitting import Driver, Shown, serving_driver, shown, submitted
from tests.processes import staging_in
from tests.running import generated, run
from tests.servers.standalone import Cluster

pytestmark = pytest.mark.spark

# So that the stage after the scan is of several tasks, which write a file each.
SEVERAL_TASKS = {"spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "4"}
EVENTS = 20_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("log") / "events.log", EVENTS, dirty=0.01)


@pytest.fixture(scope="module")
def short_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that is read by one task."""
    return generated(tmp_path_factory.mktemp("log") / "short.log", 4000, dirty=0.01)


def right(engine: Engine, log: Path, folder: Path) -> Shown:
    answer = run(engine, [log], folder / "embedded", summary=str(folder / "embedded.json"))
    return shown(Path(str(answer.summary.output)), folder / "embedded.json")


@pytest.mark.parametrize(
    ("fault", "stopped"),
    [
        ("fail_once", ""),
        ("be_slow", ""),
        ("kill_executor_in_scan", ""),
        ("kill_executor_with_shuffled_rows", ""),
        ("stop_executor_before_shuffle", "kill"),
        ("kill_worker_in_scan", ""),
    ],
)
def test_a_fault_changes_neither_answer_nor_counts(
    fault: str, stopped: str, cluster: Cluster, driver: Driver, log: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    assert driver.run([log], tmp_path / "run", fault, stopped, **SEVERAL_TASKS) == right(sail_engine, log, tmp_path)
    assert (tmp_path / "run" / "marks" / "handled").exists() == bool(stopped)
    assert staging_in(tmp_path / "run" / "out") == []
