"""What the reader settles itself is what the rules would say."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame

from sflydwh import events
from sflydwh.engine.engine import Engine
from sflydwh.formats.model import KINDS
from sflydwh.generator import LogRequest, write_log
from sflydwh.inputs.find import Inputs, find_inputs
from sflydwh.reader import FORMAT_NAME, EventsDataSource, reader_options
from sflydwh.reader.datasource import SETTLED_PIECES_SCHEMA
from sflydwh.reader.form import form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import SETTLED_ROWS_SCHEMA, Reading, rows
from tests.reader.reading import source_of
from tests.running import event, write

NOON = datetime(2017, 1, 6, 12)
TIME = ',"event_time":"2017-01-06T12:00:00Z"'


def read(data: bytes, settles: bool) -> list[dict[str, Any]]:
    with source_of(data) as source:
        reading = Reading(Limits(), settles=settles)
        batches = list(rows(source, form_of_source(source), 0, len(data), reading))
        assert {batch.schema for batch in batches} <= {reading.schema}
    return sorted((row for batch in batches for row in batch.to_pylist()), key=lambda row: int(row["offset"]))


def settled(kind: str, **values: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(SETTLED_ROWS_SCHEMA.names)
    return {**nothing, "offset": 0, "kind": KINDS[kind], "instant": NOON, **values}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('{"type":"SITE_VISIT","verb":"NEW","key":"k","customer_id":"c"%s}', settled("SITE_VISIT", customer_id="c")),
        ('{"type":"CUSTOMER","verb":"NEW","key":"k","customer_id":"c"%s}', settled("CUSTOMER", customer_id="k")),
        ('{"type":"IMAGE","key":"k","customer_id":"~ é"%s}', settled("IMAGE", customer_id="~ é")),
        (
            '{"type":"ORDER","verb":"UPDATE","key":"k","customer_id":7,"total_amount":"5 USD"%s}',
            settled("ORDER", verb="UPDATE", key="k", customer_id="7", amount=Decimal("5.0000")),
        ),
        (
            '{"type":"ORDER","customer_id":"!","total_amount":-1.5%s}',
            settled("ORDER", customer_id="!", amount=Decimal("-1.5000")),
        ),
    ],
)
def test_of_a_settled_event_only_what_counts_is_given(text: str, row: dict[str, Any]) -> None:
    assert read((text % TIME).encode(), settles=True) == [row]


def test_with_the_bytes_only_what_the_rules_must_judge_is_given() -> None:
    plain = b'{"type":"IMAGE","key":"k","customer_id":"c","event_time":"2017-01-06T12:00:00Z"}'
    late = b'{"type":"ORDER","customer_id":"c","total_amount":"5 EUR","event_time":"2017-01-06T12:00:00Z"}'
    for log in (
        plain,
        late,
        plain + b"\n" + late + b"\nnot JSON\n" + plain,
        b"[" + late + b"," + plain + b"," + late + b"]",
    ):
        with source_of(log) as source:
            form = form_of_source(source)
            judged, both = (
                [row for batch in rows(source, form, 0, len(log), reading) for row in batch.to_pylist()]
                for reading in (Reading(Limits(), with_raw=True, settles=True), Reading(Limits(), with_raw=True))
            )
        assert sorted(map(str, judged)) == sorted(str(row) for row in both if row["raw"] != plain)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"SURVEY","customer_id":"c"%s}', '{"type":"order","customer_id":"c","total_amount":"5"%s}',
        '{"type":"ORDERS","customer_id":"c","total_amount":"5"%s}', '{"type":"","customer_id":"c"%s}',
        '{"type":"IMAGE","customer_id":""%s}', '{"type":"IMAGE","customer_id":" c"%s}', '{"type":"IMAGE","customer_id":"\x7f"%s}',
        '{"type":"IMAGE","customer_id":"é"%s}', '{"type":"IMAGE","customer_id":null%s}', '{"type":"IMAGE","key":"c"%s}',
        '{"type":"CUSTOMER","customer_id":"c"%s}', '{"type":"IMAGE","customer_id":"c"%.0s}',
        '{"type":"IMAGE","customer_id":"c","event_time":"2017-01-06"%.0s}',
        '{"type":"ORDER","customer_id":"c"%s}', '{"type":"ORDER","customer_id":"c","total_amount":"5 EUR"%s}',
        '{"type":"ORDER","customer_id":"c","total_amount":"$5"%s}',
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_rules_as_it_is(text: str) -> None:
    data = (text % TIME).encode()
    [row] = read(data, settles=False)
    assert read(data, settles=True) == [{**row, "kind": None}]


TYPES = st.sampled_from(['"CUSTOMER"', '"SITE_VISIT"', '"IMAGE"', '"ORDER"', '"ORDER"', '"SURVEY"', '" "', "7"])
IDS = st.sampled_from(['"a"', '"!"', '"~"', '" a"', '""', '" "', '"\\u0061"', '"\xa0"', "12", "-0", "1.5", "null"])
TIMES = st.sampled_from(['"2017-01-06T12:00:00Z"', '"2017-01-06 12:00:00.5"', '"2017-01-06"', '"12:00"', "1483704000"])
AMOUNTS = st.sampled_from(['"5 USD"', '"5"', "5.25", '"$5"', '"5 EUR"', '"-3 USD"', "1e3", "null"])
VERBS = st.sampled_from(['"NEW"', '"UPDATE"', "null"])
FIELDS = st.fixed_dictionaries(
    {"type": TYPES},
    optional={"verb": VERBS, "key": IDS, "customer_id": IDS, "event_time": TIMES, "total_amount": AMOUNTS},
)


def text_of(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FIELDS, min_size=1, max_size=20))
def test_an_event_is_settled_as_the_rules_would_or_not_at_all(log: list[dict[str, str]]) -> None:
    data = "\n".join(map(text_of, log)).encode()
    found, judged = read(data, settles=True), read(data, settles=False)
    assert len(found) == len(judged)
    for row, whole in zip(found, judged, strict=True):
        if row["kind"] is None:
            assert row == {**whole, "kind": None}
            continue
        is_order = whole["type"] == "ORDER"
        customer_id = whole["key" if whole["type"] == "CUSTOMER" else "customer_id"]
        assert row["kind"] == KINDS[whole["type"]]
        assert row["customer_id"] == customer_id and customer_id.strip()
        assert row["instant"] == whole["instant"] is not None
        assert not is_order or row["amount"] == whole["amount"] is not None
        assert [row["key"], row["verb"]] == ([whole["key"], whole["verb"]] if is_order else [None, None])


def load(engine: Engine, inputs: Inputs, settles: bool) -> DataFrame:
    engine.session.dataSource.register(EventsDataSource)
    options = reader_options(inputs, 1 << 17, Limits(fast_from_bytes=0), settles=settles)
    return engine.session.read.format(FORMAT_NAME).options(**options).load()


def test_settled_or_judged_the_events_are_the_same(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    write_log(LogRequest(2_000, dirty=0.05), str(log))
    odd = write(tmp_path / "odd", event("SURVEY", "a", "2017-01-06"), "oops", event("ORDER", " ", "2017-01-06"))
    inputs = find_inputs([str(log), str(odd)])
    settled_pieces, judged_pieces = (load(engine, inputs, settles) for settles in (True, False))
    assert settled_pieces.columns == [column.split()[0] for column in SETTLED_PIECES_SCHEMA.split(", ")]
    assert {row.kind for row in settled_pieces.select("kind").distinct().collect()} == {None, *KINDS.values()}
    found, expected = (pieces.transform(events.events) for pieces in (settled_pieces, judged_pieces))
    assert_df_equality(found, expected, ignore_nullable=True, ignore_row_order=True)
