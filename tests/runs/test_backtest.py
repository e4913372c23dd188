"""The backtest from end to end, and its honesty."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError, UsageError
from sflydwh.formats.named import format_of
from sflydwh.predict.arrays import FloatArray
from sflydwh.runs.backtest import Test, backtest
from sflydwh.runs.settings import Settings
from tests.predict.cdnow import CALIBRATED, LAST, sample_orders
from tests.predict.shop import FIRST, backtested, order, shop
from tests.running import job, logs_of, write

END = FIRST + timedelta(weeks=60)
CUT = END - timedelta(weeks=20)


def test_cdnow(engine: Engine, tmp_path: Path) -> None:
    lines = [order(customer, day, amount) for customer, day, amount in sample_orders()]
    found = backtested(engine, lines, tmp_path, identity="none", as_of=LAST, weeks=39, model="bg-nbd")
    assert found.calibrated == CALIBRATED
    assert found.base.customers == 2357
    assert found.base.groups == 1016
    assert (found.compared.purchases, round(found.compared.spend, 2)) == (1882, 70976.39)
    assert "1,882" in found.as_text()
    assert "70,976.39" in found.as_text()
    purchases = [part.purchases / part.customers for part in found.compared.by_frequency]
    expected = [(part.model_purchases or 0) / part.customers for part in found.compared.by_frequency]
    assert purchases == pytest.approx([0.2367, 0.6970, 1.3925, 1.56, 2.5323, 2.9474, 3.8621, 6.3594], abs=5e-5)
    assert expected == pytest.approx([0.2251, 0.5231, 1.0441, 1.5203, 2.1639, 2.6538, 3.504, 6.157], rel=1e-4)
    model = found.compared.methods[0]
    assert model.purchases is not None
    assert model.spend is not None
    assert model.purchases.predicted == pytest.approx(1653.41, rel=1e-4)
    assert model.spend.predicted == pytest.approx(59931.63, rel=1e-4)
    assert found.visitors.customers == found.newcomers.customers == 0


def calibration(engine: Engine, lines: list[str], folder: Path) -> tuple[FloatArray, ...]:
    folder.mkdir()
    found = backtested(engine, lines, folder, as_of=END, weeks=20)
    rows = found.base.histories
    assert found.calibrated == CUT
    return (*rows.keys, rows.customers, rows.spend)


def test_nothing_of_the_holdout_is_seen_before(sail_engine: Engine, tmp_path: Path) -> None:
    lines = shop()
    later = [
        # An early order is corrected, and one is cancelled.
        order("c000", CUT + timedelta(days=9), "99999", key="o0", verb="UPDATE"),
        order("c001", CUT + timedelta(days=9), "0", key="o3", verb="UPDATE"),
        # A customer's second id, and a wrong clock.
        order("c000-again", CUT + timedelta(days=30), "20", key="x"),
        order("c002", "2099-01-01", "20", key="y"),
    ]
    early = [line for line in lines if f'"event_time": "{CUT + timedelta(days=1)}"' > _time_in(line)]
    plain = calibration(sail_engine, lines, tmp_path / "plain")
    for name, others in (("late", [*lines, *later]), ("early", [*early, order("z", END, "1")])):
        found = calibration(sail_engine, others, tmp_path / name)
        assert all((left == right).all() for left, right in zip(plain, found, strict=True))


def _time_in(line: str) -> str:
    start = line.index('"event_time"')
    return line[start : start + 26]


def test_customers_who_came_later_are_told_apart(sail_engine: Engine, tmp_path: Path) -> None:
    day = CUT + timedelta(days=3)
    lines = [*shop(), order("visitor", day, "7"), order("new", day, "11"), order("new", day + timedelta(days=1), "1")]
    found = backtested(sail_engine, lines, tmp_path, as_of=END, weeks=20)
    visitors, new = found.visitors, found.newcomers
    assert (visitors.customers, visitors.purchases, float(visitors.spend)) == (1, 1, 7.0)
    assert (new.customers, new.purchases, float(new.spend)) == (1, 2, 12.0)


def test_a_third_of_the_weeks_is_held_out(sail_engine: Engine, tmp_path: Path) -> None:
    found = backtested(sail_engine, shop(), tmp_path)
    assert found.weeks == 19


def test_a_failed_fit_leaves_the_other_methods(sail_engine: Engine, tmp_path: Path) -> None:
    days = [date(2017, 1, 2), date(2017, 1, 9), date(2017, 6, 5)]
    found = backtested(sail_engine, [order(each, day, "5") for each in "ab" for day in days], tmp_path, weeks=10)
    assert [each.name for each in found.compared.methods] == ["past rate", "spend to date"]
    assert "no model converged; only the other methods are compared" in found.summary.warnings


def test_what_cannot_be_tested(sail_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--holdout-weeks 500 is too long: purchases span only"):
        backtested(sail_engine, shop(), tmp_path, weeks=500)
    with pytest.raises(RunError, match="there is nothing to test"):
        backtested(sail_engine, [order("a", "2017-01-01", "-1")], tmp_path)


def test_formats_of_order_states_are_warned_of(sail_engine: Engine, tmp_path: Path) -> None:
    """What Shopify exports of an order is its last state: a refund of the holdout is in the calibration."""
    orders = [
        {
            "id": number,
            "created_at": f"{day}T10:00:00Z",
            "currency": "USD",
            "total_price": "9.00",
            "customer": {"id": number % 9},
        }
        for number, day in enumerate(str(FIRST + timedelta(days=3 * at)) for at in range(90))
    ]
    log = write(tmp_path / "orders.jsonl", *map(json.dumps, orders))
    how = Settings(output=str(tmp_path), staging=str(tmp_path / "staging"))
    found = backtest(job(sail_engine, how), logs_of(log, log_format=format_of("shopify")), Test(weeks=8))
    told = [warning for warning in found.warnings if "shopify holds only each order's last state" in warning]
    assert len(told) == 1
    assert told[0] in found.summary.warnings
    again = backtest(job(sail_engine, how), logs_of(write(tmp_path / "log", *shop())), Test(weeks=8))
    assert [warning for warning in again.warnings if "last state" in warning] == []
