"""Checks the oracle itself against examples worked out by hand."""

import json
from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import REAL_LOGS

from .ltv import NoAcceptedEvent, answer, money
from .pieces import Number, object_fields, pieces, pieces_to_judge
from .rules import Event, dollars, instant, judge

# The tables are laid out by hand.
# fmt: off
A = b'{"type":"A"}'  # 12 bytes, puts its file in line form


def cut(data: bytes, limit: int = 100) -> list[tuple[int, bytes, str | None]]:
    return [(piece.offset, piece.raw, piece.reason) for piece in pieces(data, limit)]


def event(event_type: str, customer: str, time: str, **fields: object) -> bytes:
    owner = "key" if event_type == "CUSTOMER" else "customer_id"
    return json.dumps({"type": event_type, owner: customer, "event_time": time, **fields}).encode()


def order(customer: str, time: str, amount: str, **fields: object) -> bytes:
    return event("ORDER", customer, time, total_amount=amount, **fields)


def rows(*events: bytes, **options: object) -> list[str]:
    found = answer([("f", b"\n".join(events))], 10, **options)  # type: ignore[arg-type]
    return found.dat.decode().split("\n")[1:-1]


BAD = "malformed_json"
CUTS: list[tuple[str, bytes, list[tuple[int, bytes, str | None]]]] = [
    ("empty", b"", []),
    ("empty array", b"\xef\xbb\xbf[ ,\t]\r\n", []),
    ("BOM counts", b"\xef\xbb\xbf" + A, [(3, A, None)]),
    ("line breaks", A + b"\r\n" + A + b"\r" + A, [(0, A, None), (14, A, None), (27, A, None)]),
    ("array", b"[" + A + b",\n" + A + b"]", [(1, A, None), (15, A, None)]),
    ("several on a line", A + b"\n{}, {}{}]",
     [(0, A, None), (13, b"{}", None), (17, b"{}", None), (19, b"{}", None)]),
    ("rest of a line", A + b"\n\t, {} x ,\n", [(0, A, None), (14, b", {} x ,", BAD)]),
    ("object over lines", A + b'\n{"a":\n1}',
     [(0, A, None), (13, b'{"a":', BAD), (19, b"1}", BAD)]),
    ("mixed brackets", A + b'\n{"a":[}{}',
     [(0, A, None), (13, b'{"a":[}', BAD), (20, b"{}", None)]),
    ("braces in strings", A + b'\n{"}\\"{":1}', [(0, A, None), (13, b'{"}\\"{":1}', None)]),
    ("stream, two on a line", A + A, [(0, A, None), (12, A, None)]),
    ("stream, pretty", b'[\n{\n"a":\n1}, x\n "y,{}',
     [(2, b'{\n"a":\n1}', None), (13, b'x\n "y', BAD), (19, b"{}", None)]),
    ("stream, closed twice", b"{}}", [(0, b"{}", None), (2, b"}", BAD)]),
    ("stream, left open", b'{"a":{} ,\n', [(0, b'{"a":{} ,', BAD)]),
    ("stream, line break in a string", b'{"a \r\nb"} {}',
     [(0, b'{"a ', BAD), (6, b'b"}', BAD), (10, b"{}", None)]),
    ("stream, escaped line break", b'{"\\\n{}', [(0, b'{"\\', BAD), (4, b"{}", None)]),
    ("too large before malformed", b"x" * 101, [(0, b"x" * 101, "too_large")]),
    ("just not too large", b"x" * 100, [(0, b"x" * 100, BAD)]),
    ("a field twice", b'{"key":1,"\\u006bey":2}',
     [(0, b'{"key":1,"\\u006bey":2}', "duplicate_field")]),
    ("a field we do not read twice", b'{"a":1,"a":{"key":1,"key":1}}',
     [(0, b'{"a":1,"a":{"key":1,"key":1}}', None)]),
]


@pytest.mark.parametrize(("data", "expected"), [c[1:] for c in CUTS], ids=[c[0] for c in CUTS])
def test_pieces(data: bytes, expected: list[tuple[int, bytes, str | None]]) -> None:
    assert cut(data) == expected


