"""Rules 1 and 7: which ORDER events count, and for how much."""

from decimal import Decimal
from typing import Any

import pytest

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.ltv.orders import with_spend
from tests.ltv import at, events, order, same, visit

Rows = list[dict[str, Any]]

MON, TUE, WED, THU = (f"2017-01-0{day}" for day in (2, 3, 4, 5))


def text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def worth(
    engine: Engine, orders: Rows, order_updates: str = "replace", identity: str = "time"
) -> list[tuple[str, str, str, str | None]]:
    """Day, key, amount and what counts of it, of each ORDER event that is kept."""
    tallies = ltv.tallies(events(engine.session, *orders, identity=identity), identity)
    by_joins, by_windows = (
        sorted(
            (str(row.first_time.date()), row.label or "", str(row.amount), text(row.spend))
            for row in with_spend(tallies, ltv.Options(order_updates, identity, by_windows=by_windows))
            .where("is_kept")
            .collect()
        )
        for by_windows in (False, True)
    )
    assert by_joins == by_windows
    return by_joins


@pytest.mark.parametrize("by_windows", [False, True])
def test_every_event_has_its_spend_and_whether_it_is_kept(engine: Engine, by_windows: bool) -> None:
    log = [
        order("5", MON, "x"),
        order("7", TUE, "x", "UPDATE"),
        order("8", TUE, "x", "UPDATE"),
        order("1", WED, "y"),
        order("1", WED),
        order("-0.5", WED),
    ]
    frame = with_spend(ltv.tallies(events(engine.session, *log)), ltv.Options(by_windows=by_windows))
    same(
        frame.select("first_time", "label", "amount", "is_kept", "is_other_key", "is_other_amount", "spend"),
        [
            (at(MON), "x", Decimal(5), True, False, False, None),
            (at(TUE), "x", Decimal(7), False, False, False, None),
            (at(TUE), "x", Decimal(8), True, False, False, Decimal(8)),
            (at(WED), "y", Decimal(1), False, True, False, None),
            (at(WED), None, Decimal(1), False, False, True, None),
            (at(WED), None, Decimal("-0.5"), True, False, False, Decimal("-0.5")),
        ],
        "first_time timestamp_ntz, label string, amount decimal(18,4), is_kept boolean, is_other_key boolean, "
        "is_other_amount boolean, spend decimal(18,4)",
    )


def test_an_update_replaces_what_its_order_was_worth_up_to_then(engine: Engine) -> None:
    orders = [order("5", MON, "x"), order("6", TUE, "x"), order("7", WED, "x", "UPDATE"), order("8", THU, "x")]
    assert worth(engine, orders) == [
        (MON, "x", "5.0000", None),
        (TUE, "x", "6.0000", None),
        (WED, "x", "7.0000", "7.0000"),
        (THU, "x", "8.0000", "8.0000"),
    ]


def test_the_latest_update_wins_wherever_it_lies_in_the_log(engine: Engine) -> None:
    orders = [order("9", THU, "x", "UPDATE"), order("7", TUE, "x", "UPDATE"), order("5", MON, "x")]
    expected = [(MON, "x", "5.0000", None), (TUE, "x", "7.0000", None), (THU, "x", "9.0000", "9.0000")]
    assert worth(engine, orders) == expected
    assert worth(engine, orders[::-1]) == expected


def test_without_an_update_events_of_one_key_add_up(engine: Engine) -> None:
    orders = [order("5", MON, "x"), order("5", TUE, "x"), order("0", WED, "x")]
    assert [spend for *_, spend in worth(engine, orders)] == ["5.0000", "5.0000", "0.0000"]


def test_an_update_touches_its_own_order_of_its_own_customer_only(engine: Engine) -> None:
    orders = [
        order("5", MON, "x"),
        order("6", TUE, "y"),
        order("7", MON, "x", customer_id="b"),
        order("9", THU, "x", "UPDATE"),
    ]
    assert worth(engine, orders) == [
        (MON, "x", "5.0000", None),
        (MON, "x", "7.0000", "7.0000"),
        (TUE, "y", "6.0000", "6.0000"),
        (THU, "x", "9.0000", "9.0000"),
    ]


def test_orders_without_a_key_are_orders_of_their_own(engine: Engine) -> None:
    orders = [order("5", MON), order("6", TUE, None, "UPDATE"), order("7", WED, None, "UPDATE"), order("8", THU, "x")]
    assert [spend for *_, spend in worth(engine, orders)] == ["5.0000", "6.0000", "7.0000", "8.0000"]


def test_an_update_may_be_a_refund_or_nothing(engine: Engine) -> None:
    orders = [order("5", MON, "x"), order("0", TUE, "x", "UPDATE"), order("5", MON, "y", customer_id="b"),
              order("-2.5", TUE, "y", "UPDATE", "b")]  # fmt: skip
    assert [spend for *_, spend in worth(engine, orders)] == [None, None, "0.0000", "-2.5000"]


