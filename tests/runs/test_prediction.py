"""The job of predictions from end to end."""

import json
import random
import re
import zlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sflydwh.engine.engine import SPARK, Engine
from sflydwh.errors import RunError
from sflydwh.formats.named import format_of
from sflydwh.predict.horizon import Horizon
from sflydwh.runs.prediction import Ask, predict
from sflydwh.runs.settings import Settings
from tests.predict.shop import FIRST, order, predicted, shop
from tests.running import event, job, logs_of, write


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop") / "shop.json", *shop())


def told(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(folder.with_suffix(".json").read_text())
    return values


def test_an_answer(sail_engine: Engine, log: Path, tmp_path: Path) -> None:
    found = predicted(sail_engine, log, tmp_path / "out", top=1000, customers=str(tmp_path / "all"))
    lines = Path(str(found.summary.output)).read_text().splitlines()
    assert (
        lines[0] == "Customer_Id,Purchases,Last_Purchase,Spend,Mean_Purchase,P_Alive,Expected_Purchases,Predicted_LTV"
    )
    values = [line.split(",") for line in lines[1:]]
    worth = [float(row[7]) for row in values]
    assert worth == sorted(worth)
    assert len(values) == told(tmp_path / "out")["customers_with_purchase"] == 150
    summary = told(tmp_path / "out")
    assert summary["customers"] == 151
    assert summary["segments"]["visitors"] == 1
    assert sum(summary["segments"].values()) == 151
    assert summary["expected_spend"] == pytest.approx(sum(worth), abs=1)
    low, high = summary["expected_purchases_interval"]
    assert low < summary["expected_purchases"] < high
    [folder] = (tmp_path / "all").iterdir()
    rows = pq.read_table(folder).to_pylist()
    assert folder.name == "20170106_20170106124646_PredictedLTV_TOP1000_Customers"
    assert {row["customer_id"] for row in rows} == {f"c{number:03}" for number in range(150)} | {"visitor"}
    [visitor] = [row for row in rows if row["customer_id"] == "visitor"]
    assert (visitor["visits"], visitor["frequency"], visitor["p_alive"], visitor["segment"]) == (
        1,
        None,
        None,
        "visitors",
    )
    by_id = {row["customer_id"]: row for row in rows}
    for row in values:
        assert f"{by_id[row[0]]['predicted_ltv']:.2f}" == row[7]


@pytest.mark.spark
def test_both_engines_give_the_same_bytes(sail_engine: Engine, spark_engine: Engine, log: Path, tmp_path: Path) -> None:
    found = {}
    for engine in (sail_engine, spark_engine):
        output = tmp_path / engine.name
        dat = Path(str(predicted(engine, log, output, top=1000).summary.output)).read_bytes()
        summary = told(output)
        for name in ("engine", "output", "seconds"):
            del summary[name]
        found[engine.name] = (dat, summary)
    assert found["sail"] == found[SPARK]


def test_a_day_leaves_later_events_out(sail_engine: Engine, log: Path, tmp_path: Path) -> None:
    lines = [line for line in log.read_text().splitlines() if json.loads(line)["event_time"] <= "2017-09-30"]
    early = write(tmp_path / "early.json", *lines)
    day = date(2017, 9, 30)
    cut = predicted(sail_engine, log, tmp_path / "cut", as_of=day)
    never = predicted(sail_engine, early, tmp_path / "never", as_of=day)
    assert cut.best == never.best
    left_out = len(log.read_text().splitlines()) - len(lines)
    assert told(tmp_path / "cut")["left_out_after_as_of"] == left_out > 0


def test_a_wrong_clock_is_warned_of(sail_engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log.json", *shop(), order("late", "2099-01-01", "5"))
    found = predicted(sail_engine, log, tmp_path / "out")
    assert any("the last event is of 2099-01-01" in warning for warning in found.summary.warnings)
    fine = predicted(sail_engine, log, tmp_path / "fine", as_of=FIRST + timedelta(weeks=60))
    assert not any("clock" in warning for warning in fine.summary.warnings)


DAY = "2017-03-01"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([event("SITE_VISIT", "a", DAY, key="p")], "no customer has a purchase day up to 2017-03-01"),
        ([order("a", DAY, "-5")], "no customer has a purchase day"),
        ([order("a", DAY, "5")], "no customer bought on a second day"),
        ([order(each, DAY, "5") for each in "abcd"], "no customer bought on a second day"),
        ([order(each, f"2017-03-{day:02}", "5") for each in "ab" for day in (1, 8)], "all customers have the same"),
    ],
)
def test_bases_that_cannot_be_predicted(sail_engine: Engine, tmp_path: Path, lines: list[str], said: str) -> None:
    log = write(tmp_path / "log.json", *lines)
    with pytest.raises(RunError, match=said):
        predicted(sail_engine, log, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.dat"))
    assert said in told(tmp_path / "out")["error"]


def test_a_day_before_the_first_event(sail_engine: Engine, log: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no event on or before 1999-01-01; give a later --as-of-date"):
        predicted(sail_engine, log, tmp_path / "out", as_of=date(1999, 1, 1))


def test_without_a_spend_model_customers_are_ranked_by_purchases(sail_engine: Engine, tmp_path: Path) -> None:
    lines = [re.sub(r'"total_amount": "[^"]*"', '"total_amount": "0"', line) for line in shop()]
    found = predicted(sail_engine, write(tmp_path / "log.json", *lines), tmp_path / "out")
    assert any(warning.startswith("no spend model") for warning in found.summary.warnings)
    expected = [customer.expected_purchases for customer in found.best]
    assert expected == sorted(expected, reverse=True)
    assert all(customer.predicted_ltv is None for customer in found.best)
    assert Path(str(found.summary.output)).read_text().splitlines()[-1].endswith(",")


@pytest.mark.parametrize("weeks", [0, 10_000])
def test_extreme_horizons(sail_engine: Engine, log: Path, tmp_path: Path, weeks: int) -> None:
    found = predicted(sail_engine, log, tmp_path / "out", weeks=weeks)
    assert (found.forecast.purchases.value > 0) == (weeks > 0)
    assert len(found.best) == 10


def test_many_histories_are_sampled_by_a_checksum(
    engine: Engine, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sflydwh.runs.histories.MOST_GROUPS", 100)
    found = predicted(engine, log, tmp_path / "out", top=1000)
    sample = found.forecast.base.sample
    assert sample is not None
    chosen = [customer for customer in found.best if zlib.crc32(customer.customer_id.encode()) < sample.limit]
    assert len(chosen) == sample.customers == int(found.forecast.base.histories.customers.sum())
    assert 0 < len(chosen) < len(found.best) == 150
    assert told(tmp_path / "out")["sample"] == {"limit": sample.limit, "customers": sample.customers}


def test_a_shop_of_another_format_gives_the_same_answer(sail_engine: Engine, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in shop()]
    calls = [
        {
            "type": "track",
            "event": "Order Completed",
            "userId": line["customer_id"],
            "timestamp": f"{line['event_time']}T00:00:00Z",
            "properties": {"order_id": line["key"], "total": line["total_amount"], "currency": "USD"},
        }
        if line["type"] == "ORDER"
        else {
            "type": "page",
            "userId": line["customer_id"],
            "timestamp": f"{line['event_time']}T00:00:00Z",
            "messageId": "p",
        }
        for line in lines
    ]
    ours = predicted(sail_engine, write(tmp_path / "ours", *map(json.dumps, lines)), tmp_path / "a", top=200)
    log = write(tmp_path / "segment", *map(json.dumps, calls))
    how = Settings(output=str(tmp_path / "b"))
    theirs = predict(job(sail_engine, how), logs_of(log, log_format=format_of("segment")), Ask(200, Horizon(26)))
    assert theirs.summary.account.rejected == 0
    assert theirs.best == ours.best
    assert theirs.forecast.segments == ours.forecast.segments


def test_there_is_no_spend_model_where_its_mean_is_infinite(sail_engine: Engine, tmp_path: Path) -> None:
    """Amounts as Gamma-Gamma with q 0.6 draws them: the tail is too heavy for a mean."""
    chance = random.Random(5)
    rates: dict[str, float] = {}
    lines = []
    for line in map(json.loads, shop()):
        if line["type"] == "ORDER":
            rate = rates.setdefault(line["customer_id"], chance.gammavariate(0.6, 0.05))
            line["total_amount"] = f"{chance.gammavariate(4, 1) / rate:.2f}"
        lines.append(json.dumps(line))
    found = predicted(sail_engine, write(tmp_path / "log", *lines), tmp_path / "out", top=120)
    assert not found.forecast.models.spend.converged
    assert found.forecast.models.spend.reason.startswith("q is ")
    assert found.forecast.spend is None
    assert {customer.predicted_ltv for customer in found.best} == {None}
    expected = [customer.expected_purchases for customer in found.best]
    assert expected == sorted(expected, reverse=True)
    [told] = [warning for warning in found.summary.warnings if warning.startswith("no spend model: q is")]
    assert "customers are ranked by expected purchases" in told
    last = Path(str(found.summary.output)).read_text().splitlines()[-1]
    assert last.endswith(",")
