"""The report's figures, beside a count of the events one by one, and beside the other jobs."""

import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.predict.horizon import Horizon
from sflydwh.report.facts import Facts
from sflydwh.runs.prediction import Ask
from sflydwh.runs.report import Reported, report
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Table
from sflydwh.table.snapshot import EventTable
from tests.predict.shop import backtested, order, predicted, shop
from tests.report.pages import titles
from tests.running import event, job, logs_of, write
from tests.table.tabling import ingest

WEEKS = 26


def reported(engine: Engine, source: Any, output: Path, **wished: Any) -> Reported:
    how = Settings(output=str(output), summary=str(output.with_suffix(".json")))
    return report(job(engine, how), source, Ask(wished.pop("top", 20), Horizon(WEEKS), **wished))


def html(found: Reported) -> str:
    return Path(str(found.summary.output)).read_text("utf-8")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop") / "shop.json", *shop())


@pytest.fixture(scope="module")
def facts(sail_engine: Engine, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return reported(sail_engine, logs_of(log), tmp_path_factory.mktemp("report") / "out").facts


@pytest.fixture(scope="module")
def everyone(sail_engine: Engine, log: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the predictions say of each customer."""
    folder = tmp_path_factory.mktemp("everyone")
    predicted(sail_engine, log, folder / "out", WEEKS, customers=str(folder / "all"))
    [written] = (folder / "all").iterdir()
    rows: list[dict[str, Any]] = pq.read_table(written).to_pylist()
    return rows


def purchases(log: Path) -> dict[str, dict[date, Decimal]]:
    """What each customer spent on each day; every order of these logs is one of its own, above 0."""
    found: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in log.read_text("utf-8").splitlines():
        read = json.loads(line)
        if read["type"] == "ORDER":
            found[read["customer_id"]][date.fromisoformat(read["event_time"])] += Decimal(read["total_amount"])
    return found


def test_the_headline_is_that_of_the_events(facts: Facts, log: Path) -> None:
    found = purchases(log)
    head = facts.headline
    assert (head.customers, head.purchasers) == (151, len(found))
    assert head.repeat_purchasers == sum(len(days) > 1 for days in found.values())
    assert head.purchases == sum(map(len, found.values()))
    assert head.spend == sum(sum(days.values()) for days in found.values())


def test_the_best_are_those_of_the_predictions(sail_engine: Engine, facts: Facts, log: Path, tmp_path: Path) -> None:
    found = predicted(sail_engine, log, tmp_path / "out", WEEKS, top=20)
    assert [tuple(vars(each).values()) for each in facts.best] == [tuple(each) for each in found.best]
    assert found.forecast.spend
    assert facts.headline.expected_spend
    assert vars(facts.headline.expected_spend) == {
        "value": found.forecast.spend.value,
        "interval": found.forecast.spend.interval,
    }


def test_spenders_and_segments_are_those_of_everyone(facts: Facts, everyone: list[dict[str, Any]]) -> None:
    buyers = [row for row in everyone if row["frequency"] is not None]
    assert sum(each.customers for each in facts.spenders) == len(buyers)
    assert sum(each.total for each in facts.spenders) == pytest.approx(float(sum(row["spend"] for row in buyers)))
    for each in facts.spenders:
        near = [row["spend"] for row in buyers if each.spend == pytest.approx(float(row["spend"]), rel=5.1e-4)]
        assert len(near) >= each.customers
        assert each.least in near
    customers = Counter(row["segment"] for row in everyone)
    spend: dict[str, Decimal] = defaultdict(Decimal)
    for row in everyone:
        spend[row["segment"]] += row["spend"]
    assert {each.name: (each.customers, each.spend) for each in facts.segments} == {
        name: (customers[name], spend[name]) for name in customers
    }
    assert [each.spend for each in facts.segments] == sorted(spend.values(), reverse=True)


def test_cohorts_are_those_of_the_events(facts: Facts, log: Path) -> None:
    buyers: dict[tuple[date, int], set[str]] = defaultdict(set)
    spend: dict[tuple[date, int], Decimal] = defaultdict(Decimal)
    for customer, days in purchases(log).items():
        first = min(days).replace(day=1)
        for day, worth in days.items():
            months = (day.year - first.year) * 12 + day.month - first.month
            buyers[first, months].add(customer)
            spend[first, months] += worth
    assert facts.cohorts
    latest = facts.as_of.year * 12 + facts.as_of.month
    expected = {at: (len(buyers[at]), spend[at]) for at in buyers if latest - at[0].year * 12 - at[0].month < 12}
    assert {(each.first, each.months): (each.buyers, each.spend) for each in facts.cohorts} == expected


def test_gaps_are_those_of_the_events(facts: Facts, log: Path) -> None:
    counts = Counter(
        (later - earlier).days
        for days in purchases(log).values()
        for earlier, later in zip(sorted(days), sorted(days)[1:], strict=False)
    )
    assert dict(facts.gaps) == counts


def test_those_at_risk_are_the_best_fifth_who_left(facts: Facts, everyone: list[dict[str, Any]]) -> None:
    buyers = [row for row in everyone if row["frequency"] is not None]
    best = sorted((row["spend"] for row in buyers), reverse=True)
    assert facts.at_risk
    assert best[len(buyers) // 5 - 1] == facts.at_risk.least
    gone = [row for row in buyers if row["p_alive"] < 0.5 and row["spend"] >= facts.at_risk.least]
    assert facts.at_risk.customers == len(gone) > 3
    assert facts.at_risk.spend == sum(row["spend"] for row in gone)
    ranked = sorted(gone, key=lambda row: (-row["spend"], row["customer_id"]))
    assert [each.customer_id for each in facts.at_risk.listed] == [row["customer_id"] for row in ranked[:20]]


def test_the_backtest_is_that_of_its_job(sail_engine: Engine, facts: Facts, log: Path, tmp_path: Path) -> None:
    found = backtested(sail_engine, log.read_text("utf-8").splitlines(), tmp_path)
    assert facts.backtest
    assert (facts.backtest.calibrated, facts.backtest.weeks) == (found.calibrated, found.weeks)
    assert (facts.backtest.purchases, facts.backtest.spend) == (found.compared.purchases, found.compared.spend)
    assert [each.name for each in facts.backtest.methods] == [each.name for each in found.compared.methods]
    assert facts.backtest.verdict == found.compared.verdict


def test_the_summary_holds_the_prediction_and_the_backtest(sail_engine: Engine, log: Path, tmp_path: Path) -> None:
    found = reported(sail_engine, logs_of(log), tmp_path / "out")
    summary = json.loads((tmp_path / "out.json").read_text())
    assert summary["output"].endswith("20170106_20170106124646_Report.html")
    assert summary["expected_spend"] == found.predicted["expected_spend"]
    assert summary["backtest"]["actual_purchases"] == found.facts.backtest.purchases  # type: ignore[union-attr]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["20170106_20170106124646_Report.html"]


@pytest.mark.spark
def test_both_engines_give_the_same_page(sail_engine: Engine, spark_engine: Engine, log: Path, tmp_path: Path) -> None:
    pages = {html(reported(engine, logs_of(log), tmp_path / engine.name)) for engine in (sail_engine, spark_engine)}
    assert len(pages) == 1


def test_a_table_gives_the_page_of_its_logs(sail_engine: Engine, log: Path, tmp_path: Path) -> None:
    from_logs = reported(sail_engine, logs_of(log), tmp_path / "out").facts
    ingest(sail_engine, [log], tmp_path / "table")
    found = reported(sail_engine, Table(EventTable(str(tmp_path / "table")).version(None)), tmp_path / "out").facts
    for name in ("headline", "best", "spenders", "segments", "cohorts", "backtest", "at_risk", "gaps", "doubts"):
        assert getattr(found, name) == getattr(from_logs, name)
    assert (found.quality.table, found.quality.rejected) == ("version 0", None)


ORDERS = [order(f"c{day % 3}", date(2017, 1, day), f"{day}.00", key=f"o{day}") for day in range(1, 29)]


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([event("SITE_VISIT", "a", "2017-01-01", key="v")], "Nobody has bought yet"),
        ([order("a", "2017-01-01", "5.00")], "a has spent most: 5.00 USD"),
        ([order("a", "2017-01-01", "-5.00")], "Nobody has bought yet"),
        ([order(name, "2017-01-01", "5.00") for name in "abc"], "a has spent most: 5.00 USD"),
        ([order("a", "2017-01-01", "0.00")], "a has spent most: 0.00 USD"),
        (ORDERS, "c1 has spent most: 145.00 USD"),
        ([order("a", "0001-01-01", "5.00"), order("a", "9999-12-31", "5.00")], "a has spent most: 10.00 USD"),
    ],
    ids=["visits", "one", "refunds", "one day", "zero", "few", "all of time"],
)
def test_what_is_not_there_is_said_in_its_place(
    sail_engine: Engine, lines: list[str], title: str, tmp_path: Path
) -> None:
    found = reported(sail_engine, logs_of(write(tmp_path / "log", *lines)), tmp_path / "out")
    assert len(titles(html(found))) == 10
    assert titles(html(found))[1] == title
    assert (found.predicted, found.facts.at_risk) == ({}, None)


def test_a_failed_run_leaves_no_page(sail_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="none of the 1 events was accepted"):
        reported(sail_engine, logs_of(write(tmp_path / "log", "{}")), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.html"))
    assert json.loads((tmp_path / "out.json").read_text())["error"]
