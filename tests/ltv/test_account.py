"""The account of a run: every piece accepted or rejected, and what the customers are like."""

from collections import Counter
from decimal import Decimal

from sflydwh.engine.engine import Engine
from sflydwh.ltv import Account
from tests.ltv import account, event, order, reject, visit


def test_all_of_a_log_is_accounted_for(engine: Engine) -> None:
    found = account(
        engine.session,
        event("CUSTOMER", "a"),
        visit("a"),
        visit("a"),
        visit("a", "2017-01-16"),
        order("-20", customer_id="b"),
        order("5.5", "2017-01-07", customer_id="b"),
        event("IMAGE", "c"),
        event("SURVEY", "d", "2017-01-30"),
        event("SURVEY", "d", "2017-01-30"),
        event("Survey", "a"),
        reject("malformed_json", 0),
        reject("malformed_json", 2),
        reject("invalid_amount", 2),
    )
    assert found == Account(
        by_type=Counter(CUSTOMER=1, SITE_VISIT=3, ORDER=2, IMAGE=1, SURVEY=2, Survey=1),
        reasons=Counter(malformed_json=2, invalid_amount=1),
        rejects_by_split=Counter({0: 1, 2: 2}),
        superseded=2,
        customers=3,
        customers_without_customer_event=2,
        customers_without_visit=1,
        weeks=5,
        largest_visits=2,
        largest_spend=Decimal("14.5"),
    )
    assert (found.read, found.accepted, found.rejected) == (13, 10, 3)


def test_an_empty_log_has_an_empty_account(engine: Engine) -> None:
    found = account(engine.session)
    assert found == Account()
    assert (found.read, found.accepted, found.rejected, found.weeks) == (0, 0, 0, 0)


def test_a_log_of_rejects_alone_has_no_week_and_no_customer(engine: Engine) -> None:
    found = account(engine.session, reject("missing_customer_id", 1))
    assert found == Account(reasons=Counter(missing_customer_id=1), rejects_by_split=Counter({1: 1}))


def test_unknown_types_alone_make_weeks_and_no_customer(engine: Engine) -> None:
    found = account(engine.session, event("SURVEY", time="2017-01-06"), event("QUIZ", time="2017-01-16"))
    by_type = Counter(SURVEY=1, QUIZ=1)
    assert found == Account(by_type=by_type, weeks=3)
    assert found.unknown_types == ("QUIZ", "SURVEY")


def test_the_timeframe_goes_from_the_first_week_to_the_last_of_all_accepted_events(engine: Engine) -> None:
    saturday, sunday, monday = "2017-01-07", "2017-01-08T23:59:59.999999", "2017-01-09"
    weekend = [event("CUSTOMER", "a", sunday), event("IMAGE", "b", saturday)]
    assert account(engine.session, *weekend, week_start="monday").weeks == 1
    new_week = [event("CUSTOMER", "a", sunday), event("SURVEY", "c", monday)]
    assert account(engine.session, *new_week, week_start="sunday").weeks == 1


def test_the_timeframe_may_be_all_of_time(engine: Engine) -> None:
    log = [visit(time="9999-12-31T23:59:59.999999"), event("CUSTOMER", time="0001-01-01")]
    assert account(engine.session, *log).weeks == 521_723


def test_a_customer_whose_orders_come_to_nothing_has_no_spend(engine: Engine) -> None:
    log = [order("5"), order("-5", "2017-01-07"), order("5", customer_id="b"), visit("b")]
    assert account(engine.session, *log).customers_without_visit == 0


def test_the_largest_refund_counts_as_the_largest_spend(engine: Engine) -> None:
    log = [order("99999999999999.9999"), order("-99999999999999.9999", customer_id="b"),
           order("-99999999999999.9999", "2017-01-07", customer_id="b")]  # fmt: skip
    assert account(engine.session, *log).largest_spend == Decimal("199999999999999.9998")
