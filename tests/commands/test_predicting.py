"""The command lines of predictions and of the backtest."""

import importlib.util
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sflydwh.commands import backtest, ingest, predicted_ltv, simple_ltv
from tests.predict.shop import shop
from tests.running import write


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop") / "shop.json", *shop())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0", "log"], "N must be a whole number of at least 1, not '0'"),
        (["1", "log", "--horizon-weeks", "-1"], "--horizon-weeks must be a whole number of at least 0, not '-1'"),
        (["1", "log", "--horizon-weeks", "10001"], "--horizon-weeks must be a whole number of at most 10000"),
        (["1", "log", "--as-of", "2017-06-30"], "--as-of takes a version; for a day: --as-of-date"),
        (["1", "log", "--as-of-date", "30.6.2017"], "--as-of-date must be a day such as 2017-06-30, not '30.6.2017'"),
        (["1", "log", "--discount-rate", "much"], "--discount-rate must be a number such as 0.15, not 'much'"),
        (["1", "log", "--discount-rate", "-1"], "a discount rate is a number above -1, not -1.0"),
        (["1", "log", "--customers", "s3://bucket/all"], "--customers must be a directory"),
        (["1"], "give EVENTS or --table; see --help"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert predicted_ltv.main(arguments) == 2
    assert f"predicted_ltv: {said}" in capsys.readouterr().err


def test_without_scipy_it_says_what_to_install(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("sflydwh.commands.predicting.find_spec", lambda name: None if name == "scipy" else found(name))
    assert predicted_ltv.main(["1", str(log)]) == 2
    assert backtest.main([str(log)]) == 2
    assert capsys.readouterr().err.count("pip install 'scipy>=1.11'") == 2


def test_a_table_gives_what_its_logs_give(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = ["--table", str(tmp_path / "table"), "--engine", "sail"]
    assert ingest.main([str(log), *table]) == 0
    capsys.readouterr()
    for day in ([], ["--as-of-date", "2017-11-30"]):
        found = []
        for number, asked in enumerate(([str(log), "--engine", "sail"], table)):
            output = tmp_path / f"{len(day)}-{number}"
            assert predicted_ltv.main(["20", *asked, *day, "--output", str(output)]) == 0, capsys.readouterr().err
            [dat] = output.glob("*.dat")
            found.append(dat.read_bytes())
        assert found[0] == found[1]
    capsys.readouterr()
    tables = []
    for asked in ([str(log), "--engine", "sail"], table):
        assert backtest.main([*asked, "--holdout-weeks", "15", "--staging", str(tmp_path / "staging")]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_everyone_also_beside_simple_ltv(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "3",
        str(log),
        "--engine",
        "sail",
        "--output",
        str(tmp_path / "out"),
        "--customers",
        str(tmp_path / "all"),
    ]
    assert simple_ltv.main(arguments) == 0, capsys.readouterr().err
    [folder] = (tmp_path / "all").iterdir()
    [dat] = (tmp_path / "out").glob("*.dat")
    assert folder.name == dat.name.removesuffix(".dat")
    rows = {row["customer_id"]: row for row in pq.read_table(folder).to_pylist()}
    assert len(rows) == 151
    assert all(row["p_alive"] is None and row["predicted_ltv"] is None for row in rows.values())
    for line in dat.read_text().splitlines()[1:]:
        name, visits, _, value, _ = line.split(",")
        assert (str(rows[name]["visits"]), f"{rows[name]['simple_ltv']:.2f}") == (visits, value)
    assert rows["visitor"]["segment"] == "visitors"


def test_a_run_that_fails_at_the_end_leaves_no_folder_of_customers(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everyone = tmp_path / "all"
    for job in (predicted_ltv, simple_ltv):
        arguments = ["3", str(log), "--engine", "sail", "--output", str(tmp_path / "out"), "--customers", str(everyone)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sflydwh.runs.finish.write_summary", _fail)
            assert job.main(arguments) == 1
        assert "no space" in capsys.readouterr().err
        assert not list(everyone.glob("*_Customers"))
        assert not list((tmp_path / "out").glob("*.dat"))


def _fail(path: str | None, account: bytes) -> None:
    raise OSError(28, "no space", "summary.json")


def test_simple_ltv_takes_a_day(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    early = [line for line in log.read_text().splitlines() if json.loads(line)["event_time"] <= "2017-06-30"]
    write(tmp_path / "early.json", *early)
    found = []
    for name, asked in (("cut", [str(log), "--as-of-date", "2017-06-30"]), ("early", [str(tmp_path / "early.json")])):
        places = ["--output", str(tmp_path / name), "--summary", str(tmp_path / f"of_{name}.json")]
        assert simple_ltv.main(["20", *asked, "--engine", "sail", *places]) == 0
        [dat] = (tmp_path / name).glob("*.dat")
        summary = json.loads((tmp_path / f"of_{name}.json").read_text())
        found.append((dat.read_bytes(), summary["by_type"], summary["accepted_by_customer_path"]))
        assert sum(summary["accepted_by_customer_path"].values()) == summary["accepted"]
    assert found[0] == found[1]
    assert "after_as_of" in capsys.readouterr().err
    assert simple_ltv.main(["20", str(log), "--as-of", "2017-06-30"]) == 2
    assert "for a day: --as-of-date" in capsys.readouterr().err
