"""The job that writes a made-up log: its command line, and the file it leaves or does not."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sflydwh.generator import LogRequest, log_chunks, write_log
from sflydwh.generator.writing import write_chunks
from tests import PROJECT

JOB = PROJECT / "jobs" / "generate_events.py"


def log(request: LogRequest, layout_name: str = "lines") -> bytes:
    return b"".join(log_chunks(request, layout_name))


def run_job(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, JOB, *arguments], capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "required: N, OUT"),
        (["ten", "OUT"], "'ten'"),
        (["-1", "OUT"], "number of events"),
        (["1e3", "OUT"], "'1e3'"),
        (["10", "OUT", "--format", "csv"], "'csv'"),
        (["10", "OUT", "--customers", "0"], "number of customers"),
        (["10", "OUT", "--seed", "-1"], "seed"),
        (["10", "OUT", "--dirty", "1.5"], "dirty share"),
        (["10", "OUT", "--dirty", "nan"], "dirty share"),
        (["10", "OUT", "--dirt", "0.5"], "--dirt"),
        (["10", "OUT", "--days", "0"], "number of days"),
        (["10", "OUT", "--dropout", "-0.1"], "dropout"),
        (["10", "OUT", "--dropout", "nan"], "dropout"),
        (["10", "OUT", "--dropout", "1", "--customers", str(2**48)], "successors included"),
        (["10", "."], "directory"),
        (["10", "OUT/none/events.dat"], "directory"),
    ],
)
def test_bad_arguments_end_with_status_2_and_one_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    out = tmp_path / "events.dat"
    result = run_job(*(argument.replace("OUT", str(out)) for argument in arguments))

    assert (result.returncode, result.stdout) == (2, b"")
    assert re.fullmatch(r"generate_events\.py: .*\n", result.stderr.decode())
    assert complaint in result.stderr.decode()
    assert not out.exists()


def test_the_job_writes_the_file_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "events.dat"
    result = run_job("30", str(out), "--format", "array", "--customers", "3", "--seed", "4", "--dirty", "0.5")
    expected = log(LogRequest(30, customers=3, seed=4, dirty=0.5), "array")

    assert out.read_bytes() == expected
    assert result.stdout.decode() == f"wrote 30 events, {len(expected)} bytes, to {out}\n"
    assert (result.returncode, result.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == [out]


def test_the_job_writes_to_standard_output() -> None:
    result = run_job("30", "-")

    assert result.stdout == log(LogRequest(30))
    assert result.stderr.count(b"\n") == 1


def interrupted_chunks() -> Iterator[bytes]:
    yield b"half"
    raise KeyboardInterrupt


def test_nothing_is_left_when_writing_is_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "events.dat"
    with pytest.raises(KeyboardInterrupt):
        write_chunks(interrupted_chunks(), str(out))
    assert list(tmp_path.iterdir()) == []

    out.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        write_chunks(interrupted_chunks(), str(out))
    assert out.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [out]


def test_an_interrupted_job_leaves_nothing(tmp_path: Path) -> None:
    job = subprocess.Popen([sys.executable, JOB, "1000000000", tmp_path / "events.dat"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    names = [path.name for path in tmp_path.iterdir()]
    job.send_signal(signal.SIGINT)
    _, complaint = job.communicate(timeout=30)

    assert len(names) == 1 and names[0].endswith(".part")
    assert (job.returncode, complaint) == (130, b"generate_events.py: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_what_a_link_points_to_is_replaced(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    write_log(LogRequest(3), str(link))

    assert link.is_symlink()
    assert target.read_bytes() == log(LogRequest(3))


def test_the_log_of_the_project_is_what_its_command_makes(tmp_path: Path) -> None:
    command = re.search(r"python jobs/generate_events\.py (.*)", JOB.read_text(encoding="utf-8"))
    assert command
    arguments = shlex.split(command[1].replace("data/events.dat", str(tmp_path / "events.dat")))
    run_job(*arguments)

    assert (tmp_path / "events.dat").read_bytes() == (PROJECT / "data" / "events.dat").read_bytes()
