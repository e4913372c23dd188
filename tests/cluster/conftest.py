"""One standalone cluster for all that is tried on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from tests.cluster.submitting import Driver, serving_driver
from tests.servers.environments import bare_environment, built
from tests.servers.standalone import Cluster, standalone_cluster

SPECULATION = {
    # Who watches a run must see each change at once.
    "spark.ui.liveUpdate.period": "0",
    "spark.speculation": "true",
    "spark.speculation.quantile": "0.5",
    # A stage of one task has none to compare with.
    "spark.speculation.task.duration.threshold": "2s",
    # A run that needs a block of a frozen executor goes on when this one is given up.
    "spark.network.timeout": "45s",
    "spark.network.timeoutInterval": "15s",
}


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` builds for --py-files."""
    return built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def running_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if not HAS_JAVA:
        pytest.skip(NO_JAVA)
    python = bare_environment(tmp_path_factory.mktemp("machine"))
    with standalone_cluster(tmp_path_factory.mktemp("cluster"), python) as cluster:
        yield cluster


@pytest.fixture
def cluster(running_cluster: Cluster) -> Cluster:
    """A master and two workers, whatever the test before has killed."""
    running_cluster.heal(workers=2)
    return running_cluster


@pytest.fixture(scope="module")
def serving(
    running_cluster: Cluster, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Driver]]:
    """An application that runs the job as often as it is told, with second attempts at what is slow; another, once it was killed."""
    drivers: list[Driver] = []
    with ExitStack() as stack:

        def alive() -> Driver:
            if not drivers or drivers[-1].process.poll() is not None:
                running_cluster.heal(workers=2)
                folder = tmp_path_factory.mktemp("driver")
                drivers.append(stack.enter_context(serving_driver(running_cluster, package, folder, **SPECULATION)))
            return drivers[-1]

        yield alive


@pytest.fixture
def driver(serving: Callable[[], Driver]) -> Driver:
    """The application at work."""
    return serving()
