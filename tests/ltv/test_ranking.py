"""Rules 8 to 10: who is worth most, in exactly which order, and for how long."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pyspark.sql import DataFrame

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.ltv import Account, RankedCustomer, check_values_fit, customers, ranked
from tests.ltv import at, event, ledger, order, same, visit

LEDGER = (
    "customer_id string, visits bigint, spend decimal(38,4), first_customer_time timestamp_ntz, "
    "last_customer_time timestamp_ntz, first_other_time timestamp_ntz, last_other_time timestamp_ntz"
)
RANKED = "customer_id string, visits bigint, spend decimal(38,4), value decimal(38,4), first_week int, last_week int"
DAY = at("2017-01-06")
WEEK = 17_168  # of that day: its Monday is 2017-01-02


def rows_of(engine: Engine, *rows: tuple[str | None, int, str]) -> DataFrame:
    """A ledger of customers with their visits and spend, all seen on one day."""
    filled = [(customer_id, visits, Decimal(spend), None, None, DAY, DAY) for customer_id, visits, spend in rows]
    return engine.session.createDataFrame(filled, LEDGER)


def order_of(
    engine: Engine, rows: Sequence[tuple[str, int, str]], top: int = 100, formula: str = "simple"
) -> list[str]:
    return [row.customer_id for row in ranked(rows_of(engine, *rows), top, formula, "monday").collect()]


def test_the_best_come_first_with_their_value_and_weeks(engine: Engine) -> None:
    frame = rows_of(engine, ("a", 2, "21.2"), ("b", 1, "112.2"), ("c", 3, "-1"), ("d", 0, "1000"), (None, 9, "9"))
    same(
        ranked(frame, 3, "simple", "monday"),
        [
            ("b", 1, Decimal("112.2"), Decimal("112.2"), WEEK, WEEK),
            ("a", 2, Decimal("21.2"), Decimal("42.4"), WEEK, WEEK),
            ("d", 0, Decimal(1000), Decimal(0), WEEK, WEEK),
        ],
        RANKED,
        ordered=True,
    )


def test_weekly_ranks_by_spend_whatever_the_visits(engine: Engine) -> None:
    rows = [("a", 9, "1"), ("b", 0, "3"), ("c", 1, "-2"), ("d", 1, "2")]
    assert order_of(engine, rows, formula="weekly") == ["b", "d", "a", "c"]


def test_negative_spend_ranks_below_nothing(engine: Engine) -> None:
    rows = [("a", 2, "-0.0001"), ("b", 0, "-5"), ("c", 1, "0.0001"), ("d", 1, "-0.0001"), ("e", 0, "0")]
    assert order_of(engine, rows) == ["c", "b", "e", "d", "a"]


def test_ties_are_ranked_by_the_bytes_of_the_id(engine: Engine) -> None:
    ids = [
        "\x01",
        " a",
        "",
        "10",
        "2",
        "9",
        "A",
        "Z",
        "a",
        "a\x00",
        "a b",
        "aa",
        "b",
        "\x7f",
        "\u00e9",
        "\u0101",
        "\uff5e",
        "\U0001f600",
    ]
    in_order = sorted(ids, key=str.encode)
    rows = [(customer_id, 1, "5.00") for customer_id in sorted(ids, key=hash)]
    assert order_of(engine, rows) == in_order
    assert order_of(engine, rows, top=7) == in_order[:7]


def test_a_difference_in_the_last_digit_ranks(engine: Engine) -> None:
    rows = [("a", 3, "33333333333333333.3333"), ("b", 1, "100000000000000000"), ("c", 2, "49999999999999999.9999")]
    assert order_of(engine, rows) == ["b", "a", "c"]


def test_a_large_value_keeps_its_rank(engine: Engine) -> None:
    rows = [("a", 1, "1"), ("b", 10**9, "9999999999999999999999999.9999"), ("c", 10**9, "-9999999999999999999999999")]
    assert order_of(engine, rows) == ["b", "a", "c"]


@pytest.mark.parametrize(("top", "count"), [(1, 1), (2, 2), (2**31 - 1, 3), (2**31, 3), (10**12, 3)])
def test_n_above_the_number_of_customers_gives_all(engine: Engine, top: int, count: int) -> None:
    assert len(order_of(engine, [("a", 1, "1"), ("b", 1, "2"), ("c", 1, "3")], top)) == count


def durations(engine: Engine, *log: dict[str, Any], week_start: str = "monday") -> dict[str, int]:
    ranking = ranked(ledger(engine.session, *log), 100, "simple", week_start)
    return {customer.customer_id: customer.duration for customer in customers(ranking, Fraction(1))}


def test_a_duration_is_that_of_the_customer_events(engine: Engine) -> None:
    log = [
        event("CUSTOMER", "one", "2017-01-06"),
        visit("one", "2016-01-06"),
        visit("one", "2018-01-06"),
        event("CUSTOMER", "next", "2017-01-08"),
        event("CUSTOMER", "next", "2017-01-09"),
        event("CUSTOMER", "17", "2017-01-02"),
        event("CUSTOMER", "17", "2017-05-07T23:59:59.999999"),
        event("CUSTOMER", "17", "2017-03-01"),
        visit("none", "2017-01-06"),
        order("5", "2017-01-20", customer_id="none"),
        event("IMAGE", "none", "2016-12-30"),
    ]
    assert durations(engine, *log) == {"one": 1, "next": 1, "17": 17, "none": 3}


def test_the_first_day_of_the_week_moves_a_duration(engine: Engine) -> None:
    saturday, sunday, monday = "2017-01-07", "2017-01-15", "2017-01-16"
    days_of = {"a": (saturday, sunday), "b": (sunday, monday), "c": (saturday, monday)}
    log = [event("CUSTOMER", customer, day) for customer, days in days_of.items() for day in days]
    assert durations(engine, *log, week_start="monday") == {"a": 1, "b": 1, "c": 2}
    assert durations(engine, *log, week_start="sunday") == {"a": 2, "b": 1, "c": 2}


def test_simple_ltv_is_the_value_times_the_factor(engine: Engine) -> None:
    frame = rows_of(engine, ("a", 2, "21.2"), ("b", 1, "-0.01"))
    assert list(customers(ranked(frame, 10, "simple", "monday"), Fraction(520))) == [
        RankedCustomer("a", 2, Decimal("21.2"), Fraction(22048), 1),
        RankedCustomer("b", 1, Decimal("-0.01"), Fraction(-26, 5), 1),
    ]
    weekly = customers(ranked(frame, 1, "weekly", "monday"), Fraction(520, 3))
    assert list(weekly) == [RankedCustomer("a", 2, Decimal("21.2"), Fraction(11024, 3), 1)]


def test_values_that_no_engine_could_hold_fail() -> None:
    check_values_fit(Account(largest_visits=10**10, largest_spend=Decimal("999999999999999999999999.9999")))
    with pytest.raises(RunError, match=r"below 10\^34"):
        check_values_fit(Account(largest_visits=10**10, largest_spend=Decimal(10**24)))