@pytest.mark.parametrize(("before", "count"), [(262144 - 13, 3), (262144 - 12, 2)])
def test_form_is_decided_on_whole_lines_of_the_first_256_kib(before: int, count: int) -> None:
    assert len(pieces(b" " * (before - 1) + b"\n" + A + b"\n{\n}")) == count


def test_last_line_without_a_break_decides_the_form_only_where_the_file_ends() -> None:
    assert len(pieces(b"{\n}\n" + A)) == 3
    # 4 bytes, 262128 blanks and 12 bytes are 256 KiB; one byte more, and the line is cut off.
    assert len(pieces(b"{\n}\n" + b" " * 262128 + A)) == 3
    assert len(pieces(b"{\n}\n" + b" " * 262128 + A + b" ")) == 2
    # A byte order mark counts in the 256 KiB.
    assert len(pieces(b"\xef\xbb\xbf{\n}\n" + b" " * 262125 + A)) == 3
    assert len(pieces(b"\xef\xbb\xbf{\n}\n" + b" " * 262125 + A + b" ")) == 2


def test_default_limit_is_16_mib() -> None:
    assert pieces(b"x" * 16777216)[0].reason == BAD
    assert pieces(b"x" * 16777217)[0].reason == "too_large"


NOT_STRICTLY_VALID = [
    "", "1", "[]", "{}{}", "{,}", "{a:1}", "{'a':1}", "{:1}", '{"a"}', '{"a":}', '{"a":1}}',
    '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":NaN}', '{"a":-Infinity}', '{"a":1,}',
    '{"a":1 "b":2}', '{"a":1:2}', '{"a":[1}]', '{"a":[1,]}', '{"a":[,1]}', '{"a":[1]',
    '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\ud800"}', '{"a":[{"\\udc00":1}]}', '{"a":truefalse}',
    '{"a":\x00 1}', '{"a":\u00a01}',
]


@pytest.mark.parametrize("text", NOT_STRICTLY_VALID)
def test_not_strictly_valid(text: str) -> None:
    assert object_fields(text.encode()) is None


def test_strictly_valid() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert object_fields(b'{"a":' + deep + b"}") == [("a", None)]
    assert object_fields(b'{"a":"\xff"}') is None
    assert object_fields(b'{"a":"\xed\xa0\x80"}') is None  # a surrogate written in UTF-8
    text = rb' {"a":-1.50E+400,"b":"\ud83d\ude00\u00e9",'
    text += rb'"c":[],"d":{"e":[1,{}]},"\u0066":true,"g":null} '
    values = [("a", Number("-1.50E+400")), ("b", "\U0001f600\u00e9")]
    assert object_fields(text) == values + [(name, None) for name in "cdfg"]


JSON_PARTS = ["{", "}", "[", "]", ",", ":", '"a"', "1", "true", " ", '"b":', "{}", '{"c":']


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(JSON_PARTS)))
def test_strictness_is_that_of_json(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        is_object = isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    assert (object_fields(text.encode()) is not None) == is_object


FILE_PARTS = [A, b"{", b"}", b'"', b"\\", b"\n", b"\r\n", b"\r", b" ", b",", b"x", b'{"a":[1]}']


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FILE_PARTS)))
def test_every_byte_of_content_is_in_one_piece(parts: list[bytes]) -> None:
    data = b"".join(parts)
    at = 0
    for piece in pieces(data):
        assert not data[at : piece.offset].strip(b"[], \t\r\n")
        assert data[piece.offset : piece.offset + len(piece.raw)] == piece.raw
        at = piece.offset + len(piece.raw)
    assert not data[at:].strip(b"[], \t\r\n")


