"""The DAG and the line of cron that docs/deploying.md shows: they name what exists, and do what they say."""

import ast
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.processes import TIMEOUT
from tests.running import dat, generated, run
from tests.servers.environments import PROGRAMS

DAG = PROJECT / "examples" / "airflow" / "sflydwh_daily.py"
PAGE = (PROJECT / "docs" / "deploying.md").read_text("utf-8")
BIN = Path(sys.executable).parent
DAY = "2026-11-26"
# The last step of the DAG waits for its job.
TO_COME = set() if (PROJECT / "jobs" / "report.py").exists() else {"sfly-report"}

gnu_date = pytest.mark.skipif(sys.platform != "linux", reason="the line for cron needs GNU's date")


def calls() -> list[tuple[str, list[str]]]:
    """The programs that the DAG runs, and the options that it gives them."""
    tree = ast.parse(DAG.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "run"]
    words = [[each.value for each in call.args if isinstance(each, ast.Constant)] for call in found]
    return [(str(program), [str(each) for each in rest if str(each).startswith("-")]) for program, *rest in words]


def calls_of_cron() -> list[tuple[str, list[str]]]:
    """The same of the line for cron."""
    parts = re.findall(r"\./([a-z-]+)([^&;]*)", line_for_cron())
    return [(program, re.findall(r"(?<= )--[a-z-]+", rest)) for program, rest in parts]


def line_for_cron() -> str:
    """What cron gives to the shell."""
    [line] = re.findall(r"^    15 3 \* \* \* (.*)$", PAGE, re.MULTILINE)
    return str(line).replace(r"\%", "%")


@pytest.mark.parametrize("found", [calls, calls_of_cron])
def test_programs_and_options_exist(
    found: Callable[[], list[tuple[str, list[str]]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [program for program, _ in found()][:3] == ["sfly-ingest", "simple-ltv", "sfly-maintain"]
    for program, options in found():
        if program in TO_COME:
            continue
        with pytest.raises(SystemExit):
            import_module(PROGRAMS[program]).main(["--help"])
        there = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
        assert set(options) <= there, program


class Done(str):
    """What a task gave; tasks are run where they are called, so nothing is left to be put in order."""

    __slots__ = ()

    def __rshift__(self, after: "Done") -> "Done":
        return after


def airflow() -> dict[str, ModuleType]:
    """As much of Airflow as runs the tasks one after the other."""
    sdk, interval = ModuleType("airflow.sdk"), ModuleType("airflow.timetables.interval")
    sdk.dag = lambda **_: lambda function: function  # type: ignore[attr-defined]
    sdk.task = lambda function: lambda *given: Done(function(*given))  # type: ignore[attr-defined]
    sdk.get_current_context = lambda: {"ds": DAY}  # type: ignore[attr-defined]
    interval.CronDataIntervalTimetable = lambda cron, timezone: (cron, timezone)  # type: ignore[attr-defined]
    return {"airflow": ModuleType("airflow"), "airflow.sdk": sdk, "airflow.timetables.interval": interval}


def places(folder: Path) -> dict[str, str]:
    """Where the DAG finds things, with the programs that are there and one that does nothing for one to come."""
    (folder / "bin").mkdir()
    for program in PROGRAMS:
        (folder / "bin" / program).symlink_to(BIN / program)
    for program in TO_COME:
        (folder / "bin" / program).symlink_to(str(shutil.which("true")))
    return {f"SFLYDWH_{name.upper()}": str(folder / name) for name in ("bin", "logs", "table", "answers")}


def test_the_dag_ranks_the_customers_and_may_run_again(
    tmp_path: Path, sail_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(tmp_path / "logs" / DAY)
    for name, value in places(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name, module in airflow().items():
        monkeypatch.setitem(sys.modules, name, module)
    for _ in range(2):
        runpy.run_path(str(DAG))
    right = dat(run(sail_engine, [log], tmp_path / "right"))
    answers = [file.read_bytes() for file in (tmp_path / "answers" / DAY).glob("*.dat")]
    assert answers == [right, right]
    told = account(tmp_path / "answers" / DAY / "ingest.json")
    assert (told["known_files"], told["read"]) == ([str(log)], 0)


@gnu_date
def test_the_line_for_cron_ranks_the_customers_and_is_silent(tmp_path: Path, sail_engine: Engine) -> None:
    day = (datetime.now(timezone.utc) - timedelta(days=1)).date().isoformat()
    log = logged(tmp_path / "logs" / day)
    done = by_cron(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [answer] = (tmp_path / "answers" / day).glob("*.dat")
    assert answer.read_bytes() == dat(run(sail_engine, [log], tmp_path / "right"))
    assert account(tmp_path / "answers" / f"{day}.json")["output"] == str(answer)


@gnu_date
def test_the_line_for_cron_tells_a_failure(tmp_path: Path) -> None:
    assert by_cron(tmp_path).stdout.startswith("ingest: ")


def by_cron(folder: Path) -> subprocess.CompletedProcess[str]:
    """The line for cron, with its places in a folder."""
    line = line_for_cron().replace("/opt/sflydwh/bin", str(BIN)).replace("/data/", f"{folder}/")
    environment = {name: value for name, value in os.environ.items() if "SPARK" not in name}
    return subprocess.run(
        ["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT
    )


def logged(folder: Path) -> Path:
    """A day's log."""
    folder.mkdir(parents=True)
    return generated(folder / "events.log", 500, dirty=0.02)


def account(summary: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(summary.read_text("utf-8"))
    return found
