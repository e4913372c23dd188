"""Every version of Python that the package asks for and that is on PATH, or each of $PYTHONS, with both engines."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import HAS_JAVA
from sflydwh import __version__
from sflydwh.engine.engine import SAIL, SPARK
from tests.servers.environments import PROGRAMS, SETUP, install, installed_environment
from tests.versions.environment import Environment, clean, embedded, printed
from tests.versions.same_bytes import ORDERS, SAMPLE, SameBytes

MINORS = ("3.10", "3.11", "3.12", "3.13")
GIVEN = os.environ.get("PYTHONS", "").split()
FOR_USERS = "report,sail,table"
ENGINES = {SAIL: "Sail "} | ({SPARK: "Apache Spark 4.2."} if HAS_JAVA else {})
# What depends most on the version, and takes no engine or the embedded one.
UNITS = ("tests/formats", "tests/inputs", "tests/ltv", "tests/output", "tests/predict", "tests/reader", "sflydwh")
UNITS_TIMEOUT = 1200
# Lines that tell of a run, and not of what it found: its engine, its output, how long it took.
OF_THE_RUN = re.compile(r"^(?:sflydwh|/|seconds).*\n", re.MULTILINE)
TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?")


@pytest.fixture(scope="module", params=GIVEN or [f"python{minor}" for minor in MINORS])
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """What a user installs, gone once it was tried."""
    base = str(request.param)
    if not (GIVEN or starts(base)):
        pytest.skip(f"{base.upper()} IS NOT TRIED: it is not on PATH")
    folder = tmp_path_factory.mktemp("python")
    try:
        python = installed_environment(folder, f"{wheel}[{FOR_USERS}]", base=base)
        yield Environment(python.parent, ENGINES)
    finally:
        shutil.rmtree(folder)


def starts(python: str) -> bool:
    """Whether there is such a program and it is one: pyenv has some on PATH that only say what is not installed."""
    return shutil.which(python) is not None and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def test_the_versions_are_those_that_the_package_asks_for() -> None:
    [(least, above)] = re.findall(r"^>=3\.(\d+),<3\.(\d+)$", SETUP["options"]["python_requires"])
    assert tuple(f"3.{minor}" for minor in range(int(least), int(above))) == MINORS
    named = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", SETUP["metadata"]["classifiers"], re.MULTILINE)
    assert tuple(named) == MINORS


def test_the_programs_tell_their_version_and_options(environment: Environment) -> None:
    for name in PROGRAMS:
        assert printed([environment.programs / name, "--version"], clean()) == f"sflydwh {__version__}\n", name
        assert printed([environment.programs / name, "--help"], clean()).startswith("usage: "), name


class TestEveryPython(SameBytes):
    """On both engines."""


def test_what_is_shown_is_the_same(environment: Environment, tmp_path: Path) -> None:
    commands: list[tuple[str, list[object]]] = [
        ("try_format", [SAMPLE]),
        ("backtest", [ORDERS, "--holdout-weeks", 26, "--staging", tmp_path / "staging"]),
    ]
    for job, arguments in commands:
        shown, right = environment.run(SAIL, job, *arguments), embedded(job, *arguments)
        assert OF_THE_RUN.sub("", shown) == OF_THE_RUN.sub("", right)
        assert len(OF_THE_RUN.sub("", shown).splitlines()) > 10


def test_the_report_is_the_same(environment: Environment, tmp_path: Path) -> None:
    environment.run(SAIL, "report", ORDERS, "--output", tmp_path / "found")
    embedded("report", ORDERS, "--output", tmp_path / "right")
    found, right = (TIME.sub(b"", page(tmp_path / name)) for name in ("found", "right"))
    assert found == right


def page(output: Path) -> bytes:
    [html] = output.glob("*.html")
    return html.read_bytes()


def test_the_tests_of_units_pass(environment: Environment, wheel: Path) -> None:
    """The last one: it adds what the tests need to what users have."""
    python = environment.programs / "python"
    install(python, f"{wheel}[test]")
    options = ["-q", "-p", "no:cacheprovider", "--numprocesses", "2", "--dist", "loadgroup", "-m", "not spark"]
    printed([python, "-m", "pytest", *options, *UNITS], clean(), UNITS_TIMEOUT)
