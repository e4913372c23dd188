"""CSV against Python's own reader: the same records whatever the bytes and the blocks."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.errors import InputError, UsageError
from sflydwh.formats.format import Csv, Format
from sflydwh.formats.grammar import parse
from sflydwh.formats.judgement import Accepted, Rejected
from sflydwh.output.rejects import reject_line
from sflydwh.reader.csv_records import Cutter, csv_pieces, fields_of
from sflydwh.reader.pieces import Limits, Piece
from tests.reader.reading import source_of

ORDERS = """
[format]
name = "orders"
reads = "csv"
identity = "key"
customer = ["mail", "phone"]
time = "at"
key = "number"
{more}

[[event]]
type = "ORDER"
amount = "total"
"""
LOG = b'number,mail,at,total,note\r\n1,a,2024-01-05,5.00,"two\nlines, ""so"""\r\n\r\n2,b,2024-01-06,"1,000.00",\n'
PARTS = st.sampled_from(('"', '"', ",", "\n", "\r", "\r\n", "a", "b ", "é", ";", "\t", "''"))
texts = st.lists(PARTS, max_size=30).map("".join)


def format_of(more: str = "") -> Format:
    return parse(ORDERS.format(more=more), "orders.toml")


def pieces(data: bytes, log_format: Format, limits: Limits = Limits(), as_json: bool = False) -> list[Piece]:
    with source_of(data) as source:
        return [piece for found in csv_pieces(source, log_format, limits, as_json) for piece in found]


def outcome(piece: Piece) -> object:
    found = piece.outcome
    if isinstance(found, Rejected):
        return found.reason
    return (found.customer_id, str(found.amount)) if isinstance(found, Accepted) else found


@settings(max_examples=500, deadline=None)
@given(texts, st.sampled_from((",", ";", "\t", "é")), st.integers(1, 9))
def test_records_and_fields_are_those_of_the_csv_module(text: str, delimiter: str, block: int) -> None:
    data = text.encode("utf-8")
    separation = Csv(delimiter)
    cutter = Cutter(0, separation, Limits())
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    records = [*(record for each in blocks for record in cutter.feed(each)), *cutter.finish()]
    expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    assert [fields_of(record.raw, separation) for record in records] == expected
    assert [data[record.offset :][: record.length] for record in records] == [record.raw for record in records]


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(1, 9), st.integers(0, 12))
def test_a_record_above_the_limit_keeps_its_beginning_and_its_end(text: str, block: int, most: int) -> None:
    data = text.encode("utf-8")
    kept = most // 2
    whole = Cutter(0, Csv(), Limits())
    cutter = Cutter(0, Csv(), Limits(event_bytes=most, kept_bytes=kept))
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    found = [*(record for each in blocks for record in cutter.feed(each)), *cutter.finish()]
    expected = [*whole.feed(data), *whole.finish()]
    assert [(record.offset, record.length) for record in found] == [(each.offset, each.length) for each in expected]
    for record, each in zip(found, expected, strict=True):
        assert record.raw == (each.raw if each.length <= most else each.raw[:kept])


def test_events_of_a_csv_file() -> None:
    found = pieces(b"\xef\xbb\xbf" + LOG, format_of())
    assert [(piece.offset, outcome(piece)) for piece in found] == [(30, ("a", "5.0000")), (73, ("b", "1000.0000"))]
    assert found[0].raw == b'1,a,2024-01-05,5.00,"two\nlines, ""so"""'


def test_what_the_table_keeps_of_a_record_is_an_object_of_its_fields() -> None:
    [first, _] = pieces(LOG, format_of(), as_json=True)
    fields = {"number": "1", "mail": "a", "at": "2024-01-05", "total": "5.00", "note": 'two\nlines, "so"'}
    assert json.loads(first.raw) == fields


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,a,2024-01-05,5.00", "malformed_record"),
        (b"1,a,2024-01-05,5.00,x,y", "malformed_record"),
        (b"1,\xff,2024-01-05,5.00,x", "malformed_record"),
        (b"1,a\0,2024-01-05,5.00,x", "malformed_record"),
        (b"   ", "malformed_record"),
        (b"1, ,2024-01-05,5.00,x", "missing_customer_id"),
        (b"1,a,05.01.2024,5.00,x", "invalid_event_time"),
        (b"1,a,2024-01-05,EUR 5.00,x", "unsupported_currency"),
        (b"1,a,2024-01-05,,x", "invalid_amount"),
        (b"1,a,2024-01-05,5.00," + b"x" * 90, "too_large"),
    ],
)
def test_a_bad_record_is_one_reject_that_tells_its_header(line: bytes, reason: str) -> None:
    limits = Limits(event_bytes=80, kept_bytes=30)
    log_format = format_of('header = ["number", "mail", "at", "total", "note"]')
    good = b"number,phone,mail,at,total\n"
    [piece] = pieces(line + b"\n", log_format, limits)
    assert (piece.offset, outcome(piece), piece.header) == (0, reason, None)
    assert piece.raw == (line if reason != "too_large" else line[:30])
    [piece] = pieces(good + b"1\n", format_of(), limits)
    assert (piece.offset, outcome(piece), piece.header) == (len(good), "malformed_record", good.decode().strip())


