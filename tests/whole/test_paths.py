"""Paths with characters that mean something to somebody: each works, or is refused before anything is written."""

from pathlib import Path
from typing import Any

import pytest

from sflydwh.commands import simple_ltv
from sflydwh.engine.engine import SAIL, Engine
from sflydwh.errors import UsageError
from sflydwh.runs.settings import directory, place
from sflydwh.table.snapshot import EventTable
from tests.running import dat, event, files_below, right_answer, run, write
from tests.table.tabling import ask, ingest

# By whom they mean something to: URIs, globs, shells, and those who trim or know ASCII alone. To Hadoop a colon below
# a mark of a glob is no path.
KINDS = [
    ["100%", "%", "h#x", "a&b=1", "a+b", "a:b"],
    ["st*r", "q?x", "[x]", "{x,y}"],
    ["'\"", "a;b", "`", "$HOME", "~t"],
    ["a b", "\u00e9 \u20ac", " a"],
]
NAMES = [name for kind in KINDS for name in kind]
MISREAD = ["p%20x", "%2F", "a\\b"]
CONTROL = ["tab\tx", "new\nline", "\x7f"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "log", event("ORDER", "\u00e9", "2017-01-06", total_amount="5"), "{broken")


def test_tables_outputs_rejects_and_staging_lie_in_directories_of_any_name(
    engine: Engine, log: Path, tmp_path: Path
) -> None:
    """Spark takes seconds for what Sail does at once: there one path has the names of a kind, one below the other."""
    right = right_answer([log]).dat
    for number, name in enumerate(NAMES if engine.name == SAIL else map("/".join, KINDS)):
        base = tmp_path / str(number)
        ingest(engine, [log], base / "t" / name)
        assert dat(ask(engine, base / "t" / name, base / "o" / name)) == right
        folders: dict[str, Any] = {"rejects": str(base / "r" / name), "staging": str(base / "s" / name)}
        assert dat(run(engine, [log], base / "p" / name, **folders)) == right
        assert [path.rpartition("/")[2] for path in files_below(base / "r" / name)] == ["rejects.jsonl"]
        assert files_below(base / "s") == []


def test_inputs_have_any_name(engine: Engine, tmp_path: Path) -> None:
    """Each is an argument of its own, with a customer who is nowhere else."""
    folders, logs = [], []
    for number, name in enumerate([*NAMES, *MISREAD, *CONTROL]):
        folders.append(tmp_path / str(number) / name)
        folders[-1].mkdir(parents=True)
        logs.append(write(folders[-1] / f"x{name}", event("ORDER", str(number), "2017-01-06", total_amount="5")))
    right = right_answer(logs, top=len(logs)).dat
    assert right.count(b"\n") == 1 + len(logs)
    assert dat(run(engine, folders, tmp_path / "o", top=len(logs))) == right


@pytest.mark.parametrize("name", [*MISREAD, *CONTROL])
def test_a_table_that_could_not_be_read_again_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"--table '.*': Delta Lake's library misreads .*; give another directory"):
        EventTable(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CONTROL)
@pytest.mark.parametrize("parse", [place, directory])
def test_control_characters_in_a_directory_are_wrong_usage(name: str, parse: object) -> None:
    assert callable(parse)
    with pytest.raises(UsageError, match=r"^--output must not be empty or hold a control character, as '.*' does$"):
        parse("--output", f"/tmp/{name}")


def test_the_home_directory_is_meant_by_its_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In options, in the settings file and among EVENTS, where no shell has looked at it."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    write(home / "log", event("SITE_VISIT", "a", "2017-01-06"))
    write(home / "conf.toml", 'rejects = "~/rejects"')
    options = ["--output=~/o", "--conf=~/conf.toml", "--summary=~/s.json", "--engine", "sail"]
    assert simple_ltv.main(["3", "~/log", "~/log*", *options]) == 0, capsys.readouterr().err
    assert sorted(path.name for path in home.iterdir()) == ["conf.toml", "log", "o", "rejects", "s.json"]
    assert not (tmp_path / "~").exists()
