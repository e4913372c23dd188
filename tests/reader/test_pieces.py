"""The exact path: lines and segments to judged pieces, and rejects that are input again."""

import json
from base64 import b64encode

import pytest
from hypothesis import given, settings

from sflydwh.formats.judgement import Rejected, judge
from sflydwh.formats.model import DUPLICATE_FIELD, MALFORMED_JSON, TOO_LARGE
from sflydwh.formats.values import JsonObject, NumberText
from sflydwh.reader.pieces import Limits, Piece, judged, line_pieces
from sflydwh.reader.scanner import Kind, Segment
from tests import oracle
from tests.oracle.pieces import assessed, cut_lines
from tests.reader.logs import events
from tests.reader.reading import SFLY

A = b'{"type":"A"}'
SMALL = Limits(event_bytes=20, kept_bytes=4)


def good(offset: int, raw: bytes, **fields: str) -> Piece:
    record = JsonObject([(name, NumberText(value) if value.isdecimal() else value) for name, value in fields.items()])
    return Piece(offset, judge(SFLY, record), raw)


def pieces(line: bytes, limits: Limits = Limits()) -> list[Piece]:
    return list(line_pieces(line, 100, limits, SFLY))


def reject(text: str | bytes, **others: object) -> bytes:
    raw = {"raw": text} if isinstance(text, str) else {"raw_base64": b64encode(text).decode()}
    return json.dumps({"reason": "r", "source_file": "s", "offset": 7, **raw, **others}).encode()


def test_a_line_of_objects_gives_a_piece_each() -> None:
    assert pieces(b" [" + A + b',{"key":1}{} ],') == [
        good(102, A, type="A"),
        good(115, b'{"key":1}', key="1"),
        good(124, b"{}"),
    ]


@pytest.mark.parametrize("line", [b"", b" \t", b"[", b" ,,] ", b"\0", b"\xef\xbb\xbf", b",\xef\xbb\xbf\0]"])
def test_a_line_of_punctuation_gives_none(line: bytes) -> None:
    assert pieces(line) == []


@pytest.mark.parametrize(
    "text",
    [A + b" x", b"x " + A, b"[" + A + b"] // ok", A + b",{", b'{"a', b", x ,", b"42", A + b"x\0", b"\xef\xbb{}"],
)
def test_a_line_with_anything_else_is_one_piece_whole(text: bytes) -> None:
    assert pieces(b" \t" + text + b"\t ") == [Piece(102, Rejected(MALFORMED_JSON), text)]


def test_an_object_at_fault_does_not_harm_the_others_of_its_line() -> None:
    assert pieces(A + b'{"a":NaN},{"key":1,"key":1}') == [
        good(100, A, type="A"),
        Piece(112, Rejected(MALFORMED_JSON), b'{"a":NaN}'),
        Piece(122, Rejected(DUPLICATE_FIELD), b'{"key":1,"key":1}'),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (A + b"\0" + A, [good(100, A, type="A"), good(113, A, type="A")]),
        (b"\xef\xbb\xbf" + A + b",\xef\xbb\xbf{}", [good(103, A, type="A"), good(119, b"{}")]),
        (
            b"[" + A + b" x," + A,
            [good(101, A, type="A"), Piece(114, Rejected(MALFORMED_JSON), b"x"), good(116, A, type="A")],
        ),
        (A + A + b"{", [good(100, A, type="A"), good(112, A, type="A"), Piece(124, Rejected(MALFORMED_JSON), b"{")]),
        (
            A + b"{bad}" + A,
            [good(100, A, type="A"), Piece(112, Rejected(MALFORMED_JSON), b"{bad}"), good(117, A, type="A")],
        ),
    ],
)
def test_a_line_that_begins_with_an_object_and_holds_another_is_cut(line: bytes, expected: list[Piece]) -> None:
    assert pieces(line) == expected


def test_what_is_above_the_limit_keeps_its_first_bytes() -> None:
    just, above = b'{"a":"2345678901234"}', b'{"a":"23456789012345"}'
    assert (len(just), len(above)) == (21, 22)
    limits = Limits(event_bytes=21, kept_bytes=4)
    assert pieces(just + above, limits) == [good(100, just), Piece(121, Rejected(TOO_LARGE), b'{"a"')]
    assert pieces(b" " + b"x" * 21, limits) == [Piece(101, Rejected(MALFORMED_JSON), b"x" * 21)]
    assert pieces(b" " + b"x" * 22, limits) == [Piece(101, Rejected(TOO_LARGE), b"xxxx")]
    assert pieces(b"x" + A + A, limits) == [Piece(100, Rejected(TOO_LARGE), b'x{"t')]


