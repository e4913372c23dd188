"""Records like one before: whatever a line that is nearly like another holds, it is judged as the exact path has it."""

import random

import pytest

from sflydwh.formats.named import format_of
from sflydwh.reader.fast_path import FastPath
from sflydwh.reader.form import Form
from sflydwh.reader.tables import tables_of
from tests.reader.both_paths import PADDING, assert_same

SFLY = (
    (
        '{"type": "ORDER", "verb": "NEW", "key": "68d84e5d1a43", "event_time": "2017-01-06T12:55:55.555Z", '
        '"customer_id": "96f55c7d8f42", "total_amount": "12.34 USD"}'
    ),
    '{"type":"SITE_VISIT","key":"","event_time":"2017-01-06","customer_id":17,"tags":[{"a":"é"},-1.5e3,null,[]],"x":"\\n"}',
    '{"verb":"UPDATE","type":"CUSTOMER","key":"c","event_time":"2017-01-06T1:2:3 +0100","last_name":null}',
)
SEGMENT = (
    (
        '{"type":"track","event":"Order Completed","userId":"u1","timestamp":"2024-01-05T10:00:00.000Z",'
        '"properties":{"order_id":"o-1","total":35.98,"currency":"USD","products":[{"sku":"a","price":1}]}}'
    ),
    '{"type":"track","event":"Product Viewed","anonymousId":"a-1","userId":null,"timestamp":"2024-01-05T10:00:00Z"}',
    '{"type":"page","messageId":"m1","userId":"","anonymousId":"a","timestamp":"2024-01-05","context":{"ip":"::1"}}',
)
GA4 = (
    (
        '{"event_name":"purchase","event_timestamp":"1612069510766593","user_pseudo_id":"1.2","event_params":'
        '[{"key":"currency","value":{"string_value":"USD"}},{"key":"page_location","value":{"string_value":"/a"}}],'
        '"ecommerce":{"transaction_id":"t1","purchase_revenue":35.980000000000004}}'
    ),
    (
        '{"event_name":"page_view","event_timestamp":"1612069510766593","user_id":"(not set)","user_pseudo_id":"1.2",'
        '"event_params":[{"key":"page_location","value":{"string_value":"/a"}}],"ecommerce":null}'
    ),
)
RECORDS = {"sfly": SFLY, "segment": SEGMENT, "ga4": GA4}
# What changes how bytes are read: marks of JSON, blanks, parts of numbers and times, and what is no UTF-8.
OTHERS = tuple(bytes([byte]) for byte in b'"\\{}[]:, \t\r\n\0-+.019eEzZUtua$\xff\xc3')


def with_each_byte_changed(record: bytes, others: tuple[bytes, ...]) -> list[bytes]:
    """A record with each byte in turn left out, or another one in its place or before it."""
    changed = [record[:at] + record[at + 1 :] for at in range(len(record))]
    for other in others:
        changed += [record[:at] + other + record[at + 1 :] for at in range(len(record))]
        changed += [record[:at] + other + record[at:] for at in range(len(record) + 1)]
    return changed


@pytest.mark.parametrize("name", RECORDS)
def test_a_line_with_any_byte_changed_is_judged_as_if_it_were_alone(name: str) -> None:
    chance = random.Random(name)
    log_format = format_of(name)
    for record in RECORDS[name]:
        text = record.encode()
        lines = with_each_byte_changed(text, tuple(chance.sample(OTHERS, 9)))
        # The line as it is stands between the others, so that it is what they are held against.
        log = b"\n".join(part for line in lines for part in (text, line)) + b"\n" + PADDING
        assert_same(log, log_format)


@pytest.mark.parametrize("name", RECORDS)
def test_so_it_is_in_a_stream_and_of_records_of_many_kinds(name: str) -> None:
    chance = random.Random(name)
    records = [record.encode() for record in RECORDS[name]]
    changed = [line for record in records for line in chance.sample(with_each_byte_changed(record, OTHERS), 300)]
    for _ in range(3):
        chance.shuffle(changed)
        log = b"[" + b",\n".join(part for line in changed for part in (chance.choice(records), line)) + b"]" + PADDING
        assert_same(log, format_of(name), Form.STREAM)


@pytest.mark.parametrize("name", RECORDS)
def test_records_like_one_before_are_many(name: str) -> None:
    log_format = format_of(name)
    tables = tables_of(log_format)
    assert tables is not None
    fast = FastPath(tables, len(log_format.places.paths), 1 << 20)
    lines = "\n".join(RECORDS[name] * 50).encode() + b"\n" + PADDING
    _, records, left = fast.take_lines(lines)
    assert (len(records.kind), len(left)) == (50 * len(RECORDS[name]), 0)
    assert fast.hits >= 49 * len(RECORDS[name])


def test_more_kinds_of_records_than_are_kept_are_all_read() -> None:
    lines = [
        f'{{"type":"SITE_VISIT","customer_id":"{number}","event_time":"2017-01-06","name {number % 40}":{number}}}'
        for number in range(3_000)
    ]
    assert_same("\n".join(lines).encode() + b"\n" + PADDING, format_of("sfly"))
