"""Real disks that are full, small, read-only or others than the one for temporary files: mounted for one run each."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.processes import TIMEOUT, environment, job, last_line, staging_in
from tests.running import dat_and_rejects, event, files_below, generated, right_answer, write
from tests.table.tabling import assert_right_table, ingest

OLD = "20170106_20170106124646_SimpleLTV_TOP10_Customers.dat"
SHARED = ["unshare", "--user", "--map-root-user", "--mount"]
NO_MOUNTS = "THIS SYSTEM LETS NOBODY MOUNT: FULL AND READ-ONLY DISKS ARE NOT TESTED"

Run = Callable[..., "tuple[subprocess.CompletedProcess[str], Path]"]


def can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    done = subprocess.run([*SHARED, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not can_mount(), reason=NO_MOUNTS)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def run_on(disk: Path, tmp_path: Path) -> Run:
    """Run a command while a disk with an old answer is mounted; what it said, and a copy of the disk."""

    def run_on(
        command: list[str], size: str = "8m", after: str = "true", **values: str
    ) -> tuple[subprocess.CompletedProcess[str], Path]:
        place, copy = shlex.quote(str(disk)), tmp_path / "copy"
        script = f"""
            mount -t tmpfs -o size={size} none {place} && echo old > {place}/{OLD} && {after} || exit 99
            {shlex.join(command)}
            status=$?
            cp -a {place} {shlex.quote(str(copy))} || exit 99
            exit $status
        """
        done = subprocess.run(
            [*SHARED, "sh", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
            env=environment(**values),
        )
        assert done.returncode != 99, done.stderr
        return done, copy

    return run_on


def log_of_many_ids(path: Path) -> Path:
    """What the engine keeps on the way is large."""
    return generated(path, 20_000)


def log_of_long_ids(path: Path) -> Path:
    """What the engine keeps on the way has them twice; the answer is one time too many."""
    return write(path, *(event("SITE_VISIT", "a" * 50_000 + str(number), "2017-01-06") for number in range(20)))


def log_of_long_rejects(path: Path) -> Path:
    return write(path, event("SITE_VISIT", "a", "2017-01-06"), *("x" * 50_000 for _ in range(20)))


@pytest.mark.parametrize(
    ("log_of", "size", "failure"),
    [
        (log_of_many_ids, "20k", "the engine failed while it worked in {}: No space left on device"),
        (log_of_long_ids, "3200k", "cannot write {}: No space left on device"),
        (log_of_long_rejects, "400k", "cannot write {}: No space left on device"),
    ],
    ids=["by the engine", "by the answer", "by the rejects"],
)
def test_a_disk_that_is_filled_is_named_in_a_line_and_holds_what_it_held(
    tmp_path: Path, disk: Path, run_on: Run, log_of: Callable[[Path], Path], size: str, failure: str
) -> None:
    done, left = run_on(job(100, log_of(tmp_path / "log"), "--output", disk), size)
    assert (done.returncode, done.stdout) == (1, "")
    assert last_line(done.stderr) == f"simple_ltv: {failure.format(disk)}"
    assert "Traceback" not in done.stderr
    assert files_below(left) == [OLD]
    assert (left / OLD).read_text() == "old\n"


def test_a_disk_that_is_filled_by_the_rejects_alone_is_the_one_named(tmp_path: Path, disk: Path, run_on: Run) -> None:
    log = log_of_long_rejects(tmp_path / "log")
    done, left = run_on(job(1, log, "--output", tmp_path / "o", "--rejects", disk), "400k")
    assert (done.returncode, last_line(done.stderr)) == (1, f"simple_ltv: cannot write {disk}: No space left on device")
    assert (files_below(left), files_below(tmp_path / "o")) == ([OLD], [])


def test_a_disk_that_is_full_for_the_summary_leaves_no_answer_and_the_rejects(
    tmp_path: Path, disk: Path, run_on: Run
) -> None:
    log, summary = write(tmp_path / "log", event("SITE_VISIT", "a", "2017-01-06"), "x"), disk / "s.json"
    done, left = run_on(job(1, log, "--output", tmp_path / "o", "--summary", summary), "4k")
    expected = f"simple_ltv: cannot write {summary}: No space left on device"
    assert (done.returncode, last_line(done.stderr)) == (1, expected)
    assert files_below(left) == [OLD]
    [kept] = files_below(tmp_path / "o")
    assert kept.endswith("_Rejects_failed/rejects.jsonl")


@pytest.mark.parametrize("option", ["--output", "--rejects"])
def test_a_disk_that_is_read_only_is_named_before_anything_is_read(
    tmp_path: Path, disk: Path, run_on: Run, option: str
) -> None:
    log = log_of_long_rejects(tmp_path / "log")
    command = job(1, log, "--output", tmp_path / "o", option, disk)
    done, left = run_on(command, after=f"mount -o remount,ro {shlex.quote(str(disk))}")
    assert (done.returncode, done.stdout) == (1, "")
    assert last_line(done.stderr) == f"simple_ltv: cannot write to {disk}: Read-only file system"
    assert files_below(left) == [OLD]
    assert not (tmp_path / "o").exists() or list((tmp_path / "o").iterdir()) == []


def test_output_and_temporary_files_may_lie_on_disks_of_their_own(tmp_path: Path, disk: Path, run_on: Run) -> None:
    log = generated(tmp_path / "log", 3_000, dirty=0.02)
    right = right_answer([log])
    for temporary, output in ((tmp_path, disk), (disk, tmp_path / "o")):
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        done, left = run_on(job(10, log, "--output", output), TMPDIR=str(temporary))
        assert done.returncode == 0, done.stderr
        [answer] = {*(left if output == disk else output).glob("*.dat")} - {left / OLD}
        assert dat_and_rejects(answer) == (right.dat, right.rejects)
        assert os.fspath(output) in done.stdout
        assert re.search(r"^rejected +[1-9]", done.stderr, re.MULTILINE)


def test_answer_and_rejects_may_lie_on_disks_of_their_own(tmp_path: Path, disk: Path, run_on: Run) -> None:
    log = generated(tmp_path / "log", 3_000, dirty=0.02)
    done, left = run_on(job(10, log, "--output", tmp_path / "o", "--rejects", disk))
    assert done.returncode == 0, done.stderr
    [answer] = (tmp_path / "o").iterdir()
    shutil.copytree(left, tmp_path / "o", dirs_exist_ok=True)
    right = right_answer([log])
    assert dat_and_rejects(answer) == (right.dat, right.rejects)


FILLED = """
import sys
from sflydwh.commands.ingest import program
from sflydwh.table.delta import DeltaFolder

