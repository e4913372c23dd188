"""One session for each engine, for the whole suite; doctests get one as `spark`."""

import os
import shutil
from collections.abc import Iterator

import pytest

from sflydwh.engine.choice import open_engine
from sflydwh.engine.engine import SAIL, SPARK, Engine
from sflydwh.files import uri
from tests.servers.object_store import CREDENTIALS, PROGRAM, ObjectStore, object_store
from tests.servers.spark_connect import spark_connect_server

HAS_JAVA = shutil.which("java") is not None or "JAVA_HOME" in os.environ
NO_JAVA = "no Java found: THE APACHE SPARK HALF OF THE SUITE IS SKIPPED"


def pytest_configure(config: pytest.Config) -> None:
    if not HAS_JAVA and os.environ.get("CI"):
        pytest.exit("no Java found, and CI must run the Apache Spark half of the suite", 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What parallel workers share out: all on Spark's session to one of them, and each file's other tests to one."""
    for item in items:
        on_spark = item.get_closest_marker("spark") or "spark_engine" in getattr(item, "fixturenames", ())
        if on_spark:
            item.add_marker(pytest.mark.spark)
        item.add_marker(pytest.mark.xdist_group("spark" if on_spark else item.nodeid.partition("::")[0]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_JAVA:
        terminalreporter.section(NO_JAVA, red=True, bold=True)


@pytest.fixture(scope="session")
def sail_engine() -> Iterator[Engine]:
    with open_engine(SAIL) as engine:
        yield engine


@pytest.fixture(scope="session")
def spark_remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Spark Connect server, as `SPARK_REMOTE` takes it."""
    if not HAS_JAVA:
        pytest.skip(NO_JAVA)
    log = tmp_path_factory.mktemp("spark") / "server.log"
    with spark_connect_server("local[2]", log) as remote:
        yield remote


@pytest.fixture(scope="session")
def spark_engine(spark_remote: str) -> Iterator[Engine]:
    """Apache Spark behind a Connect server, so that both engines serve one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_REMOTE", spark_remote)
        with open_engine(SPARK) as engine:
            patch.delenv("SPARK_REMOTE")
            engine.session.conf.set("spark.sql.shuffle.partitions", "2")
            yield engine


@pytest.fixture(scope="session")
def object_store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """An object store on the loopback."""
    if not PROGRAM.exists() and not os.environ.get("CI"):
        pytest.skip("no object store found: SeaweedFS is installed on Linux only")
    with object_store(tmp_path_factory.mktemp("object-store")) as store:
        yield store


@pytest.fixture
def store(object_store_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """The object store, with its credentials in the environment; clients with others are forgotten."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    uri._opened.cache_clear()
    yield object_store_server
    uri._opened.cache_clear()


@pytest.fixture(scope="session", params=[SAIL, pytest.param(SPARK, marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture(autouse=True)
def _doctest_session(request: pytest.FixtureRequest) -> None:
    """Doctests run on the embedded engine."""
    if isinstance(request.node, pytest.DoctestItem):
        namespace = request.getfixturevalue("doctest_namespace")
        namespace["spark"] = request.getfixturevalue("sail_engine").session