def test_rejects_file_is_input_again() -> None:
    def line(**raw: str) -> bytes:
        return json.dumps({"reason": "r", "source_file": "s", "offset": 7, **raw}).encode() + b"\n"

    def found(data: bytes, unwrap_rejects: bool = True) -> list[tuple[int, bytes, str | None]]:
        return [(p.offset, p.raw, p.reason) for p in pieces_to_judge(data, 200, unwrap_rejects)]

    first = line(raw='[{"type":"A"},\n{} {}\r')
    second = line(raw_base64=b64encode(b"\xff").decode())
    assert found(first) == [(0, A, None), (1, b"{}", None), (2, b"{}", None)]
    assert found(first, unwrap_rejects=False) == [(0, first[:-1], None)]
    assert found(first + second) == [*found(first), (len(first), b"\xff", BAD)]
    assert found(line(raw="{}", raw_base64="mended")) == [(0, b"{}", None)]
    assert found(line(raw=" ")) == []
    # Line breaks are blanks here: a pretty-printed event is one piece, and so is all that is not mended.
    pretty = b'{\n"type":"A"}'
    assert found(line(raw=f"\r\n{pretty.decode()}\n")) == [(0, pretty, None)]
    assert found(line(raw='\n{"type":"A"},{}\nx \r')) == [(0, A, None), (1, b"{}", None), (2, b"x", BAD)]
    assert found(line(raw='{"type":"\nA"}')) == [(0, b'{"type":"\nA"}', BAD)]
    no_source = b'{"reason":1,"offset":1,"raw":"{}"}\n'
    twice = b'{"reason":1,"source_file":1,"offset":1,"raw":"{}","raw":""}\n'
    for other in (line(type="A", raw="{}"), line(raw_base64="?"), line(), no_source, twice):
        assert found(other) == [(0, other[:-1], None)]


def test_valid_times() -> None:
    assert instant("2017-01-06") == datetime(2017, 1, 6)
    assert instant(" \t2017-01-06T12:46\r\n") == datetime(2017, 1, 6, 12, 46)
    assert instant("2017-01-06:12:46:46.38Z") == datetime(2017, 1, 6, 12, 46, 46, 380000)
    assert instant("2017-01-06t12:46:46.123456789z") == datetime(2017, 1, 6, 12, 46, 46, 123456)
    assert instant("2016-02-29 00:30:00+1400") == datetime(2016, 2, 28, 10, 30)
    assert instant("2016-12-31T23:30-01:00") == datetime(2017, 1, 1, 0, 30)
    assert instant("2017-01-06T00:00-23:59") == datetime(2017, 1, 6, 23, 59)
    assert instant("0001-01-01T00:00") == datetime(1, 1, 1)
    assert instant("0000-12-31T23:30-01:00") == datetime(1, 1, 1, 0, 30)
    assert instant("9999-12-31T23:59:59.9999999") == datetime.max


INVALID_TIMES = [
    "", "12:00", "2017", "2017-001-6", "2017-02-29", "2017-01-06Z", "2017-01-06T", "2017-01-06T12",
    "2017-01-06T24:00", "2017-01-06T12:00:60", "2017-01-06T12:00:00.", "2017-01-06T12:00:00,5",
    "2017-01-06T12:00:00.1234567890", "2017-01-06T12:00  Z", "2017-01-06T12:00+24:00",
    "2017-01-06T12:00+01:60", "2017-01-06T12:00+1", "2017-01-06  12:00", "\u00a02017-01-06",
    "\uff12017-01-06", "2017-01-06T12:00Z\n\x0b", "0000-12-31T23:30", "0000-06-01",
    "0001-01-01T00:30+01:00", "9999-12-31T23:30-01:00",
]


@pytest.mark.parametrize("text", INVALID_TIMES)
def test_invalid_times(text: str) -> None:
    assert instant(text) is None


VALID_AMOUNTS = {
    "100 USD": "100", "USD 5": "5", "usd5Usd": "5", "$5 USD": "5", "USD 5 USD": "5", "-0": "0",
    " $ 5.25\n": "5.25", "-5": "-5", "-$5": "-5", "-$ 5": "-5", "$-5": "-5", "$ -5": "-5",
    "USD -5": "-5", "usd-5": "-5", "1,234,567.8901": "1234567.8901", "007": "7", "5\tUSD": "5",
    "99999999999999.9999": "99999999999999.9999", "99,999,999,999,999": "99999999999999",
}
UNSUPPORTED = [
    "EUR 5", "5eur", "5 €", "€5", "-€5", "€-5", "$5 CAD", "€5 USD", "USD 5 €", "£1,234.50",
    "\uff045", "5\u20c0", "NaN 5", "xxx-5",
]
INVALID_AMOUNTS = [
    "", "NaN", "1e3", "+5", ".5", "5.", "1,23", "1,2345", "1,234,56", "12345,678", "1.00000",
    "100000000000000", "100,000,000,000,000", "- 5", "- $5", "-USD 5", "-EUR 5", "-$-5", "--5",
    "5-", "(5)", "5 $", "€5 $", "USD $5", "US$5", "C$5", "5 euro", "EUR", "5.00001 EUR", "USD", "$",
    "5 USD USD", "5 USD.", "5\u00a0USD", "\uff15", "5 U\u017fD", "5 5", "\x0b5",
]


