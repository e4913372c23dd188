"""What a cluster's machines may do to a run: it ends with the same bytes and the same counts, or without an answer."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests.cluster.submitting import TIMEOUT, Driver, Shown, shown
from tests.processes import staging_in
from tests.running import generated, run
from tests.servers.standalone import Cluster

pytestmark = pytest.mark.spark

# So that the stage after the scan is of several tasks, which write a file each.
SEVERAL_TASKS = {"spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "4"}
# How Hadoop puts the files of a task in place; Spark's own choice is 1.
COMMITTER = "mapreduce.fileoutputcommitter.algorithm.version"
EVENTS = 20_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("log") / "events.log", EVENTS, dirty=0.01)


@pytest.fixture(scope="module")
def short_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that is read by one task, and long enough for its writers to be met at work."""
    return generated(tmp_path_factory.mktemp("log") / "short.log", 45_000, dirty=0.001)


def right(engine: Engine, log: Path, folder: Path) -> Shown:
    answer = run(engine, [log], folder / "embedded", summary=str(folder / "embedded.json"))
    return shown(Path(str(answer.summary.output)), folder / "embedded.json")


@pytest.mark.parametrize(
    ("fault", "stopped"),
    [
        ("fail_once", ""),
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


def test_a_slow_machine_is_overtaken_by_second_attempts(
    cluster: Cluster, driver: Driver, log: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    assert driver.run([log], tmp_path / "run", "be_slow", **SEVERAL_TASKS) == right(sail_engine, log, tmp_path)
    attempts = (tmp_path / "run" / "marks" / "attempts").read_text("ascii").split()
    assert len(attempts) > len(set(attempts)) > 1


@pytest.mark.parametrize("algorithm", ["1", "2"])
@pytest.mark.parametrize("woken", ["wake", "late"])
def test_two_attempts_that_write_the_same_rows_leave_them_once(
    woken: str, algorithm: str, cluster: Cluster, driver: Driver, short_log: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    """The first attempt sleeps until the second is on, or until the run is over."""
    conf = SEVERAL_TASKS | {COMMITTER: algorithm}
    found = driver.run([short_log], tmp_path / "run", "stop_other_executor", woken, **conf)
    assert (tmp_path / "run" / "marks" / "handled").exists()
    assert found == right(sail_engine, short_log, tmp_path)
    (tmp_path / "run" / "marks").rename(tmp_path / "run" / "marks of the first")
    assert driver.run([short_log], tmp_path / "run", **conf) == found
    assert staging_in(tmp_path / "run" / "out") == []


def test_a_driver_that_is_killed_leaves_no_answer_and_the_next_run_succeeds(
    cluster: Cluster, serving: Callable[[], Driver], log: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    killed, output, marks = serving(), tmp_path / "run" / "out", tmp_path / "run" / "marks"
    killed.request([log], tmp_path / "run", "be_slow", **SEVERAL_TASKS)
    wait_for(marks / "struck")
    killed.kill()
    assert list(output.glob("*.dat")) == []
    assert not (tmp_path / "run" / "summary.json").exists()
    assert len(staging_in(output)) == 1
    marks.rename(tmp_path / "run" / "marks of the killed")
    assert serving().run([log], tmp_path / "run", **SEVERAL_TASKS) == right(sail_engine, log, tmp_path)
    assert staging_in(output) == []


def wait_for(mark: Path) -> None:
    end = time.monotonic() + TIMEOUT
    while not mark.exists():
        assert time.monotonic() < end
        time.sleep(0.005)
