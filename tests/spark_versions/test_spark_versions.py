"""Every minor version of Spark that the package asks for, each in an environment of its own, against the embedded engine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from tests import PROJECT
from tests.processes import QUICK_JVM
from tests.running import generated
from tests.servers.environments import built_wheel, installed_environment

pytestmark = pytest.mark.spark

MINORS = ("4.0", "4.1", "4.2", "4.3")
# The oldest Python that a version can be installed for, where that is not the package's own.
PYTHONS = {"4.3": (3, 11)}
SAMPLE = PROJECT / "data" / "events.dat"
ORDERS = PROJECT / "data" / "orders.dat"
# Enough for the compiled reader, in several tasks.
EVENTS = 60_000
TIMEOUT = 300


@dataclass(frozen=True)
class Environment:
    """An environment with one version of Spark.

    Attributes:
        minor: of Spark, such as "4.0".
        programs: the folder of its programs.
    """

    minor: str
    programs: Path

    def submit(self, job: str, *arguments: object) -> str:
        """What a job prints under spark-submit."""
        environment = {name: value for name, value in os.environ.items() if "SPARK" not in name}
        environment |= {
            "PYSPARK_PYTHON": str(self.programs / "python"),
            "SPARK_CONF_DIR": str(PROJECT / "conf"),
            "SPARK_SUBMIT_OPTS": QUICK_JVM,
        }
        submit = [str(self.programs / "spark-submit"), "--master", "local[2]"]
        conf = ["--conf", "spark.sql.files.maxPartitionBytes=2m"]
        return printed([*submit, *conf, str(PROJECT / "jobs" / job), *map(str, arguments)], environment)


def printed(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints that has to succeed."""
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def embedded(job: str, *arguments: object) -> str:
    """What a job prints on the embedded engine of this environment."""
    command = [sys.executable, str(PROJECT / "jobs" / job), *map(str, arguments), "--engine", "sail"]
    return printed(command, {name: value for name, value in os.environ.items() if "SPARK" not in name})


def dat_and_rejects(output: Path) -> tuple[bytes, bytes]:
    """The bytes of the one answer in a folder, and those of its rejects."""
    [dat] = output.glob("*.dat")
    rejects = dat.with_name(dat.name.replace("_Customers.dat", "_Rejects")) / "rejects.jsonl"
    return dat.read_bytes(), rejects.read_bytes() if rejects.exists() else b""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not HAS_JAVA:
        pytest.skip(NO_JAVA)
    return built_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module", params=MINORS)
def spark(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """The newest release of each minor version, gone once it was tried."""
    minor = str(request.param)
    if sys.version_info < PYTHONS.get(minor, (3, 10)):
        pytest.skip(f"PYSPARK {minor} IS NOT TRIED: it cannot be installed for this Python")
    folder = tmp_path_factory.mktemp("spark")
    try:
        python = installed_environment(folder, f"{wheel}[predict,table]", f"pyspark[connect]=={minor}.*")
        yield Environment(minor, python.parent)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("log") / "dirty.log", EVENTS, dirty=0.01)


def test_the_versions_are_those_that_the_package_asks_for() -> None:
    setup = ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    [(least, above)] = re.findall(
        r"^pyspark\[connect\]>=4\.(\d+),<4\.(\d+)$", setup["options"]["install_requires"], re.MULTILINE
    )
    assert tuple(f"4.{minor}" for minor in range(int(least), int(above))) == MINORS


def test_the_sample_gives_the_same_bytes(spark: Environment, tmp_path: Path) -> None:
    text = spark.submit("simple_ltv.py", 10, SAMPLE, "--output", tmp_path / "spark")
    assert f" on Apache Spark {spark.minor}." in text
    embedded("simple_ltv.py", 10, SAMPLE, "--output", tmp_path / "sail")
    assert dat_and_rejects(tmp_path / "spark") == dat_and_rejects(tmp_path / "sail")


def test_a_dirty_log_gives_the_same_bytes_and_rejects(spark: Environment, dirty: Path, tmp_path: Path) -> None:
    spark.submit("simple_ltv.py", 100, dirty, "--output", tmp_path / "spark")
    embedded("simple_ltv.py", 100, dirty, "--output", tmp_path / "sail")
    found = dat_and_rejects(tmp_path / "spark")
    assert found == dat_and_rejects(tmp_path / "sail")
    assert found[1].count(b"\n") > EVENTS // 200


def test_a_table_gives_the_same_bytes(spark: Environment, tmp_path: Path) -> None:
    more = generated(tmp_path / "more.log", 2000, dirty=0.01)
    for log in (SAMPLE, more):
        spark.submit("ingest.py", log, "--table", tmp_path / "table")
    spark.submit("maintain.py", tmp_path / "table")
    spark.submit("simple_ltv.py", 100, "--table", tmp_path / "table", "--output", tmp_path / "spark")
    embedded("simple_ltv.py", 100, SAMPLE, more, "--output", tmp_path / "sail")
    assert dat_and_rejects(tmp_path / "spark")[0] == dat_and_rejects(tmp_path / "sail")[0]


def test_predictions_give_the_same_bytes(spark: Environment, tmp_path: Path) -> None:
    spark.submit("predicted_ltv.py", 50, ORDERS, "--output", tmp_path / "spark")
    embedded("predicted_ltv.py", 50, ORDERS, "--output", tmp_path / "sail")
    assert dat_and_rejects(tmp_path / "spark") == dat_and_rejects(tmp_path / "sail")