def test_rejects_that_nobody_mended_are_refused_again_and_mended_ones_are_events() -> None:
    log = LOG + b"3,c,2024-01-07,x,\n4,\xff,2024-01-07,5,\n"
    refused = [piece for piece in pieces(log, format_of()) if isinstance(piece.outcome, Rejected)]
    lines = [
        reject_line(str(outcome(each)), "a.csv", each.offset, each.raw, each.header) for each in refused
    ]  # fmt: skip
    again = pieces(b"".join(lines), format_of())
    assert [(outcome(each), each.raw, each.header) for each in again] == [
        (outcome(each), each.raw, each.header) for each in refused
    ]
    mended = lines[0].replace(b",x,", b",7.5,")
    [piece, other] = pieces(mended + b"no reject\n", format_of())
    assert (outcome(piece), outcome(other)) == (("c", "7.5000"), "malformed_record")


def test_a_reject_of_any_size_comes_back() -> None:
    raw = b"3,c,2024-01-07,7.5," + b'"' + b'\n""' * 500_000 + b'"'
    line = reject_line("invalid_amount", "a.csv", 9, raw, "number,mail,at,total,note")
    for limits in (Limits(), Limits(event_bytes=len(raw), block_bytes=1 << 16)):
        found = pieces(b"\n" + line + line, format_of(), limits)
        assert [outcome(piece) for piece in found] == [("c", "7.5000")] * 2
    assert [outcome(piece) for piece in pieces(line, format_of(), Limits(event_bytes=len(raw) - 1))] == ["too_large"]


def test_what_was_too_large_is_not_ignored_when_it_comes_back() -> None:
    ignoring = format_of().text.replace("[[event]]", '[[event]]\nwhen = { total = "" }\ntype = "ignore"\n[[event]]', 1)
    log_format = parse(ignoring, "orders.toml")
    limits = Limits(event_bytes=80, kept_bytes=30)
    [piece] = pieces(b"number,mail,at,total\n1,a,2024-01-05," + b" " * 90 + b"\n", log_format, limits)
    again = reject_line("too_large", "a.csv", 0, piece.raw, piece.header)
    assert [outcome(each) for each in pieces(again, log_format, Limits(kept_bytes=30))] == ["malformed_record"]


def test_what_was_too_large_is_no_event_when_it_comes_back() -> None:
    limits = Limits(event_bytes=80, kept_bytes=30)
    log_format = format_of('header = ["number", "mail", "at", "total", "note"]')
    [piece] = pieces(b"1,a,2024-01-05,5.00," + b"x" * 90, log_format, limits)
    again = reject_line("too_large", "a.csv", 0, piece.raw)
    assert [outcome(each) for each in pieces(again, log_format, Limits(kept_bytes=30))] == ["malformed_record"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("number,mail,at,total,mail", "names the column 'mail' twice; its columns are number, mail, at, total, mail"),
        (
            "number,at,total",
            "has no column 'mail' or 'phone', which format orders reads; its columns are number, at, t",
        ),
        (
            "number\tmail\tat\ttotal",
            "has no column 'mail' or 'phone', which format orders reads; its columns are number\tmail",
        ),
        (
            '{"orders":[{"id":1}]}',
            "reads; it looks like JSON, not CSV: jobs/try_format.py EVENTS says which format fits",
        ),
        ("number,mail,\udcff,at,total", "its first line, the header, is not UTF-8 or holds a NUL byte"),
    ],
)
def test_a_header_that_does_not_fit_fails_the_run(header: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        pieces(header.encode("utf-8", "surrogateescape") + b"\n1,a,2024-01-05,5\n", format_of())
    assert message in str(raised.value)


EVERY_PATH = """
[format]
name = "every"
reads = "csv"
identity = "key"
customer = "c0"
time = "c1"
key = "c2"
verb = { path = "c3" }
otherwise = "c4"

[[event]]
when = { c5 = "x" }
type = "ORDER"
verb = { path = "c6" }
customer = "c7"
time = { path = "c8", unit = "s" }
key = "c9"
amount = { path = "c10", currency = "c11", times = "c12", less = "c13" }
"""


def test_every_column_that_a_format_reads_has_to_be_there() -> None:
    log_format = parse(EVERY_PATH, "every.toml")
    names = [f"c{number}" for number in range(14)]
    assert sorted(name for (name,) in log_format.columns_missing([])) == sorted(names)
    for name in names:
        others = ",".join(each for each in names if each != name)
        with pytest.raises(InputError, match=f"has no column '{name}'"):
            pieces(others.encode() + b"\n", log_format)
        with pytest.raises(UsageError, match=f"it has no column '{name}'"):
            parse(EVERY_PATH.replace("reads", f"header = {others.split(',')}\nreads"), "every.toml")


def test_columns_may_be_separated_by_runs_of_blanks() -> None:
    log_format = format_of('delimiter = "blanks"\nheader = ["number", "mail", "at", "total"]')
    found = pieces(b' 1  a\t20240105 5\n   \n2 "b  2024-01-05 1\r\n3 c 2024-01-05\n', log_format)
    assert [outcome(piece) for piece in found] == ["invalid_event_time", ('"b', "1.0000"), "malformed_record"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"number,mail,at,total\n", b"number,mail,at,total"])
def test_a_header_alone_holds_no_event(data: bytes) -> None:
    assert pieces(data, format_of()) == []
