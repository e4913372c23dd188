"""The command line of the report."""

import json
import webbrowser
from importlib import util
from pathlib import Path

import pytest

from sflydwh.commands import report
from tests.predict.shop import shop
from tests.running import write


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop") / "shop.json", *shop(60))


def test_the_last_line_is_the_path_of_the_page(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_page(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    arguments = [
        str(log),
        "--engine",
        "sail",
        "--output",
        str(tmp_path),
        "--summary",
        str(tmp_path / "s.json"),
        "--open",
    ]
    assert report.main(arguments) == 0
    out, err = capsys.readouterr()
    page = Path(out.strip())
    assert page.name.endswith("_Report.html")
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert opened == [page.as_uri()]
    assert "do not trust these predictions yet: purchasers: 60 (500 are needed)" in err
    assert json.loads((tmp_path / "s.json").read_text())["output"] == str(page)


def test_options_reach_the_page(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = [
        "--top",
        "3",
        "--horizon-weeks",
        "10",
        "--holdout-weeks",
        "8",
        "--as-of-date",
        "2017-12-31",
        "--model",
        "bg-nbd",
    ]
    summary = tmp_path / "s.json"
    assert report.main([str(log), "--engine", "sail", "--output", str(tmp_path), "--summary", str(summary), *more]) == 0
    found = json.loads(summary.read_text())
    assert (found["as_of"], found["horizon_weeks"], list(found["models"])) == ("2017-12-31", 10, ["bg-nbd"])
    assert (found["backtest"]["holdout_weeks"], found["backtest"]["calibrated_to"]) == (8, "2017-11-05")
    html = Path(capsys.readouterr().out.strip()).read_text("utf-8")
    assert "in 10 weeks" in html


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give EVENTS or --table"),
        (["LOG", "--top", "0"], "--top must be"),
        (["LOG", "--top", "101"], "--top must be"),
        (["LOG", "--discount-rate", "much"], "--discount-rate must be a number"),
        (["LOG", "--holdout-weeks", "0"], "--holdout-weeks must be"),
        (["LOG", "--holdout-weeks", "5000"], "is too long: purchases span only"),
        (["LOG", "--output", "s3://shop/answers", "--open"], "--open needs an --output in a directory"),
        (["LOG", "--as-of", "2017-01-01"], "for a day: --as-of-date 2017-01-01"),
    ],
)
def test_wrong_usage_is_one_line(
    log: Path, tmp_path: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(log) if argument == "LOG" else argument for argument in arguments]
    output = [] if "--output" in given else ["--output", str(tmp_path)]
    assert report.main([*given, *output, "--engine", "sail"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert err[-1].startswith("report: ")
    assert complaint in err[-1]
    assert not list(tmp_path.glob("*.html"))


def test_what_is_missing_is_named(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = util.find_spec
    monkeypatch.setattr(report, "find_spec", lambda name: None if name == "altair" else found(name))
    assert report.main([str(log)]) == 2
    assert "pip install 'altair" in capsys.readouterr().err
