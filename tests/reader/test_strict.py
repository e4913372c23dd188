"""One piece judged exactly."""

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.formats.model import DUPLICATE_FIELD, FIELDS, MALFORMED_JSON
from sflydwh.reader.strict import Judged, NumberText, field_text, is_event, judge
from tests.oracle.pieces import object_fields
from tests.reader.logs import damage, events


def good(**fields: str) -> Judged:
    return Judged(None, {name: fields.get(name) for name in FIELDS})


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
    assert judge(raw) == Judged(MALFORMED_JSON, {})
    assert not is_event(raw)


@pytest.mark.parametrize(
    ("raw", "fields"),
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
def test_the_texts_of_a_good_piece(raw: bytes, fields: dict[str, str]) -> None:
    assert judge(raw) == good(**fields)


def test_numbers_keep_their_text_where_a_number_may_stand() -> None:
    numbers = b'{"type":1,"verb":2,"key":123,"customer_id":-0,"event_time":4,"total_amount":12.10}'
    assert judge(numbers) == good(key="123", customer_id="0", total_amount="12.10")
    fractions = b'{"key":1.0,"customer_id":1e3,"total_amount":1E+2}'
    assert judge(fractions) == good(total_amount="1E+2")
    many_digits = "7" * 6_000
    assert judge(b'{"key":%b}' % many_digits.encode()) == good(key=many_digits)


@pytest.mark.parametrize("value", [b"null", b"true", b"false", b"[]", b"{}", b'["a"]', b'{"key":"a"}'])
def test_values_of_other_types_give_no_text(value: bytes) -> None:
    members = b",".join(b'"%b":%b' % (name.encode(), value) for name in FIELDS)
    assert judge(b"{" + members + b"}") == good()


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_we_read_given_twice_is_refused(name: str) -> None:
    field = name.encode()
    hidden = b"\\u%04x" % field[0] + field[1:]
    for second in (field, hidden):
        for value in (b'"A"', b"null", b"{}"):
            raw = b'{"%b":"A","x":1,"%b":%b}' % (field, second, value)
            assert judge(raw) == Judged(DUPLICATE_FIELD, {})


def test_malformed_comes_before_duplicate() -> None:
    assert judge(b'{"key":1,"key":2,}') == Judged(MALFORMED_JSON, {})


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
@pytest.mark.parametrize("depth", [300, 900, 1_100, 20_000])
def test_nesting_has_no_limit(opening: bytes, closing: bytes, depth: int) -> None:
    nested = opening * depth + b"0" + closing * depth
    assert judge(b'{"type":"A","x":' + nested + b',"total_amount":1.50}') == good(type="A", total_amount="1.50")
    assert judge(b'{"type":"A","x":' + nested[:-1] + b"}") == Judged(MALFORMED_JSON, {})
    assert judge(b'{"key":1,"x":' + nested + b',"key":2}') == Judged(DUPLICATE_FIELD, {})
    assert is_event(b'{"type":"A","x":' + nested + b"}")


@settings(max_examples=150, deadline=None)
@given(events() | damage())
def test_judgement_is_that_of_the_oracle(raw: bytes) -> None:
    fields = object_fields(raw)
    names = [name for name, _ in fields or [] if name in FIELDS]
    expected = MALFORMED_JSON if fields is None else DUPLICATE_FIELD if len(set(names)) < len(names) else None
    assert judge(raw).reason == expected
    assert is_event(raw) == ("type" in dict(fields or []))


def test_what_a_reject_carries() -> None:
    head = b'{"reason":"r","source_file":"s","offset":1,'
    assert judge(head + b'"raw":"\\u007b}\xc3\xa9"}').wrapped == "{}é".encode()
    assert judge(head + b'"raw":""}').wrapped == b""
    assert judge(head + b'"raw_base64":"%b"}' % b64encode(b"\xff")).wrapped == b"\xff"
    assert judge(head + b'"raw":"mended","raw_base64":"/w=="}').wrapped == b"mended"


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
    assert judge(b"{" + members + b"}").wrapped is None


def test_an_event_is_known_by_its_type_field() -> None:
    assert is_event(b'{"type":"A"}')
    assert is_event(b' {"x":1,"type":null}\n')
    assert not is_event(b'{"Type":"A","x":{"type":"A"}}')
    assert not is_event(b"{}")


def test_a_line_of_a_rejects_file_is_as_good_as_an_event() -> None:
    assert is_event(b'{"reason":"r","source_file":"s","offset":1,"raw":"{"}')


@given(st.integers())
def test_integers_are_ids(number: int) -> None:
    assert field_text("key", NumberText(number)) == str(number)
    assert field_text("type", NumberText(number)) is None
