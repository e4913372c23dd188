"""Purchase days and histories, from the ORDER events that count."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.predict.purchases import histories, purchase_days
from sflydwh.reader.batches import Gives
from sflydwh.runs.dated import day_number
from tests.predict.shop import order
from tests.running import logs_of, write

JANUARY = {number: f"2017-01-{number:02}" for number in range(1, 32)}

LINES = [
    # Two orders of a day, one later, and a refund.
    order("plain", "2017-01-02T08:00", "10", key="a"),
    order("plain", "2017-01-02T20:00", "5", key="b"),
    order("plain", JANUARY[9], "7.5", key="c"),
    order("plain", JANUARY[12], "-2.5", key="c"),
    # An UPDATE is dated at the first event of its order.
    order("updated", JANUARY[3], "10", key="a"),
    order("updated", JANUARY[20], "30", key="a", verb="UPDATE"),
    order("updated", JANUARY[25], "1", key="a"),
    # An order set to 0 is no purchase; an order of 0 is one.
    order("cancelled", JANUARY[4], "10", key="a"),
    order("cancelled", JANUARY[5], "0", key="a", verb="UPDATE"),
    order("gift", JANUARY[6], "0", key="a"),
    order("refunded", JANUARY[7], "-4", key="a"),
    # The same event twice: the later one counts.
    order("again", JANUARY[8], "1", key="a"),
    order("again", JANUARY[8], "2", key="a"),
    # An UPDATE without a key is an order of its own.
    order("keyless", JANUARY[1], "3"),
    order("keyless", JANUARY[2], "4", verb="UPDATE"),
]

DAYS = {
    ("plain", 2, 15.0, 1),
    ("plain", 9, 7.5, 1),
    ("plain", 12, -2.5, 0),
    ("updated", 3, 30.0, 1),
    ("updated", 25, 1.0, 1),
    ("cancelled", 4, 0.0, 0),
    ("gift", 6, 0.0, 1),
    ("refunded", 7, -4.0, 0),
    ("again", 8, 2.0, 1),
    ("keyless", 1, 3.0, 1),
    ("keyless", 2, 4.0, 1),
}
# Frequency, recency, age and later spend as of 31 January.
HISTORIES = {
    ("plain", 1, 7, 29, 5.0),
    ("updated", 1, 22, 28, 1.0),
    ("gift", 0, 0, 25, 0.0),
    ("again", 0, 0, 23, 0.0),
    ("keyless", 1, 1, 30, 4.0),
}


def days_of(engine: Engine, folder: Path, by_windows: bool, updates: str = "replace") -> Any:
    logs = logs_of(write(folder / "log.json", *LINES))
    tallies = logs.read(engine, Gives.COUNTED).transform(ltv.tallies, "time")
    return purchase_days(tallies, ltv.Options(updates, by_windows=by_windows))


@pytest.mark.parametrize("by_windows", [False, True])
def test_histories(engine: Engine, tmp_path: Path, by_windows: bool) -> None:
    days = days_of(engine, tmp_path, by_windows)
    base = day_number(date(2016, 12, 31))
    found = days.select("customer_id", F.col("day") - base, F.col("worth").cast("double"), "is_purchase")
    assert {tuple(row) for row in found.collect()} == DAYS
    rows = histories(days, day_number(date(2017, 1, 31))).withColumn("later_spend", F.col("later_spend").cast("double"))
    assert {tuple(row) for row in rows.collect()} == HISTORIES


def test_updates_that_add_are_orders_at_their_own_time(sail_engine: Engine, tmp_path: Path) -> None:
    base = day_number(date(2016, 12, 31))
    found = days_of(sail_engine, tmp_path, by_windows=False, updates="add").where(
        F.col("customer_id").isin("updated", "cancelled")
    )
    days = {(row.customer_id, row.day - base, float(row.worth), row.is_purchase) for row in found.collect()}
    assert days == {
        ("updated", 3, 10.0, 1),
        ("updated", 20, 30.0, 1),
        ("updated", 25, 1.0, 1),
        ("cancelled", 4, 10.0, 1),
        ("cancelled", 5, 0.0, 1),
    }
