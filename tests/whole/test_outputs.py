"""Whole processes whose output is meddled with: interrupted, run two at a time, their directory taken away."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from tests import PROJECT
from tests.processes import begun, ended, job, last_line, staging_in, wait_for_staging
from tests.running import dat_and_rejects, event, generated, right_answer, write

OLD = "20170106_20170106124646_SimpleLTV_TOP10_Customers.dat"
ENGINES = ["sail", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.skipif(not HAS_JAVA, reason=NO_JAVA)])]


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that takes a while."""
    return generated(tmp_path_factory.mktemp("long") / "log", 150_000, dirty=0.01)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A directory with an answer of an earlier run."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / OLD).write_bytes(b"old\n")
    return tmp_path / "output"


def to_the_job(process_id: int, number: int) -> None:
    os.kill(process_id, number)


def to_all_its_processes(process_id: int, number: int) -> None:
    """As a terminal does it."""
    os.killpg(process_id, number)


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize(
    ("send", "number"), [(to_the_job, signal.SIGTERM), (to_all_its_processes, signal.SIGINT)], ids=["SIGTERM", "Ctrl-C"]
)
def test_an_interrupted_run_leaves_nothing_and_says_so_in_a_line(
    long_log: Path, output: Path, engine_name: str, send: Callable[[int, int], None], number: int
) -> None:
    process = begun(job(10, long_log, "--output", output, engine=engine_name))
    wait_for_staging(output, process)
    send(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, last_line(err)) == (130, "", "simple_ltv: interrupted")
    assert re.search("Traceback|Error|Exception", err) is None
    assert [path.name for path in output.iterdir() if path not in staging_in(output)] == [OLD]

    log = write(output.parent / "log", event("SITE_VISIT", "a", "2017-01-06"))
    done = ended(job(10, log, "--output", output))
    assert done.returncode == 0, done.stderr
    assert staging_in(output) == []
    assert (output / OLD).read_bytes() == b"old\n"
    assert len(list(output.iterdir())) == 2


# The clock stands still, so that both runs want the same name.
SAME_SECOND = """
import datetime, sys
from sflydwh.commands import program, simple_ltv
class Still(datetime.datetime):
    now = classmethod(lambda cls: cls(2017, 1, 6, 12, 46, 46))
program.datetime = Still
simple_ltv.program()
"""


def test_two_runs_in_one_directory_and_second_each_keep_their_own(tmp_path: Path, output: Path) -> None:
    logs = [generated(tmp_path / f"log{run}", 3_000, dirty=0.02, seed=run) for run in range(2)]
    runs = [
        begun([sys.executable, "-c", SAME_SECOND, *job(10, log, "--output", output)[2:]], cwd=PROJECT) for log in logs
    ]
    ends = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    for log, (out, _) in zip(logs, ends, strict=True):
        right = right_answer([log])
        assert dat_and_rejects(Path(last_line(out))) == (right.dat, right.rejects)
    stems = [f"20170106_201701061246{second}_SimpleLTV_TOP10" for second in (46, 47, 48)]
    names = {OLD, *(f"{stem}_{kind}" for stem in stems[1:] for kind in ("Customers.dat", "Rejects"))}
    assert {path.name for path in output.iterdir()} == names
    assert (output / OLD).read_bytes() == b"old\n"


def test_a_directory_that_is_removed_during_a_run_fails_it_though_the_engine_makes_it_again(
    long_log: Path, output: Path
) -> None:
    process = begun(job(10, long_log, "--output", output))
    wait_for_staging(output, process)
    shutil.rmtree(output)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert last_line(err) == f"simple_ltv: {output} was removed during the run, or its hidden folders were"
    assert not output.exists() or list(output.iterdir()) == []


@pytest.mark.parametrize("kind", ["a file", "a dead link"])
def test_what_stands_where_the_output_should_go_is_left_alone(tmp_path: Path, kind: str) -> None:
    log = write(tmp_path / "log", event("SITE_VISIT", "a", "2017-01-06"))
    place = tmp_path / "place"
    if kind == "a file":
        place.write_bytes(b"mine")
    else:
        place.symlink_to("nowhere")
    done = ended(job(10, log, "--output", place))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"simple_ltv: cannot write to {place}: [^\n]+", last_line(done.stderr))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "place"]