def test_amounts() -> None:
    for text, value in VALID_AMOUNTS.items():
        assert (text, dollars(text)) == (text, Decimal(value))
    for text in UNSUPPORTED:
        assert (text, dollars(text)) == (text, "unsupported_currency")
    for text in INVALID_AMOUNTS:
        assert (text, dollars(text)) == (text, "invalid_amount")
    assert dollars(Number("-12.50")) == Decimal("-12.50")
    for number in (Number("1e3"), Number("1.00000"), None):
        assert dollars(number) == "invalid_amount"


BUY = {"type": "ORDER", "customer_id": "c", "event_time": "2017-01-06", "total_amount": "€1"}
FIVE = {"total_amount": Number("5"), "key": Number("7"), "verb": "UPDATE"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "missing_event_type"),
        ({"type": "\u3000", "key": "c"}, "missing_event_type"),
        ({"type": Number("1"), "key": "c"}, "missing_event_type"),
        ({"type": "CUSTOMER", "customer_id": "c"}, "missing_customer_id"),
        ({"type": "ORDER", "key": "c", "event_time": "x"}, "missing_customer_id"),
        ({"type": "customer", "key": "c"}, "missing_customer_id"),
        ({"type": "IMAGE", "customer_id": Number("1.0")}, "missing_customer_id"),
        ({"type": "IMAGE", "customer_id": "\t"}, "missing_customer_id"),
        (BUY | {"event_time": Number("2017")}, "invalid_event_time"),
        (BUY, "unsupported_currency"),
        (BUY | {"total_amount": None}, "invalid_amount"),
        (BUY | {"type": "IMAGE", "customer_id": " c "},
         Event(" c ", datetime(2017, 1, 6), "IMAGE", None, None, None)),
        (BUY | FIVE | {"customer_id": Number("-0")},
         Event("0", datetime(2017, 1, 6), "ORDER", "UPDATE", "7", Decimal(5))),
    ],
)
def test_reasons_in_order(fields: dict[str, str | Number | None], expected: Event | str) -> None:
    assert judge(fields) == expected


def test_summary_and_rank() -> None:
    one = [event("SITE_VISIT", "b", "2017-01-02"), order("b", "2017-01-02", "10"), b"bad"]
    one += [event("CUSTOMER", "d", "2017-01-02")]
    two = [order("b", "2017-01-02", "0.0001"), event("SITE_VISIT", "a", "2017-01-15")]
    two += [order("a", "2017-01-16", "0.0001")]
    two += [order('c,"', "2017-01-09", "-1.005") + event("VOTE", "z", "2017-01-30")]
    found = answer([("one", b"\n".join(one)), ("two", b"\n".join(two))], 10)
    # b: 52 x 1 x 0.0001 x 10 = 0.052, as a: the tie goes to a, so a comes last. c has no visit: 0.
    lines = ["d,0,0.00,0.00,1week", '"c,""",0,-1.01,0.00,1week']
    lines += ["b,1,0.00,0.05,1week", "a,1,0.00,0.05,1week", ""]
    assert found.dat.decode().split("\n")[1:] == lines
    assert (found.read, found.accepted, found.rejected, found.superseded) == (9, 8, 1, 1)
    assert (found.customers, found.customers_without_customer_event) == (4, 3)
    assert found.customers_with_spend_and_no_visit == 1
    assert found.by_type == {"CUSTOMER": 1, "SITE_VISIT": 2, "ORDER": 4, "VOTE": 1}
    assert found.reasons == {"malformed_json": 1}
    assert [(r["source_file"], r["raw"]) for r in found.rejects] == [("one", b"bad")]


