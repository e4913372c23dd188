"""The examples of docs/formats.md print what the page shows."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import PROJECT
from tests.whole.test_readme import FENCED, as_pattern, steady

PAGE = (PROJECT / "docs" / "formats.md").read_text("utf-8")
BLOCKS = FENCED.findall(PAGE)
SHOWN = [
    part.split("\n", 1)
    for language, text in BLOCKS
    if language == "console"
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the page shows, and CDNOW's."""
    package = find_spec("lifetimes")
    assert package is not None and package.origin is not None
    shutil.copy(Path(package.origin).parent / "datasets" / "CDNOW_sample.txt", tmp_path)
    for language, text in BLOCKS:
        if language == "csv":
            (tmp_path / "retail.csv").write_text(text, "utf-8")
        if language == "toml":
            [name] = re.findall(r'^name = "(\w+)"', text, re.MULTILINE)
            (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    return tmp_path


def printed(command: str, folder: Path) -> str:
    program, job, *words = shlex.split(command)
    assert program == "python"
    arguments = [sys.executable, str(PROJECT / job), *words]
    done = subprocess.run(
        arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.replace(f"{folder}/", "")


def test_both_examples_are_there() -> None:
    trial, answer, backtest = "jobs/try_format.py", "jobs/simple_ltv.py", "jobs/backtest.py"
    assert [command.split()[1] for command, _ in SHOWN] == [trial, answer, backtest, trial, answer]


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_an_example_prints_what_is_shown(command: str, output: str, folder: Path) -> None:
    assert re.fullmatch(as_pattern(output), steady(printed(command, folder)))