original, disk, layout = DeltaFolder.commit, sys.argv.pop(1), sys.argv.pop(1)

def commit(self, *arguments, **options):
    if self.layout.name == layout:
        with open(disk + "/filling", "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
    return original(self, *arguments, **options)

DeltaFolder.commit = commit
program()
"""


def ingest_job(*arguments: object) -> list[str]:
    return [sys.executable, str(PROJECT / "jobs" / "ingest.py"), *map(str, arguments), "--engine", "sail"]


def table_with(engine: Engine, log: Path, folder: Path) -> tuple[Path, str]:
    """A table, and what puts it on the disk."""
    ingest(engine, [log], folder / "before")
    return (
        folder / "before",
        f"cp -a {shlex.quote(str(folder / 'before'))} {shlex.quote(str(folder / 'disk' / 'table'))}",
    )


def assert_next_succeeds(engine: Engine, table: Path, logs: list[Path], folder: Path) -> None:
    assert staging_in(table) == []
    assert [told for told in ingest(engine, logs[-1:], table).warnings if "rollup" in told] == []
    assert_right_table(engine, logs, table, folder / "o")


def test_a_disk_that_is_filled_by_an_ingest_is_named_and_holds_the_table_as_it_was(
    tmp_path: Path, disk: Path, run_on: Run, sail_engine: Engine
) -> None:
    log, more = generated(tmp_path / "log", 300), generated(tmp_path / "more", 20_000, seed=2)
    before, after = table_with(sail_engine, log, tmp_path)
    done, left = run_on(ingest_job(more, "--table", disk / "table"), "3m", after)
    assert (done.returncode, done.stdout) == (1, "")
    expected = f"ingest: the engine failed while it worked in {disk}/table: No space left on device"
    assert last_line(done.stderr) == expected
    assert "Traceback" not in done.stderr
    assert files_below(left / "table") == files_below(before)
    assert_next_succeeds(sail_engine, left / "table", [log, more], tmp_path)


def test_a_disk_that_is_full_for_the_commit_of_an_ingest_is_named_and_holds_the_table_as_it_was(
    tmp_path: Path, disk: Path, run_on: Run, sail_engine: Engine
) -> None:
    log, more = generated(tmp_path / "log", 300), generated(tmp_path / "more", 300, seed=2)
    before, after = table_with(sail_engine, log, tmp_path)
    command = [sys.executable, "-c", FILLED, str(disk), "events", *ingest_job(more, "--table", disk / "table")[2:]]
    done, left = run_on(command, after=after)
    assert (done.returncode, done.stdout) == (1, "")
    assert last_line(done.stderr) == f"ingest: cannot commit to the table {disk}/table: No space left on device"
    assert "Traceback" not in done.stderr
    assert files_below(left / "table") == files_below(before)
    assert_next_succeeds(sail_engine, left / "table", [log, more], tmp_path)


def test_a_disk_that_is_full_for_the_rollup_fails_no_ingest(
    tmp_path: Path, disk: Path, run_on: Run, sail_engine: Engine
) -> None:
    log, more = generated(tmp_path / "log", 300), generated(tmp_path / "more", 300, seed=2)
    _, after = table_with(sail_engine, log, tmp_path)
    command = [sys.executable, "-c", FILLED, str(disk), "rollup", *ingest_job(more, "--table", disk / "table")[2:]]
    done, left = run_on(command, after=after)
    assert done.returncode == 0, done.stderr
    assert re.search(
        "^warning +the rollup was not brought up to date: cannot commit .*: No space left on device$",
        done.stderr,
        re.MULTILINE,
    )
    last = generated(tmp_path / "last", 300, seed=3)
    assert_right_table(sail_engine, [log, more], left / "table", tmp_path / "o1")
    assert_next_succeeds(sail_engine, left / "table", [log, more, last], tmp_path)