def test_order_updates() -> None:
    events = [
        order("a", "2017-01-05", "1", key="k"),
        order("a", "2017-01-04", "40", key="k", verb="UPDATE"),
        order("a", "2017-01-03", "200", key="k", verb="UPDATE"),
        order("a", "2017-01-02", "3000", key="k"),
        order("a", "2017-01-01", "50000", key=None, verb="UPDATE"),
        order("a", "2017-01-06", "600000", key=" ", verb="UPDATE"),
        order("a", "2017-01-07", "7000000", key="other", verb="update"),
    ]
    assert rows(*events) == ["a,0,7650041.00,0.00,1week"]
    assert rows(*events, order_updates="add") == ["a,0,7653241.00,0.00,1week"]


def test_weeks() -> None:
    # Saturday 7, Sunday 8, Monday 9 January 2017; Monday 23.
    visits = [event("SITE_VISIT", "a", f"2017-01-{day}") for day in ("07", "08", "23")]
    buys = order("a", "2017-01-09", "3")
    both = [event("CUSTOMER", "a", "2017-01-07"), event("CUSTOMER", "a", "2017-01-23")]
    assert rows(*visits, buys) == ["a,3,3.00,4680.00,3weeks"]
    assert rows(*visits, buys, week_start="sunday") == ["a,3,3.00,4680.00,3weeks"]
    assert rows(*visits, buys, both[0]) == ["a,3,3.00,4680.00,1week"]
    sunday_8 = [event("CUSTOMER", "a", "2017-01-08"), both[1]]
    assert rows(*visits, buys, *sunday_8) == ["a,3,3.00,4680.00,3weeks"]
    assert rows(*visits, buys, *sunday_8, week_start="sunday") == ["a,3,3.00,4680.00,2weeks"]
    # Weekly: 52 x 3 x 7 / 5 weeks, the fifth for a vote of nobody on the Sunday before.
    vote = event("VOTE", "z", "2017-01-01T23:59:59")
    weekly = rows(*visits, buys, vote, formula="weekly", lifespan_years=Decimal(7))
    assert weekly == ["a,3,3.00,218.40,3weeks"]
    # From Saturday 7 to Monday 9: two weeks, 52 x 3 x 10 / 2.
    assert rows(*visits[:1], buys, formula="weekly") == ["a,1,3.00,780.00,1week"]
    first_days = [event("IMAGE", "a", "0001-01-01"), event("IMAGE", "a", "0001-01-14")]
    assert rows(*first_days) == ["a,0,0.00,0.00,1week"]
    assert rows(*first_days, week_start="sunday") == ["a,0,0.00,0.00,2weeks"]


def test_money_is_rounded_half_away_from_zero() -> None:
    values = {"0.005": "0.01", "-0.005": "-0.01", "-0.0049": "0.00", "-12.345": "-12.35"}
    values |= {"1.0049": "1.00", "1234.5": "1234.50"}
    assert {text: money(Fraction(text)) for text in values} == values


@pytest.mark.parametrize("option", ["formula", "order_updates", "week_start"])
def test_unknown_option(option: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        rows(event("IMAGE", "a", "2017-01-06"), **{option: "?"})


def test_no_accepted_event() -> None:
    empty = answer([("one", b""), ("two", b"[]\n")], 10)
    header = b"Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration\n"
    assert (empty.dat, empty.read) == (header, 0)
    with pytest.raises(NoAcceptedEvent) as failed:
        answer([("one", b"[]"), ("two", b" {}")], 10)
    reject = {"reason": "missing_event_type", "source_file": "two", "offset": 1, "raw": b"{}"}
    assert failed.value.rejects == [reject]


@pytest.mark.skipif(not REAL_LOGS.is_dir(), reason="the known answer is not here")
def test_known_answer() -> None:
    def numbers(line: str) -> tuple[str, list[Decimal], str]:
        customer, *figures, duration = line.split(",")
        return customer, [Decimal(figure) for figure in figures], duration

    found = answer([("seed_events.dat", (REAL_LOGS / "seed_events.dat").read_bytes())], 10)
    lines = found.dat.decode().splitlines()[1:]
    expected = (REAL_LOGS / "seed_expected_TOP10.dat").read_text().splitlines()[1:]
    assert [numbers(line) for line in lines] == [numbers(line) for line in expected]