def test_with_add_every_order_event_adds(engine: Engine) -> None:
    orders = [order("5", MON, "x"), order("7", TUE, "x", "UPDATE"), order("6", WED, None, "UPDATE")]
    assert [spend for *_, spend in worth(engine, orders, "add")] == ["5.0000", "7.0000", "6.0000"]


@pytest.mark.parametrize("order_updates", ["replace", "add"])
@pytest.mark.parametrize(
    ("log", "kept"),
    [
        pytest.param([order("5", MON, "x")] * 3, [(MON, "x", "5.0000", "5.0000")], id="the same"),
        pytest.param(
            [order("5", MON, "x"), order("6", MON, "x"), order("4", MON, "x")],
            [(MON, "x", "4.0000", "4.0000")],
            id="other amounts",
        ),
        pytest.param(
            [order("5", MON, "x"), order("6", MON, "x"), order("5", MON, "x")],
            [(MON, "x", "5.0000", "5.0000")],
            id="the first amount again",
        ),
        pytest.param([order("5", MON, "x"), order("5", MON, "y")], [(MON, "y", "5.0000", "5.0000")], id="another key"),
        pytest.param([order("5", MON, "x"), order("5", MON)], [(MON, "", "5.0000", "5.0000")], id="no key any more"),
        pytest.param(
            [order("9", TUE, "x", "UPDATE"), order("9", TUE, "x"), order("5", MON, "x")],
            [(MON, "x", "5.0000", "5.0000"), (TUE, "x", "9.0000", "9.0000")],
            id="an update that is none any more",
        ),
        pytest.param(
            [order("9", TUE, "x", "UPDATE"), order("9", TUE, "y", "UPDATE"), order("5", MON, "x")],
            [(MON, "x", "5.0000", "5.0000"), (TUE, "y", "9.0000", "9.0000")],
            id="an update of another order",
        ),
    ],
)
def test_of_one_event_given_again_the_last_in_the_log_counts(
    engine: Engine, log: Rows, kept: list[tuple[str, ...]], order_updates: str
) -> None:
    assert worth(engine, log, order_updates) == kept


def test_the_last_in_the_log_is_told_by_its_position(engine: Engine) -> None:
    log = [{**order("5", MON, "x"), "place": 2**40}, {**order("6", MON, "x"), "place": 7}]
    assert worth(engine, log) == [(MON, "x", "5.0000", "5.0000")]


def test_by_key_orders_of_one_moment_are_told_apart_and_those_without_a_key_are_not(engine: Engine) -> None:
    orders = [order("1", MON, "x"), order("2", MON, "y"), order("3", MON), order("4", MON), order("5", MON, "x")]
    assert worth(engine, orders, identity="key") == [
        (MON, "", "4.0000", "4.0000"), (MON, "x", "5.0000", "5.0000"), (MON, "y", "2.0000", "2.0000"),
    ]  # fmt: skip
    assert worth(engine, orders) == [(MON, "x", "5.0000", "5.0000")]


def test_without_an_identity_every_event_counts_and_of_two_updates_of_one_moment_the_later(engine: Engine) -> None:
    orders = [
        order("1", MON, "x"), order("2", MON, "x"), order("3", TUE, "y"), order("4", TUE, "y", "UPDATE"),
        order("5", TUE, "y", "UPDATE"), order("6", TUE, "y"), order("7", WED, "y"),
    ]  # fmt: skip
    assert worth(engine, orders, identity="none") == [
        (MON, "x", "1.0000", "1.0000"), (MON, "x", "2.0000", "2.0000"), (TUE, "y", "3.0000", None), (TUE, "y", "4.0000", None),
        (TUE, "y", "5.0000", "5.0000"), (TUE, "y", "6.0000", None), (WED, "y", "7.0000", "7.0000"),
    ]  # fmt: skip
    assert [spend for *_, spend in worth(engine, orders, "add", "none")] == [
        row["amount"].to_eng_string() + ".0000" for row in orders
    ]


@pytest.mark.parametrize("by_windows", [False, True])
def test_orders_that_gave_way_to_another_key_or_amount_are_told_apart(engine: Engine, by_windows: bool) -> None:
    log = [
        order("1", MON, "x"), order("1", MON, "y"), order("2", TUE, "z"), order("3", TUE, "z"), order("3", TUE, "z"),
        order("4", WED, "u"), order("5", WED, "u", "UPDATE"), order("6", THU), order("7", THU), visit("a", MON), visit("a", MON),
    ]  # fmt: skip
    found = {}
    for identity in ("time", "key", "none"):
        tallies = ltv.tallies(events(engine.session, *log, identity=identity), identity)
        ledger = ltv.ledger(tallies, ltv.Options(identity=identity, by_windows=by_windows))
        account = ltv.account(ledger, tallies, "monday")
        found[identity] = (account.superseded_other_key, account.superseded_other_amount)
    # Of z the first has another amount than the winner; so has the first without a key.
    assert found == {"time": (1, 2), "key": (0, 2), "none": (0, 0)}
