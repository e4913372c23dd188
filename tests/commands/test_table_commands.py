"""The command lines of the event table: ingest, ask, maintain."""

import json
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES
from os import mkfifo
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from sflydwh.commands import ingest, maintain, simple_ltv
from sflydwh.engine import choice
from sflydwh.engine.engine import Engine
from sflydwh.errors import UsageError
from sflydwh.runs import ingest as runs_ingest
from sflydwh.runs.account import Ingested
from tests import PROJECT
from tests.processes import environment
from tests.running import event, generated, write
from tests.table.tabling import version

LOG = str(PROJECT / "data" / "events.dat")
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is started fails the test."""
    monkeypatch.setattr(choice, "open_engine", lambda *_: pytest.fail("an engine was started"))


@pytest.fixture
def on_sail(sail_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command lines run on the session that is there."""

    @contextmanager
    def that_engine(*_: object) -> Iterator[Engine]:
        yield sail_engine

    monkeypatch.setattr(choice, "open_engine", that_engine)


BAD_USAGE = [
    (ingest, [], "required: EVENTS, --table"),
    (ingest, [LOG], "required: --table"),
    (ingest, ["none.dat", "--table", "t"], "'none.dat' does not exist"),
    (ingest, [LOG, "--table", ""], "--table must not be empty"),
    (ingest, [LOG, "--table", "s3://bucket/table"], "--table must be a directory"),
    (ingest, [LOG, "--table", "data"], "--table data is not empty and is not an event table"),
    (ingest, [LOG, "--table", "t", "--max-rejects", "few"], "--max-rejects must be a whole number"),
    (simple_ltv, ["10", LOG, "--table", "t"], "give EVENTS or --table, not both"),
    (simple_ltv, ["10", LOG, "--as-of", "1"], "--as-of needs --table"),
    (simple_ltv, ["10", "--table", "none"], "there is no event table in"),
    (simple_ltv, ["10", "--table", "none", "--as-of", "one"], "--as-of must be a whole number"),
    (maintain, [], "required: DIR"),
    (maintain, ["none"], "there is no event table in"),
    (maintain, ["none", "--retention-hours", "-1"], "--retention-hours"),
    (
        maintain,
        ["none", "--retention-hours", "876601"],
        "--retention-hours must be a whole number of at most 876600, not '876601'",
    ),
    (maintain, ["none", "--retention-hours", "week"], "--retention-hours must be a whole number of at least 0"),
]


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(("command", "arguments", "complaint"), BAD_USAGE, ids=lambda value: str(value)[-40:])
def test_wrong_usage_is_one_line_and_status_2_before_an_engine_starts(
    command: ModuleType, arguments: list[str], complaint: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    assert command.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"(ingest|simple_ltv|maintain): [^\n]+\n", err)
    assert complaint in err


@pytest.mark.usefixtures("no_engine")
def test_a_table_among_the_events_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path / "log", event("IMAGE", "a", "2017-01-06"))
    assert ingest.main([str(tmp_path), "--table", str(tmp_path / "table")]) == 2
    assert "is inside a directory of EVENTS" in capsys.readouterr().err
    assert ingest.main([str(tmp_path / "log"), "--table", str(tmp_path / "t"), "--summary", str(tmp_path / "log")]) == 2
    assert "is an input; give a file of its own" in capsys.readouterr().err


@pytest.mark.usefixtures("no_engine")
def test_a_place_in_the_tables_directory_is_wrong_usage(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "t").symlink_to("real")
    jobs = [
        (ingest, [LOG], "--rejects t"),
        (ingest, [LOG], "--rejects real/new/r"),
        (ingest, [LOG], "--summary t/s.json"),
        (simple_ltv, ["3"], "--output ./t/../real"),
        (simple_ltv, ["3"], "--rejects t/r"),
        (simple_ltv, ["3"], "--summary t/s.json"),
    ]
    for command, arguments, place in jobs:
        assert command.main([*arguments, "--table", "t", *place.split()]) == 2
        assert f"{place} is inside the table's directory" in capsys.readouterr().err
    assert list((tmp_path / "real").iterdir()) == []
    assert simple_ltv.main(["3", "--table", "t", "--output", "t2"]) == 2
    assert "there is no event table in" in capsys.readouterr().err


