"""What `make dist` builds: the same bytes each time, and programs that start wherever pip puts them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sflydwh import __version__
from tests import PROJECT
from tests.processes import TIMEOUT
from tests.servers.environments import PROGRAMS, SETUP, built, built_wheel, installed_environment

FOR_USERS = "report,sail,table"


@pytest.fixture(scope="module", params=["", f"[{FOR_USERS}]"], ids=["without extras", "with extras"])
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the programs in an environment that had nothing in it before."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = built_wheel(folder / "dist")
    try:
        yield installed_environment(folder / "env", f"{wheel}{request.param}").parent
    finally:
        shutil.rmtree(folder)


def test_every_job_for_users_has_a_program() -> None:
    jobs = {path.stem for path in (PROJECT / "jobs").glob("*.py")} - {"generate_events"}
    programs = {line.split()[2] for line in SETUP["options.entry_points"]["console_scripts"].split("\n") if line}
    assert programs == {f"sflydwh.commands.{job}:program" for job in jobs}


def test_the_programs_start_and_tell_their_version(programs: Path, tmp_path: Path) -> None:
    for name in PROGRAMS:
        assert printed(programs / name, "--version", folder=tmp_path) == f"sflydwh {__version__}\n", name
        assert printed(programs / name, "--help", folder=tmp_path).startswith("usage: "), name


def printed(*command: object, folder: Path) -> str:
    """What a program prints that has to succeed, away from the project."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_another_build_has_the_same_bytes(tmp_path: Path) -> None:
    built(tmp_path / "first")
    # What an older version may have listed, and who builds next may forbid to others.
    (PROJECT / "sflydwh.egg-info" / "SOURCES.txt").open("a", encoding="utf-8").write("\nconf/simple_ltv.toml")
    before = os.umask(0o077)
    try:
        built(tmp_path / "second")
    finally:
        os.umask(before)
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == [f"sflydwh-{__version__}-py3-none-any.whl", f"sflydwh-{__version__}.tar.gz", "sflydwh.zip"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
