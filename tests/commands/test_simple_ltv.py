"""The command line: exit status, one line for what is wrong, no traceback, nothing left behind."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from sflydwh import __version__
from sflydwh.commands import simple_ltv
from sflydwh.engine import choice
from sflydwh.engine.engine import Engine
from tests import PROJECT

LOG = str(PROJECT / "data" / "events.dat")
JOB = str(PROJECT / "jobs" / "simple_ltv.py")

Main = Callable[[Sequence[str] | None], int]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is started fails the test."""
    monkeypatch.setattr(choice, "open_engine", lambda *_: pytest.fail("an engine was started"))


@pytest.fixture
def main(sail_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Main:
    """The command line runs on the session that is there."""

    @contextmanager
    def that_engine(*_: object) -> Iterator[Engine]:
        yield sail_engine

    monkeypatch.setattr(choice, "open_engine", that_engine)
    return simple_ltv.main


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The job in a process of its own."""
    return subprocess.run(
        [sys.executable, JOB, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


BAD_USAGE = [
    ([], "required: N, EVENTS"),
    (["10"], "give EVENTS or --table"),
    (["0", LOG], "N must be a whole number of at least 1, not '0'"),
    (["-3", LOG], "-3"),
    (["1.5", LOG], "N must be a whole number of at least 1, not '1.5'"),
    (["ten", LOG], "N must be a whole number of at least 1, not 'ten'"),
    (["9" * 5000, LOG], "N must be a whole number"),
    (["10", "none.dat"], "'none.dat' does not exist; give a file, a directory or a glob"),
    (["10", "none*.dat"], "no file matches 'none*.dat'; give a glob that matches a file"),
    (["10", LOG, "no\nne"], "'no\\nne' does not exist"),
    (["10", LOG, "--formula", "daily"], "'simple', 'weekly'"),
    (["10", LOG, "--order-updates", "ignore"], "'replace', 'add'"),
    (["10", LOG, "--week-start", "friday"], "'monday', 'sunday'"),
    (["10", LOG, "--engine", "duck"], "'sail', 'spark'"),
    (["10", LOG, "--lifespan-years", "0"], "--lifespan-years must be a number above 0"),
    (["10", LOG, "--lifespan-years", "ten"], "--lifespan-years must be a number above 0"),
    (["10", LOG, "--lifespan-years", "nan"], "--lifespan-years must be a number above 0"),
    (["10", LOG, "--max-rejects", "-1"], "--max-rejects"),
    (["10", LOG, "--max-rejects", "few"], "--max-rejects must be a whole number of at least 0, not 'few'"),
    (["10", LOG, "--conf", "none.toml"], "cannot read none.toml"),
    (["10", LOG, "--form", "weekly"], "--form"),
    (["10", LOG, "--colour"], "--colour"),
    (["10", LOG, "--output"], "--output"),
]


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(("arguments", "complaint"), BAD_USAGE, ids=lambda value: str(value)[-40:])
def test_wrong_usage_is_one_line_and_status_2_before_an_engine_starts(
    arguments: list[str], complaint: str, capsys: Captured
) -> None:
    status = simple_ltv.main(arguments)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert re.fullmatch(r"simple_ltv: [^\n]+\n", err)
    assert complaint in err


@pytest.mark.usefixtures("no_engine")
def test_a_settings_file_with_a_wrong_name_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "job.toml").write_text("formular = 1")
    assert simple_ltv.main(["10", LOG, "--conf", str(tmp_path / "job.toml")]) == 2
    assert "did you mean formula?" in capsys.readouterr().err


@pytest.mark.usefixtures("no_engine")
def test_help_shows_every_option_and_an_example(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        simple_ltv.main(["--help"])
    out = capsys.readouterr().out
    options = "output formula order-updates lifespan-years week-start rejects max-rejects summary engine conf verbose"
    assert end.value.code == 0
    assert "example:\n  simple_ltv.py 10 data/events.dat" in out
    assert [option for option in options.split() if f"--{option} " not in out] == []


@pytest.mark.usefixtures("no_engine")
def test_version(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        simple_ltv.main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"sflydwh {__version__}\n")


def test_a_run_prints_the_table_and_the_path_and_the_account(main: Main, tmp_path: Path, capsys: Captured) -> None:
    assert main(["3", LOG, "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    [dat] = tmp_path.iterdir()
    best_last = [line.split(",")[0] for line in dat.read_text().splitlines()[1:]]
    *table, path = out.splitlines()
    assert path == str(dat)
    assert [line.split()[1] for line in table[1:]] == best_last[::-1]
    assert re.fullmatch(r"\d{8}_\d{14}_SimpleLTV_TOP3_Customers\.dat", dat.name)
    assert err.splitlines()[0] == f"sflydwh {__version__} on Sail {version('pysail')}, embedded"
    assert "read        120 events" in err


def test_flags_reach_the_run(main: Main, tmp_path: Path, capsys: Captured) -> None:
    settings = tmp_path / "job.toml"
    settings.write_text('formula = "weekly"\noutput = "/none/of/it"\n')
    flags = f"--conf {settings} --output {tmp_path / 'o'} --summary {tmp_path / 's.json'} --max-rejects 0"
    assert main(["2", LOG, *flags.split()]) == 0
    summary = json.loads((tmp_path / "s.json").read_bytes())
    assert (summary["formula"], summary["output"]) == ("weekly", capsys.readouterr().out.splitlines()[-1])
    assert [path.name for path in (tmp_path / "o").iterdir()] == [Path(summary["output"]).name]


def rejected_log(folder: Path) -> str:
    (folder / "events.dat").write_text('{"type": "ORDER"}\n{"type": "ORDER"}\n')
    return str(folder / "events.dat")


def test_a_failed_run_is_one_line_and_status_1(main: Main, tmp_path: Path, capsys: Captured) -> None:
    assert main(["10", rejected_log(tmp_path), "--output", str(tmp_path / "o")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"sflydwh [^\n]+\nsimple_ltv: none of the 2 events was accepted[^\n]+\n", err)
    assert list((tmp_path / "o").glob("*.dat")) == []


@pytest.mark.parametrize("option", ["--output", "--rejects", "--summary"])
def test_a_place_that_cannot_be_written_is_named_and_leaves_no_answer(
    main: Main, option: str, tmp_path: Path, capsys: Captured
) -> None:
    place = f"{LOG}/below"
    assert main(["10", LOG, "--output", str(tmp_path), option, place]) in (1, 2)
    out, err = capsys.readouterr()
    assert (out, list(tmp_path.iterdir())) == ("", [])
    assert re.fullmatch(r"simple_ltv: [^\n]+", err.splitlines()[-1])
    assert place in err.splitlines()[-1]


def test_an_unreadable_file_is_a_failed_run(main: Main, tmp_path: Path, capsys: Captured) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["10", str(tmp_path / "pipe"), "--output", str(tmp_path / "o")]) == 1
    assert re.search(r"simple_ltv: [^\n]+pipe: not a regular file\n$", capsys.readouterr().err)


def test_the_job_file_runs_where_letters_cannot_be_printed(tmp_path: Path) -> None:
    log = tmp_path / "évents.dat"
    log.write_text('{"type": "SITE_VISIT", "customer_id": "\\u00e9\\u001b[2J", "event_time": "2017-01-01"}')
    done = run("1", str(log), "--output", str(tmp_path / "ö"), "--engine", "sail", PYTHONIOENCODING="ascii")
    [dat] = (tmp_path / "ö").iterdir()
    assert dat.read_text("utf-8").splitlines()[1] == "é\x1b[2J,1,0.00,0.00,1week"
    assert (done.returncode, "Traceback" in done.stderr, "\x1b" in done.stdout) == (0, False, False)


@pytest.mark.parametrize("kind", ["a full disk", "a pipe that nobody reads"])
def test_where_nothing_can_be_printed_the_answer_is_whole_and_there_is_no_traceback(tmp_path: Path, kind: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full" if kind == "a full disk" else writing, "wb") as out:
        command = [sys.executable, JOB, "1", LOG, "--output", str(tmp_path), "--engine", "sail"]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    [dat] = tmp_path.iterdir()
    assert dat.read_text().count("\n") == 2
    assert "Traceback" not in done.stderr


def test_the_job_file_runs_alike_in_any_zone(tmp_path: Path) -> None:
    done = run("10", LOG, "--output", str(tmp_path), "--engine", "sail", TZ="America/New_York")
    here = run("10", LOG, "--output", str(tmp_path), "--engine", "sail")
    paths = [Path(each.stdout.splitlines()[-1]) for each in (done, here)]
    assert (done.returncode, here.returncode) == (0, 0)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_job_file_gives_status_2_without_loading_an_engine(tmp_path: Path) -> None:
    (tmp_path / "pysail.py").write_text("raise SystemExit('an engine was loaded')")
    done = run("0", LOG, "--engine", "sail", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"simple_ltv: [^\n]+\n", done.stderr)


def test_an_input_is_not_replaced_by_the_summary(no_engine: None, tmp_path: Path, capsys: Captured) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"{}\n")
    assert simple_ltv.main(["1", str(log), "--summary", str(log), "--output", str(tmp_path)]) == 2
    assert re.fullmatch(r"simple_ltv: --summary [^\n]+ is an input; [^\n]+\n", capsys.readouterr().err)
    assert log.read_bytes() == b"{}\n"


@pytest.mark.parametrize(
    "places",
    [
        "--output logs",
        "--output logs/deep/new",
        "--output o --rejects logs/deep",
        "--output o --summary logs/deep/s.json",
        "--conf job.toml",
    ],
)
def test_a_place_whose_files_the_next_run_would_read_is_wrong_usage(
    no_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, places: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    (tmp_path / "logs" / "deep" / "log").write_bytes(b"{}\n")
    (tmp_path / "job.toml").write_text('output = "logs/new"\n')
    assert simple_ltv.main(["1", "logs", *places.split()]) == 2
    complaint = (
        r"simple_ltv: --[a-z]+ logs[^\n]* is inside a directory of EVENTS, which the next run reads; give another\n"
    )
    assert re.fullmatch(complaint, capsys.readouterr().err)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "job.toml", "log", "logs"]


@pytest.mark.parametrize("output", ["logs/.answers", "logs/deep/_answers", "answers"])
def test_a_place_beside_the_logs_or_out_of_sight_is_fine(
    main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    shutil.copy(LOG, "logs/deep")
    assert [main(["1", "logs", "--output", output]) for _ in range(2)] == [0, 0]
    assert len({path.read_bytes() for path in (tmp_path / output).glob("*.dat")}) == 1


@pytest.mark.parametrize(("shell", "status"), [("| true", 0), ("> /dev/full", 1), ("2>&-", 0), (">&-", 0)])
def test_an_answer_that_nobody_listens_to_is_there(shell: str, status: int, tmp_path: Path) -> None:
    job = f"set -o pipefail; '{sys.executable}' '{JOB}' 1 '{LOG}' --output '{tmp_path}' --engine sail"
    done = subprocess.run(["bash", "-c", f"{job} {shell}"], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False)
    assert len(list(tmp_path.glob("*.dat"))) == 1