@pytest.mark.usefixtures("on_sail")
def test_a_table_is_ingested_into_asked_and_kept_up(tmp_path: Path, capsys: Captured) -> None:
    table, summary = tmp_path / "table", tmp_path / "s.json"
    assert ingest.main([LOG, "--table", str(table), "--summary", str(summary)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{table} version 0\n"
    assert "read        120 events in 1 files\n" in err
    assert "added       117\n" in err
    told = json.loads(summary.read_bytes())
    assert (told["table"], told["version"], told["files"], told["added"], told["error"]) == (
        str(table),
        0,
        1,
        117,
        None,
    )

    assert (
        simple_ltv.main(["3", "--table", str(table), "--output", str(tmp_path / "o"), "--summary", str(summary)]) == 0
    )
    assert simple_ltv.main(["3", LOG, "--output", str(tmp_path / "p")]) == 0
    [asked], [logs] = (tmp_path / "o").iterdir(), (tmp_path / "p").iterdir()
    assert asked.read_bytes() == logs.read_bytes()
    told = json.loads(summary.read_bytes())
    assert (told["table"], told["table_version"], told["read"]) == (str(table), 0, 117)

    capsys.readouterr()
    assert maintain.main([str(table), "--forget", "96f55c7d8f42"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{table} version {version(table)}\n"
    assert re.search(r"^forgotten   [1-9]\d*$", err, re.MULTILINE)
    assert simple_ltv.main(["3", "--table", str(table), "--output", str(tmp_path / "o")]) == 0
    assert "96f55c7d8f42" not in capsys.readouterr().out


@pytest.mark.usefixtures("on_sail")
def test_what_is_known_needs_no_engine_and_says_so(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [LOG, "--table", str(tmp_path / "table")]
    assert ingest.main(arguments) == 0
    monkeypatch.setattr(choice, "open_engine", lambda *_: pytest.fail("an engine was started"))
    capsys.readouterr()
    assert ingest.main(arguments) == 0
    assert f"known       {LOG}: its content was ingested before\n" in capsys.readouterr().err
    assert version(tmp_path / "table") == 0


@pytest.mark.usefixtures("on_sail")
def test_a_dry_run_says_so(tmp_path: Path, capsys: Captured) -> None:
    assert ingest.main([LOG, "--table", str(tmp_path / "table"), "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'table'} no version yet, a dry run\n"
    assert "added       117\n" in err
    assert not (tmp_path / "table").exists()


@pytest.mark.usefixtures("on_sail")
def test_a_failed_ingest_is_one_line_and_in_the_summary(tmp_path: Path, capsys: Captured) -> None:
    bad, summary = write(tmp_path / "bad", "{"), tmp_path / "s.json"
    assert ingest.main([str(bad), "--table", str(tmp_path / "table"), "--summary", str(summary)]) == 1
    assert re.fullmatch(
        r"sflydwh \S+ on Sail \S+ embedded\ningest: none of the 1 events was accepted; rejected 1: malformed_json 1; see \S+_rejects/\S+\n",
        capsys.readouterr().err,
    )
    assert "none of the 1 events" in json.loads(summary.read_bytes())["error"]


@pytest.mark.usefixtures("on_sail")
@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt(), 130), (UsageError("wrong"), 2)])
def test_an_ingest_that_is_interrupted_or_wrongly_used_leaves_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int
) -> None:
    summary = write(tmp_path / "s.json", "of an earlier run")

    def run(*_: object) -> None:
        raise raised

    monkeypatch.setattr(runs_ingest, "ingest", run)
    assert ingest.main([LOG, "--table", str(tmp_path / "table"), "--summary", str(summary)]) == status
    assert summary.read_text() == "of an earlier run\n"


@pytest.mark.usefixtures("no_engine")
def test_a_delta_table_of_another_maker_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    table = tmp_path / "theirs"
    write_deltalake(str(table), pa.table({"a": [1]}))
    told = f"--table: {table} is a Delta Lake table, but not an event table\n"
    for name, command, arguments in (
        ("ingest", ingest, [LOG, "--table", str(table)]),
        ("simple_ltv", simple_ltv, ["3", "--table", str(table)]),
        ("maintain", maintain, [str(table)]),
    ):
        assert command.main(arguments) == 2
        assert capsys.readouterr().err == f"{name}: {told}"


@pytest.mark.usefixtures("no_engine")
def test_a_summary_without_a_directory_is_wrong_usage(tmp_path: Path, capsys: Captured) -> None:
    table = ["--table", str(tmp_path / "table")]
    for summary, complaint in ((tmp_path / "no" / "s.json", "there is no directory"), (tmp_path, "is a directory")):
        for command, arguments in ((ingest, [LOG, *table]), (simple_ltv, ["3", LOG]), (simple_ltv, ["3", *table])):
            assert command.main([*arguments, "--summary", str(summary)]) == 2
            assert complaint in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("on_sail")
def test_a_summary_may_lie_in_a_directory_that_the_run_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = generated(tmp_path / "log", 20)
    assert ingest.main([str(log), "--table", "t", "--rejects", "a/r", "--summary", "a/r/s.json"]) == 0
    assert simple_ltv.main(["3", LOG, "--output", "b/o", "--summary", "b/s.json"]) == 0
    assert simple_ltv.main(["3", "--table", "t", "--output", "c", "--summary", "c/s.json"]) == 0
    assert {str(path) for path in Path().rglob("s.json")} == {"a/r/s.json", "b/s.json", "c/s.json"}


@pytest.mark.usefixtures("on_sail")
def test_a_summary_that_cannot_be_written_in_the_end_hides_no_version(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    table, summary, original = tmp_path / "table", tmp_path / "gone" / "s.json", runs_ingest.ingest

    def run(*given: Any) -> Ingested:
        done = original(*given)
        summary.parent.rmdir()
        return done

    monkeypatch.setattr(runs_ingest, "ingest", run)
    assert ingest.main([LOG, "--table", str(table), "--summary", str(summary)]) == 1
    out, err = capsys.readouterr()
    assert out == f"{table} version 0\n"
    assert "added       117\n" in err
    told = f"ingest: {table} has version 0, but --summary {summary} cannot be written: No such file or directory"
    assert err.splitlines()[-1] == told


def test_an_error_of_the_system_is_one_line(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, told in (
        (PermissionError(EACCES, "Permission denied", "/t"), "/t: Permission denied"),
        (OSError("an Arrow error\nat length"), "an Arrow error"),
    ):
        monkeypatch.setattr(ingest, "find_inputs", Mock(side_effect=error))
        assert ingest.main([LOG, "--table", str(tmp_path / "table")]) == 1
        assert capsys.readouterr().err == f"ingest: {told}\n"


@pytest.mark.usefixtures("on_sail")
def test_an_account_can_go_into_a_pipe(tmp_path: Path) -> None:
    pipe, found = tmp_path / "pipe", []
    mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(json.loads(pipe.read_bytes())))
    reader.start()
    log = generated(tmp_path / "log", 20)
    assert ingest.main([str(log), "--table", str(tmp_path / "table"), "--summary", str(pipe)]) == 0
    reader.join(10)
    assert found[0]["read"] >= 20
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_jobs_are_programs(tmp_path: Path) -> None:
    import subprocess
    import sys

    for job in ("ingest", "maintain"):
        command = [sys.executable, str(PROJECT / "jobs" / f"{job}.py"), "--help"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment())
        assert done.returncode == 0
        assert f"example:\n  {job}.py" in done.stdout
