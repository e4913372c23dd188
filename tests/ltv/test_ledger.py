"""The ledger: a row a customer and an unknown type, in which every accepted piece is counted once."""

from decimal import Decimal
from typing import Any

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.ltv.ledger import counted_names
from tests.ltv import at, event, events, ledger, order, reject, same, visit

LEDGER = (
    "customer_id string, unknown_type string, customer_pieces bigint, site_visit_pieces bigint, image_pieces bigint, "
    "order_pieces bigint, unknown_pieces bigint, events bigint, superseded_other_key bigint, superseded_other_amount bigint, "
    "visits bigint, spend decimal(38,4), "
    "first_customer_time timestamp_ntz, last_customer_time timestamp_ntz, "
    "first_other_time timestamp_ntz, last_other_time timestamp_ntz"
)
NAMES = [column.split()[0] for column in LEDGER.split(", ")]


def row(customer_id: str | None = None, **values: Any) -> tuple[Any, ...]:
    """A row that states only what matters: counts are 0, the rest is null."""
    counts = dict.fromkeys(NAMES[2:11], 0)
    known = {**counts, "spend": Decimal(0), "customer_id": customer_id, **values}
    assert not known.keys() - set(NAMES)
    return tuple(at(known.get(name)) if name.endswith("time") else known.get(name) for name in NAMES)


def test_a_customers_events_are_added_up(engine: Engine) -> None:
    found = ledger(
        engine.session,
        event("CUSTOMER", "a", "2017-01-06T12:00"),
        visit("a", "2017-01-05"),
        visit("a", "2017-01-07"),
        event("IMAGE", "a", "2017-01-08"),
        order("5.5", "2017-01-09"),
        order("-2.25", "2017-01-04"),
        event("CUSTOMER", "a", "2017-03-01"),
        visit("b", "0001-01-01"),
    )
    same(
        found,
        [
            row(
                "a",
                customer_pieces=2,
                site_visit_pieces=2,
                image_pieces=1,
                order_pieces=2,
                events=7,
                visits=2,
                spend=Decimal("3.25"),
                first_customer_time="2017-01-06T12:00",
                last_customer_time="2017-03-01",
                first_other_time="2017-01-04",
                last_other_time="2017-01-09",
            ),
            row(
                "b",
                site_visit_pieces=1,
                events=1,
                visits=1,
                first_other_time="0001-01-01",
                last_other_time="0001-01-01",
            ),
        ],
        LEDGER,
    )


def test_superseded_events_are_pieces_and_not_events(engine: Engine) -> None:
    day = "2017-01-06"
    log = [visit(), order("5", key="x"), visit(), order("6", key="y"), order("5", key="x"), visit()]
    times = {"first_other_time": day, "last_other_time": day}
    same(
        ledger(engine.session, *log),
        [
            row(
                "a",
                site_visit_pieces=3,
                order_pieces=3,
                events=2,
                superseded_other_key=1,
                visits=1,
                spend=Decimal(5),
                **times,
            )
        ],
        LEDGER,
    )


def test_events_of_one_time_and_of_other_types_are_not_the_same(engine: Engine) -> None:
    times = {f"{edge}_{kind}_time": "2017-01-06" for edge in ("first", "last") for kind in ("customer", "other")}
    log = [event(kind) for kind in ("CUSTOMER", "SITE_VISIT", "IMAGE")] + [order("5")]
    pieces = {"customer_pieces": 1, "site_visit_pieces": 1, "image_pieces": 1, "order_pieces": 1}
    same(ledger(engine.session, *log), [row("a", **pieces, events=4, visits=1, spend=Decimal(5), **times)], LEDGER)


def test_an_unknown_type_has_a_row_of_its_own_and_makes_no_customer(engine: Engine) -> None:
    log = [event("SURVEY", "a"), event("SURVEY", "b", "2017-02-01"), event("SURVEY", "a"), event("order", "a")]
    same(
        ledger(engine.session, *log),
        [
            row(
                unknown_type="SURVEY",
                unknown_pieces=3,
                events=2,
                first_other_time="2017-01-06",
                last_other_time="2017-02-01",
            ),
            row(
                unknown_type="order",
                unknown_pieces=1,
                events=1,
                first_other_time="2017-01-06",
                last_other_time="2017-01-06",
            ),
        ],
        LEDGER,
    )


def test_ids_that_look_alike_are_different_customers(engine: Engine) -> None:
    ids = ["a", "A", " a", "a ", "\u00e9", "e\u0301", "0", "00"]
    rows = ledger(engine.session, *(visit(customer_id) for customer_id in ids)).collect()
    assert sorted(found.customer_id for found in rows) == sorted(ids)


def test_rejects_are_counted_by_reason_and_split_and_nowhere_else(engine: Engine) -> None:
    log = [
        reject("malformed_json", 0),
        reject("malformed_json", 0),
        reject("malformed_json", 3),
        reject("invalid_amount", 3),
        reject("missing_customer_id", 3),
    ]
    tallies = ltv.tallies(events(engine.session, *log))
    rows = [
        (0, "malformed_json", 0, 2), (0, "malformed_json", 3, 1), (0, "invalid_amount", 3, 1), (0, "missing_customer_id", 3, 1),
    ]  # fmt: skip
    same(counted_names(tallies), rows, "kind int, label string, place bigint, pieces bigint")
    same(ltv.ledger(tallies, ltv.Options()), [], LEDGER)


def test_a_reject_beside_events_changes_nothing_about_them(engine: Engine) -> None:
    log = [visit(), reject("invalid_amount"), order("5"), reject("invalid_amount")]
    clean = ledger(engine.session, visit(), order("5"))
    same(ledger(engine.session, *log), list(map(tuple, clean.collect())), LEDGER)
