"""A run that is killed leaves no half answer, and the next run succeeds."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.output.names import RunName
from sflydwh.runs import answer
from sflydwh.runs.settings import Settings
from tests import PROJECT
from tests.running import job, logs_of

GOOD = b'{"type":"%s","verb":"NEW","key":"k","customer_id":"c","event_time":"2017-01-0%d","total_amount":"5"}\n'
LOG = b"".join(GOOD % (kind, day) for kind in (b"ORDER", b"SITE_VISIT") for day in range(1, 9)) + b"{broken}\n"
ANSWER = b"Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration\nc,8,40.00,166400.00,1week\n"

COUNTED = "sflydwh.runs.counted:"
WORK = "sflydwh.runs.workplace:"
DIRECTORY = "sflydwh.output.directory:"
STEPS = [
    (COUNTED + "count", "before", 1),
    (WORK + "Workplace.staged", "after", 1),
    (WORK + "Workplace.staged", "after", 2),
    ("sflydwh.runs.rejects:reject_lines", "before", 1),
    (COUNTED + "staged_rejects", "after", 1),
    ("sflydwh.runs.answer:dat_lines", "before", 1),
    ("sflydwh.runs.finish:publish", "before", 1),
    (DIRECTORY + "Directory.move_rejects", "after", 1),
    ("sflydwh.runs.account:replace", "before", 1),
    ("sflydwh.runs.account:replace", "after", 1),
    (DIRECTORY + "put_in_place", "before", 1),
    (DIRECTORY + "put_in_place", "after", 1),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.log"
    path.write_bytes(LOG)
    return path


def run_killed(step: tuple[str, str, int], log: Path, output: Path) -> None:
    target, when, nth = step
    command = [sys.executable, "-m", "tests.torture.killed_run", target, when, str(nth), "simple_ltv"]
    arguments = ["5", str(log), "--output", str(output), "--engine", "sail", "--summary", str(output / "summary.json")]
    environment = {name: value for name, value in os.environ.items() if "SPARK" not in name}
    done = subprocess.run([*command, *arguments], cwd=PROJECT, env=environment, capture_output=True, timeout=120)
    assert done.returncode == -9, done.stderr.decode()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[1]} {step[0].partition(':')[2]} {step[2]}")
def test_a_killed_run_leaves_a_whole_answer_or_none_and_the_next_succeeds(
    step: tuple[str, str, int], log: Path, tmp_path: Path, sail_engine: Engine
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    older = output / RunName(datetime(2017, 1, 6), 5).dat
    older.write_bytes(b"an older answer\n")

    run_killed(step, log, output)

    assert older.read_bytes() == b"an older answer\n"
    killed = [path for path in output.glob("*.dat") if path != older]
    assert [path.read_bytes() for path in killed] == ([ANSWER] if step == STEPS[-1] else [])
    for path in killed:
        assert len((output / path.name.replace("_Customers.dat", "_Rejects") / "rejects.jsonl").read_bytes()) > 0

    settings = Settings(output=str(output), summary=str(output / "summary.json"))
    found = answer.answer(job(sail_engine, settings, datetime(2018, 1, 1)), logs_of(log), 5)

    assert Path(str(found.summary.output)).read_bytes() == ANSWER
    assert json.loads((output / "summary.json").read_bytes())["output"] == found.summary.output
    assert not list(output.glob(".sflydwh-staging-*"))
