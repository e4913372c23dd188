"""Rules 1 to 5 together: each piece becomes an event, or a reject with the first reason that holds."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

from chispa import assert_df_equality
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame

from sflydwh.engine.engine import Engine
from sflydwh.events import events, rejects, with_judgement
from sflydwh.events.judgement import customer_id
from sflydwh.formats.model import KINDS, REJECTED, UNKNOWN
from tests import oracle
from tests.events import a_few, pieces

NOON = "2017-01-06T12:00:00Z"
AT_NOON = datetime.fromisoformat("2017-01-06T12:00")
VISIT = {"type": "SITE_VISIT", "customer_id": "a", "event_time": NOON}
ORDER = {"type": "ORDER", "customer_id": "a", "event_time": NOON, "total_amount": "5 USD"}

EVENTS = (
    "customer_id string, event_time timestamp_ntz, kind int, place bigint, label string, is_update int, "
    "amount decimal(18,4)"
)


def same(found: DataFrame, rows: list[tuple[Any, ...]], schema: str) -> None:
    expected = found.sparkSession.createDataFrame(rows, schema)
    assert_df_equality(found, expected, ignore_nullable=True)


def test_a_customer_event_has_its_id_in_key_and_others_in_customer_id(engine: Engine) -> None:
    rows = [
        ("CUSTOMER", "k", "c", "k"),
        ("CUSTOMER", None, "c", None),
        ("CUSTOMER", " ", "c", None),
        ("customer", "k", "c", "c"),
        ("ORDER", "k", " c ", " c "),
        ("IMAGE", "k", "", None),
        ("SITE_VISIT", "k", "\t\u00a0", None),
        ("SURVEY", "k", None, None),
        (None, "k", "c", "c"),
    ]
    schema = "type string, key string, customer_id string, id string"
    frame = engine.session.createDataFrame([row[:3] for row in rows], schema.rpartition(",")[0])
    same(frame.withColumn("id", customer_id(frame.type, frame.key, frame.customer_id)), rows, schema)


def test_judgement_adds_the_values_and_the_reason(engine: Engine) -> None:
    frame = pieces(
        engine.session,
        ORDER,
        {**ORDER, "total_amount": "1e3"},
        {**VISIT, "event_time": "yesterday", "total_amount": "5"},
        {**VISIT, "event_time": None, "instant": AT_NOON},
        {**ORDER, "total_amount": None, "amount": Decimal("7.5")},
        {"reason": "malformed_json"},
    )
    same(
        frame.transform(with_judgement).select("position", "customer_id", "event_time", "amount", "reason"),
        [
            (0, "a", AT_NOON, Decimal(5), None),
            (1, "a", AT_NOON, None, "invalid_amount"),
            (2, "a", None, None, "invalid_event_time"),
            (3, "a", AT_NOON, None, None),
            (4, "a", AT_NOON, Decimal("7.5"), None),
            (5, None, None, None, "malformed_json"),
        ],
        "position bigint, customer_id string, event_time timestamp_ntz, amount decimal(18,4), reason string",
    )


def test_an_event_has_only_what_its_type_needs(engine: Engine) -> None:
    frame = pieces(
        engine.session,
        {**VISIT, "key": "page", "verb": "UPDATE", "total_amount": "5"},
        {"type": "CUSTOMER", "key": "a", "customer_id": "b", "event_time": NOON},
        {**VISIT, "type": "SURVEY"},
        ORDER,
        {**ORDER, "key": "o", "verb": "UPDATE", "position": 2**40},
        {**ORDER, "key": " ", "verb": "update", "total_amount": "-$1,234.5"},
        {**ORDER, "key": " o ", "verb": "NEW"},
    )
    same(
        frame.transform(events),
        [
            ("a", AT_NOON, KINDS["SITE_VISIT"], None, None, None, None),
            ("a", AT_NOON, KINDS["CUSTOMER"], None, None, None, None),
            ("a", AT_NOON, UNKNOWN, None, "SURVEY", None, None),
            ("a", AT_NOON, KINDS["ORDER"], 3, None, 0, Decimal(5)),
            ("a", AT_NOON, KINDS["ORDER"], 2**40, "o", 1, Decimal(5)),
            ("a", AT_NOON, KINDS["ORDER"], 5, None, 0, Decimal("-1234.5")),
            ("a", AT_NOON, KINDS["ORDER"], 6, " o ", 0, Decimal(5)),
        ],
        EVENTS,
    )


def test_a_reject_has_the_first_reason_that_holds_and_its_split(engine: Engine) -> None:
    nothing: dict[str, Any] = {}
    frame = pieces(
        engine.session,
        {**ORDER, "reason": "too_large", "split": 1},
        {"reason": "duplicate_field", "split": 2},
        nothing,
        {**ORDER, "type": " ", "customer_id": None},
        {**ORDER, "customer_id": "", "event_time": "12:00"},
        {**ORDER, "event_time": "12:00", "total_amount": "5 EUR"},
        {**ORDER, "total_amount": "5 EUR", "split": 7},
        {**ORDER, "total_amount": None},
    )
    reasons = [
        ("too_large", 1),
        ("duplicate_field", 2),
        ("missing_event_type", 0),
        ("missing_event_type", 0),
        ("missing_customer_id", 0),
        ("invalid_event_time", 0),
        ("unsupported_currency", 7),
        ("invalid_amount", 0),
    ]
    rejected = [(None, None, REJECTED, split, reason, None, None) for reason, split in reasons]
    same(frame.transform(events), rejected, EVENTS)


def test_rejects_come_in_input_order_with_their_place_and_bytes(engine: Engine) -> None:
    frame = pieces(
        engine.session,
        {"position": 90, "reason": "malformed_json", "source_file": "b", "offset": 10, "raw": b"\xff"},
        {**VISIT, "position": 20, "source_file": "a", "offset": 20, "raw": b"{}"},
        {**VISIT, "position": 30, "type": None, "source_file": "a", "offset": 30, "raw": b"{ }"},
        {**ORDER, "position": 100, "total_amount": "x", "source_file": "b", "offset": 20, "raw": b""},
    )
    same(
        frame.transform(rejects),
        [
            ("missing_event_type", "a", 30, b"{ }"),
            ("malformed_json", "b", 10, b"\xff"),
            ("invalid_amount", "b", 20, b""),
        ],
        "reason string, source_file string, offset bigint, raw binary",
    )


def maybe(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([*values, *values, "", " ", None])


FIELDS = st.fixed_dictionaries(
    {
        "type": maybe("CUSTOMER", "SITE_VISIT", "IMAGE", "ORDER", "SURVEY", "order"),
        "verb": maybe("NEW", "UPDATE"),
        "key": maybe("k", "\u2003"),
        "customer_id": maybe("c", " c"),
        "event_time": maybe("2017-01-06", "2016-02-29T23:59:59.123456789+05:30", "2017-02-29"),
        "total_amount": maybe("1.5", "$2 USD", "3 EUR", "1e3"),
    }
)


def row_of(place: int, fields: dict[str, str | None]) -> tuple[Any, ...]:
    verdict = oracle.judge(fields)
    if isinstance(verdict, str):
        return (None, None, REJECTED, 0, verdict, None, None)
    identity = (verdict.customer_id, verdict.event_time, KINDS.get(verdict.event_type, UNKNOWN))
    if verdict.event_type == "ORDER":
        return (*identity, place, verdict.key, int(verdict.verb == "UPDATE"), verdict.amount)
    return (*identity, None, None if verdict.event_type in KINDS else verdict.event_type, None, None)


@a_few
@given(rows=st.lists(FIELDS, min_size=100, max_size=100))
def test_every_piece_is_judged_as_the_oracle_judges_it(engine: Engine, rows: list[dict[str, str | None]]) -> None:
    found = map(tuple, pieces(engine.session, *rows).transform(events).collect())
    assert Counter(found) == Counter(row_of(place, fields) for place, fields in enumerate(rows))
