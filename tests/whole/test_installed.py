"""The package as `make dist` builds it, without the project around it: no settings folder, no jobs."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.processes import TIMEOUT
from tests.running import dat, run
from tests.servers.environments import bare_environment, built, own_packages

LOG = PROJECT / "data" / "events.dat"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the package in it, as pip would put it there."""
    folder = tmp_path_factory.mktemp("installed")
    python = bare_environment(folder / "env")
    with zipfile.ZipFile(built(folder / "dist")) as wheel:
        wheel.extractall(own_packages(folder / "env"))
    return python


@pytest.mark.parametrize("engine", ["sail", pytest.param("spark", marks=pytest.mark.spark)])
def test_an_installed_package_needs_nothing_of_the_project(
    engine: str, python: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    if engine == "spark" and not HAS_JAVA:
        pytest.skip(NO_JAVA)
    clean = {name: value for name, value in os.environ.items() if "SPARK" not in name and not name.startswith("PYTHON")}
    program = [str(python), "-c", "from sflydwh.commands.simple_ltv import program; program()"]
    arguments = ["10", str(LOG), "--output", str(tmp_path / "out"), "--engine", engine]
    done = subprocess.run(
        [*program, *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert done.returncode == 0, done.stderr
    [answer] = (tmp_path / "out").glob("*.dat")
    assert answer.read_bytes() == dat(run(sail_engine, [LOG], tmp_path / "embedded"))
