"""One piece judged exactly."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from sflydwh.formats.judgement import Accepted, Rejected, judge
from sflydwh.formats.model import DUPLICATE_FIELD
from sflydwh.formats.named import format_of
from sflydwh.formats.values import JsonObject, NumberText
from sflydwh.reader.strict import decoded, has_type, is_event, tells_lines, wrapped
from tests.oracle.pieces import object_fields
from tests.reader.logs import damage, events
from tests.reader.reading import SFLY

FIELDS = ("type", "verb", "key", "customer_id", "event_time", "total_amount")


def fields(raw: bytes) -> dict[str, Any] | None:
    """The fields of the model in a piece; None for no strict JSON object."""
    record = decoded(raw)
    return None if record is None else {name: value for name, value in record.pairs if name in FIELDS}


MALFORMED = [
    b"", b" ", b"1", b"null", b'"a"', b"[]", b"[{}]", b"{}{}", b"{} x", b"x {}", b"{}\x00", b"\x00{}", b"\xef\xbb\xbf{}",
    b"\xc2\xa0{}", b"{,}", b"{a:1}", b"{'a':1}", b'{"a"}', b'{"a":}', b'{"a":1,}', b'{"a":1 "b":2}', b'{"a":1:2}',
    b'{"a":[1,]}', b'{"a":[,1]}', b'{"a":[1}', b'{"a":1', b'{"a":01}', b'{"a":1.}', b'{"a":.5}', b'{"a":+1}', b'{"a":-}',
    b'{"a":1e}', b'{"a":0x1}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":nan}', b'{"a":True}',
    b'{"a":"\t"}', b'{"a":"\n"}', b'{"a":"\x00"}', b'{"a":"\x1f"}', b'{"a":"\\x"}', b'{"a":"\\u12"}', b'{"a":"\\u12g4"}',
    b'{"a":"\xff"}', b'{"a":"\xc3"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xf4\x90\x80\x80"}', b'{"\xff":1}',
    b'{"a":"\\ud800"}', b'{"a":"\\udc00"}', b'{"a":"\\ud800\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":"\\uD800x"}',
    b'{"\\ud800":1}', b'{"a":[{"b":"\\ud800"}]}', b'{"a":[{"\\ud800":1}]}', b'{"a":"\\ud800","a":1}',
    "{“a”:1}".encode(), b'{"a":1}//', b'{/**/"a":1}',
]  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_is_no_strict_json_object_is_malformed(raw: bytes) -> None:
    assert decoded(raw) is None
    assert not tells_lines(raw, SFLY)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"{}", {}),
        (b' \t\r\n{"type" :\n"A" }\r\n', {"type": "A"}),
        (b'{"\\u0074ype":"\\u0041\\ud83d\\ude00\\n"}', {"type": "A\U0001f600\n"}),
        (b'{"type":"\\\\ud800","verb":"\x7f"}', {"type": "\\ud800", "verb": "\x7f"}),
        ('{"key":"é\u2028\U0010ffff"}'.encode(), {"key": "é\u2028\U0010ffff"}),
        (b'{"key":"","verb":" "}', {"key": "", "verb": " "}),
        (b'{"a":1,"a":2,"b":{"key":1,"key":2}}', {}),
        (b'{"a":1e400,"b":-0.0E-0,"c":' + b"9" * 5_000 + b"}", {}),
        (b'{"Type":"A"," key":"B","__proto__":{}}', {}),
    ],
)
def test_the_texts_of_a_good_piece(raw: bytes, found: dict[str, str]) -> None:
    assert {name: value for name, value in (decoded(raw) or JsonObject([])).pairs if name in FIELDS} == found


def test_numbers_keep_their_text() -> None:
    texts = ["1", "-0", "12.10", "1E+2", "0.0e-0", "7" * 6_000]
    for text in texts:
        found = fields(b'{"key":%b}' % text.encode())
        assert found == {"key": text}
        assert isinstance(found["key"], NumberText)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_we_read_given_twice_is_refused(name: str) -> None:
    field = name.encode()
    hidden = b"\\u%04x" % field[0] + field[1:]
    for second in (field, hidden):
        for value in (b'"A"', b"null", b"{}"):
            raw = b'{"%b":"A","x":1,"%b":%b}' % (field, second, value)
            assert judge(SFLY, decoded(raw) or JsonObject([])) == Rejected(DUPLICATE_FIELD)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
@pytest.mark.parametrize("depth", [300, 900, 1_100, 20_000])
def test_nesting_has_no_limit(opening: bytes, closing: bytes, depth: int) -> None:
    nested = opening * depth + b"0" + closing * depth
    assert fields(b'{"type":"A","x":' + nested + b',"total_amount":1.50}') == {"type": "A", "total_amount": "1.50"}
    assert decoded(b'{"type":"A","x":' + nested[:-1] + b"}") is None
    twice = decoded(b'{"key":1,"x":' + nested + b',"key":2}')
    assert twice is not None and judge(SFLY, twice) == Rejected(DUPLICATE_FIELD)
    assert tells_lines(b'{"type":"A","x":' + nested + b"}", SFLY)


@pytest.mark.parametrize("depth", [0, 300, 990, 20_000])
def test_nesting_beside_a_path_makes_no_difference(depth: int) -> None:
    record = (
        b'{"type":"track","event":"Order Completed","userId":"a","timestamp":"2020-01-01T00:00:00Z","context":%b,'
        b'"properties":{"order_id":"o1","total":20,"x":[{"y":%b}]}}'
    )
    nested = b"[" * depth + b"0" + b"]" * depth
    found = decoded(record % (nested, nested))
    assert found is not None
    micros = 1_577_836_800_000_000
    assert judge(format_of("segment"), found) == Accepted(
        "ORDER", "a", micros, "UPDATE", "o1", Decimal("20.0000"), rule=0
    )


@pytest.mark.parametrize("depth", [1, 20_000])
def test_a_name_given_twice_is_seen_beside_any_nesting(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    found = decoded(b'{"type":"track","context":%b,"properties":{"total":1,"total":2}}' % nested)
    assert found is not None and judge(format_of("segment"), found) == Rejected(DUPLICATE_FIELD)


@settings(max_examples=150, deadline=None)
@given(events() | damage())
def test_judgement_is_that_of_the_oracle(raw: bytes) -> None:
    right = object_fields(raw)
    found = decoded(raw)
    assert (found is None) == (right is None)
    assert [name for name, _ in (found or JsonObject([])).pairs] == [name for name, _ in right or []]
    assert has_type(raw) == ("type" in dict(right or []))


def record(raw: bytes) -> JsonObject:
    found = decoded(raw)
    assert found is not None
    return found


def test_what_a_reject_carries() -> None:
    head = b'{"reason":"r","source_file":"s","offset":1,'
    assert wrapped(record(head + b'"raw":"\\u007b}\xc3\xa9"}')) == "{}é".encode()
    assert wrapped(record(head + b'"raw":""}')) == b""
    assert wrapped(record(head + b'"raw_base64":"%b"}' % b64encode(b"\xff"))) == b"\xff"
    assert wrapped(record(head + b'"raw":"mended","raw_base64":"/w=="}')) == b"mended"


@pytest.mark.parametrize(
    "members",
    [
        b'"source_file":"s","offset":1,"raw":"{}"',
        b'"reason":"r","offset":1,"raw":"{}"',
        b'"reason":"r","source_file":"s","raw":"{}"',
        b'"reason":"r","source_file":"s","offset":1',
        b'"reason":"r","source_file":"s","offset":1,"raw":1',
        b'"reason":"r","source_file":"s","offset":1,"raw":["{}"]',
        b'"reason":"r","source_file":"s","offset":1,"raw":"{}","raw":""',
        b'"reason":"r","source_file":"s","offset":1,"raw_base64":"?"',
        b'"reason":"r","source_file":"s","offset":1,"raw_base64":7777',
        b'"reason":"r","source_file":"s","offset":1,"raw":"{}","type":"A"',
        b'"reason":"r","source_file":"s","offset":1,"raw":"{}","type":null',
    ],
)
def test_what_is_not_wholly_a_reject_is_judged_as_an_event(members: bytes) -> None:
    # Else what is beside `raw` would be lost without a word.
    found = record(b"{" + members + b"}")
    assert wrapped(found) is None or is_event(found, SFLY)


def test_an_event_is_known_by_its_type_field() -> None:
    assert has_type(b'{"type":"A"}')
    assert has_type(b' {"x":1,"type":null}\n')
    assert not has_type(b'{"Type":"A","x":{"type":"A"}}')
    assert not has_type(b"{}")


def test_a_line_of_a_rejects_file_is_as_good_as_an_event() -> None:
    assert tells_lines(b'{"reason":"r","source_file":"s","offset":1,"raw":"{"}', SFLY)


def test_under_another_format_an_event_is_known_by_its_time() -> None:
    segment = format_of("segment")
    assert tells_lines(b'{"timestamp":"2017","type":1}', segment)
    assert tells_lines(b'{"originalTimestamp":7}', segment)
    assert not tells_lines(b'{"timestamp":" ","type":"track"}', segment)
    assert not tells_lines(b'{"type":"ORDER","event_time":"2017-01-06"}', segment)
