"""The scanner: braces and strings, in blocks cut anywhere."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader.scanner import Kind, Scanner, Segment, segments
from tests.oracle.pieces import cut_stream
from tests.reader.logs import logs

OBJECT, BROKEN, TEXT = Kind.OBJECT, Kind.BROKEN, Kind.TEXT
MIB = 1 << 20


def scanned(blocks: list[bytes], offset: int = 0, limit: int = 1000, keep: int = 1000) -> list[Segment]:
    scanner = Scanner(offset, limit, keep)
    return [segment for block in blocks for segment in scanner.feed(block)] + [*scanner.finish()]


FOUND: list[tuple[bytes, list[tuple[Kind, int, bytes]]]] = [
    (b"", []),
    (b"[ ,]\t\r\n", []),
    (b"{}", [(OBJECT, 0, b"{}")]),
    (b"[{}, {}{}]", [(OBJECT, 1, b"{}"), (OBJECT, 5, b"{}"), (OBJECT, 7, b"{}")]),
    (b'{"a": {"b": {}}}', [(OBJECT, 0, b'{"a": {"b": {}}}')]),
    (b'{\n"a":\r\n1}', [(OBJECT, 0, b'{\n"a":\r\n1}')]),
    (b'{"}{": "\\"}"}', [(OBJECT, 0, b'{"}{": "\\"}"}')]),
    (b'{"a\\\\"}}', [(OBJECT, 0, b'{"a\\\\"}'), (TEXT, 7, b"}")]),
    (b"{[}]", [(OBJECT, 0, b"{[}")]),
    (b" x y ,{}, z]", [(TEXT, 1, b"x y"), (OBJECT, 6, b"{}"), (TEXT, 10, b"z")]),
    (b'"{}"', [(TEXT, 0, b'"'), (OBJECT, 1, b"{}"), (TEXT, 3, b'"')]),
    (b'{"a": {} , \n', [(BROKEN, 0, b'{"a": {} ,')]),
    (b'{"a \n b"} {}', [(BROKEN, 0, b'{"a '), (TEXT, 6, b'b"}'), (OBJECT, 10, b"{}")]),
    (b'{"a\r{}', [(BROKEN, 0, b'{"a'), (OBJECT, 4, b"{}")]),
    (b'{"a\\\n{}', [(BROKEN, 0, b'{"a\\'), (OBJECT, 5, b"{}")]),
    (b"\xef\xbb\xbf{}\x00", [(OBJECT, 3, b"{}")]),
    (b"{}\xef\xbb\xbf{}\xef\xbb", [(OBJECT, 0, b"{}"), (OBJECT, 5, b"{}"), (TEXT, 7, b"\xef\xbb")]),
    (b"\0x\xbf\0\xef\xbb\xbf,{}", [(TEXT, 1, b"x\xbf"), (OBJECT, 8, b"{}")]),
]


@pytest.mark.parametrize(("data", "expected"), FOUND)
def test_segments(data: bytes, expected: list[tuple[Kind, int, bytes]]) -> None:
    wanted = [Segment(kind, 7 + offset, len(raw), raw) for kind, offset, raw in expected]
    assert segments(data, 7, 1000, 1000) == wanted


@pytest.mark.parametrize(("data", "expected"), FOUND)
def test_segments_of_single_bytes_are_those_of_the_whole(data: bytes, expected: list[tuple[Kind, int, bytes]]) -> None:
    wanted = [Segment(kind, offset, len(raw), raw) for kind, offset, raw in expected]
    assert scanned([data[at : at + 1] for at in range(len(data))]) == wanted


@settings(max_examples=100, deadline=None)
@given(logs(), st.integers(1, 40), st.integers(0, 60), st.integers(0, 60))
def test_neither_blocks_nor_limits_move_a_segment(data: bytes, block: int, limit: int, keep: int) -> None:
    keep = min(keep, limit)
    found = scanned([data[at : at + block] for at in range(0, len(data), block)], 0, limit, keep)
    expected = [(offset, len(raw), raw if len(raw) <= limit else raw[:keep]) for offset, raw in cut_stream(data)]
    assert [(segment.offset, segment.length, segment.raw) for segment in found] == expected


def test_a_string_longer_than_what_is_looked_at_in_one_step_is_one_string() -> None:
    many_escapes, many_strings = b'"' + b"\\}" * 5_000 + b'"', b'"}", ' * 500
    data = b"{" + many_escapes + many_strings + b"}"
    assert segments(data + b"{}", 0, MIB, 0) == [
        Segment(OBJECT, 0, len(data), data),
        Segment(OBJECT, len(data), 2, b"{}"),
    ]


def test_a_segment_of_just_the_limit_is_kept_whole() -> None:
    assert scanned([b"{1", b"23}"], limit=5, keep=2) == [Segment(OBJECT, 0, 5, b"{123}")]
    assert scanned([b"{1", b"234}"], limit=5, keep=2) == [Segment(OBJECT, 0, 6, b"{1")]
    assert scanned([b"ab", b"cde ,"], limit=5, keep=2) == [Segment(TEXT, 0, 5, b"abcde")]
    assert scanned([b"ab", b"cdef "], limit=5, keep=2) == [Segment(TEXT, 0, 6, b"ab")]


@pytest.mark.parametrize("opening", [b'{"a": "', b"{", b"text", b'{"a": "\\'])
def test_what_is_above_the_limit_is_not_held(opening: bytes) -> None:
    scanner = Scanner(0, MIB, 100)
    block = b"x" * MIB
    tracemalloc.start()
    try:
        found = [*scanner.feed(opening)]
        for _ in range(64):
            found += scanner.feed(block)
        found += scanner.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(segment.offset, segment.length) for segment in found] == [(0, len(opening) + 64 * MIB)]
    assert found[0].raw == (opening + block)[:100]
    assert peak < 8 * MIB


@pytest.mark.parametrize("block", [1, 3, 7, 50])
def test_what_is_kept_of_a_piece_may_be_more_than_the_limit(block: int) -> None:
    data = b'{"a":"0123456789"}'
    scanner = Scanner(0, 4, 12)
    found = [each for at in range(0, len(data), block) for each in scanner.feed(data[at : at + block])]
    assert [(each.length, each.raw) for each in found] == [(len(data), data[:12])]
