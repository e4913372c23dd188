"""Every minor version of Spark that the package asks for, each in an environment of its own."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from sflydwh.engine.engine import SPARK
from tests.servers.environments import SETUP, installed_environment
from tests.versions.environment import Environment
from tests.versions.same_bytes import SameBytes

pytestmark = pytest.mark.spark

MINORS = ("4.0", "4.1", "4.2", "4.3")
# The oldest Python that a version can be installed for, where that is not the package's own.
PYTHONS = {"4.3": (3, 11)}


@pytest.fixture(scope="module", params=MINORS)
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """The newest release of each minor version, gone once it was tried."""
    if not HAS_JAVA:
        pytest.skip(NO_JAVA)
    minor = str(request.param)
    if sys.version_info < PYTHONS.get(minor, (3, 10)):
        pytest.skip(f"PYSPARK {minor} IS NOT TRIED: it cannot be installed for this Python")
    folder = tmp_path_factory.mktemp("spark")
    try:
        python = installed_environment(folder, f"{wheel}[predict,table]", f"pyspark[connect]=={minor}.*")
        yield Environment(python.parent, {SPARK: f"Apache Spark {minor}."})
    finally:
        shutil.rmtree(folder)


def test_the_versions_are_those_that_the_package_asks_for() -> None:
    [(least, above)] = re.findall(
        r"^pyspark\[connect\]>=4\.(\d+),<4\.(\d+)$", SETUP["options"]["install_requires"], re.MULTILINE
    )
    assert tuple(f"4.{minor}" for minor in range(int(least), int(above))) == MINORS


class TestEverySpark(SameBytes):
    """Under spark-submit."""