def test_segments_are_judged_by_kind() -> None:
    found = [
        Segment(Kind.OBJECT, 1, len(A), A),
        Segment(Kind.BROKEN, 50, 2, b"{}"),
        Segment(Kind.TEXT, 60, 2, b"{}"),
        Segment(Kind.OBJECT, 70, 21, b"{"),
        Segment(Kind.TEXT, 99, 21, b"x"),
    ]
    assert list(judged(found, SMALL, SFLY)) == [
        good(1, A, type="A"),
        Piece(50, Rejected(MALFORMED_JSON), b"{}"),
        Piece(60, Rejected(MALFORMED_JSON), b"{}"),
        Piece(70, Rejected(TOO_LARGE), b"{"),
        Piece(99, Rejected(TOO_LARGE), b"x"),
    ]


@settings(max_examples=200, deadline=None)
@given(events(), events())
def test_lines_are_cut_as_the_oracle_cuts_them(one: bytes, other: bytes) -> None:
    for line in (one + other, one + b" , " + other, one + b"x" + other, one[1:] + other):
        expected = [assessed(100 + offset, raw, 1000) for offset, raw in cut_lines(line)]
        right = [(piece.offset, piece.reason or oracle.judge(piece.fields or {}), piece.raw) for piece in expected]
        found = [(piece.offset, piece.outcome, piece.raw) for piece in pieces(line)]
        assert [(offset, raw) for offset, _, raw in found] == [(offset, raw) for offset, _, raw in right]
        for (_, outcome, _), (_, event, _) in zip(found, right, strict=True):
            assert (outcome.reason if isinstance(outcome, Rejected) else None) == (
                event if isinstance(event, str) else None
            )


def test_a_mended_reject_is_the_event_in_it() -> None:
    for text in (A.decode(), f" [{A.decode()}],\r\n", A):
        assert pieces(b"[" + reject(text) + b"],") == [good(101, A, type="A")]


def test_an_event_that_was_mended_over_several_lines_is_one_event() -> None:
    pretty = '{\n  "type": "A",\r\n  "key": "k"\r}'
    assert pieces(reject(f"\n{pretty}\n")) == [good(100, pretty.encode(), type="A", key="k")]


def test_several_events_in_a_reject_stay_in_order_at_offsets_of_their_own() -> None:
    assert pieces(reject(A.decode() + ",\n{} {}") + A) == [
        good(100, A, type="A"),
        good(101, b"{}"),
        good(102, b"{}"),
        good(100 + len(reject(A.decode() + ",\n{} {}")), A, type="A"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x", "{", '{"type":"A"', "{'type': u'A'}", A.decode() + " x", "x\n" + A.decode() + A.decode(), '{"type":"\nA"}',
        '{"type":"A",}', '{"type":NaN}', b"\xef\xbb{}", b"\xff", b'{"type":"\xff"}', b'{"type":"\xed\xa0\x80"}\r\nx',
    ],
)  # fmt: skip
def test_a_reject_that_nobody_mended_is_refused_again_whole(text: str | bytes) -> None:
    raw = text.encode() if isinstance(text, str) else text
    assert pieces(reject(text)) == [Piece(100, Rejected(MALFORMED_JSON), raw)]


def test_an_event_refused_for_its_fields_is_judged_again() -> None:
    assert pieces(reject('{"key":1,"key":2}')) == [Piece(100, Rejected(DUPLICATE_FIELD), b'{"key":1,"key":2}')]
    assert pieces(reject('{"key":1}')) == [good(100, b'{"key":1}', key="1")]


@pytest.mark.parametrize("text", ["", " \r\n", "[]", b" ,"])
def test_an_emptied_reject_gives_no_piece(text: str | bytes) -> None:
    assert pieces(reject(text)) == []


def test_one_wrapping_is_taken_off_and_no_more() -> None:
    inner = reject(A.decode())
    assert pieces(reject(inner.decode())) == [good(100, inner)]


@pytest.mark.parametrize(
    "line",
    [
        reject("{}", type="A"),
        reject("{}", type=None),
        reject("{}").replace(b'"source_file"', b'"file"'),
        reject("{}").replace(b'"offset"', b'"at"'),
        reject("{}").replace(b'"reason"', b'"why"'),
        reject("{}").replace(b'"raw": "{}"', b'"raw": "{}", "raw": "{}"'),
        reject("{}").replace(b'"{}"', b'["{}"]'),
        reject(b"\xff").replace(b"/w==", b"/w="),
    ],
)
def test_what_is_not_wholly_a_reject_is_one_piece_as_it_is(line: bytes) -> None:
    assert [(piece.offset, piece.raw) for piece in pieces(line)] == [(100, line)]


def test_the_limit_holds_for_what_a_reject_carries_and_not_for_its_line() -> None:
    event = b'{"type":"A","x":"' + b'\\"' * 40 + b'"}'
    limits = Limits(event_bytes=len(event), kept_bytes=8)
    line = reject(event)
    assert len(line) > limits.event_bytes
    assert pieces(line, limits) == [good(100, event, type="A")]
    larger = reject(event[:-1] + b" }")
    assert pieces(larger, limits) == [Piece(100, Rejected(TOO_LARGE), event[:8])]
    other = line.replace(b"{", b'{"x":1,', 1)
    assert pieces(other, limits) == [Piece(100, Rejected(TOO_LARGE), other[:8])]
