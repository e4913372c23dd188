"""Files read as blocks: every line in exactly one block, whatever the sizes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader import blocks
from sflydwh.reader.blocks import Block, Lines, LongLine, line_blocks, stream_blocks
from sflydwh.reader.pieces import Limits
from tests.reader.reading import BOM, source_of

LINES = st.lists(st.sampled_from((b"a", b"bc", b" ", b"\n", b"\n", b"\r", b"\r\n", BOM, b"x" * 30))).map(b"".join)


def lines_read(data: bytes, limits: Limits, start: int = 0, end: int | None = None) -> list[Lines | LongLine]:
    with source_of(data) as source:
        return list(line_blocks(source, start, len(data) if end is None else end, limits))


def lines(offset: int, data: bytes) -> Lines:
    return Lines(offset, memoryview(data))


def stream_read(data: bytes, block_bytes: int, start: int = 0, end: int | None = None) -> list[Block]:
    with source_of(data) as source:
        end = len(data) if end is None else end
        return list(stream_blocks(source, start, end, Limits(block_bytes=block_bytes)))


def line_starts(data: bytes) -> list[int]:
    """Line starts, but for one at the very end: there is no line."""
    return [at for at in range(len(data)) if at == 0 or data[at - 1] in b"\r\n"]


def test_a_block_holds_whole_lines() -> None:
    assert lines_read(b"ab\ncd\r\nef", Limits(block_bytes=100)) == [lines(0, b"ab\ncd\r\nef")]
    assert lines_read(b"ab\ncd\r\nef", Limits(block_bytes=4)) == [
        lines(0, b"ab\n"),
        lines(3, b"cd\r\n"),
        lines(7, b"ef"),
    ]
    assert lines_read(b"ab\rcd\ref", Limits(block_bytes=4)) == [lines(0, b"ab\r"), lines(3, b"cd\r"), lines(6, b"ef")]


def test_a_line_above_the_block_size_is_one_block() -> None:
    assert lines_read(b"abcdefgh\nij\n", Limits(block_bytes=3)) == [lines(0, b"abcdefgh\n"), lines(9, b"ij\n")]


def test_an_empty_file_has_no_block() -> None:
    assert lines_read(b"", Limits()) == []
    assert stream_read(b"", 10) == []


def test_the_byte_order_mark_is_no_part_of_the_first_block() -> None:
    assert lines_read(BOM + b"a\n" + BOM + b"b", Limits()) == [lines(3, b"a\n" + BOM + b"b")]
    assert stream_read(b"\xef\xbb\xbfa\xef\xbb\xbf", 100) == [Block(3, b"a\xef\xbb\xbf")]
    assert stream_read(b"\xef\xbb\xbfabc", 4) == [Block(3, b"abc")]


def test_the_first_line_belongs_to_the_first_range_where_the_mark_fills_it() -> None:
    data = BOM + b"abc\ndef\n"
    for cut in (1, 2, 3):
        assert lines_read(data, Limits(), 0, cut) == [lines(3, b"abc\n")]
        assert lines_read(data, Limits(), cut, len(data)) == [lines(7, b"def\n")]


def test_what_stands_around_an_array_is_in_no_block() -> None:
    data = b'{"events": [a\nbc\n]}\n'
    assert lines_read(data, Limits()) == [lines(12, b"a\nbc\n")]
    assert stream_read(data, 4) == [Block(12, b"a\nbc"), Block(16, b"\n")]
    for cut in range(1, 14):
        assert lines_read(data, Limits(), 0, cut) == [lines(12, b"a\n")]
        assert lines_read(data, Limits(), cut, len(data)) == [lines(14, b"bc\n")]
    assert lines_read(data, Limits(), 18, len(data)) == []


def test_a_line_belongs_to_the_range_it_starts_in() -> None:
    data = b"abc\ndef\nghi\n"
    assert lines_read(data, Limits(), 0, 4) == [lines(0, b"abc\n")]
    assert lines_read(data, Limits(), 0, 5) == [lines(0, b"abc\ndef\n")]
    assert lines_read(data, Limits(), 4, 8) == [lines(4, b"def\n")]
    assert lines_read(data, Limits(), 5, 8) == []
    assert lines_read(data, Limits(), 5, 9) == [lines(8, b"ghi\n")]


def test_between_the_halves_of_crlf_there_is_an_empty_line() -> None:
    assert lines_read(b"a\r\nb", Limits(), 0, 2) == [lines(0, b"a\r")]
    assert lines_read(b"a\r\nb", Limits(), 2, 4) == [lines(2, b"\nb")]


@pytest.mark.parametrize("size", [65_536 + 8, 65_536 + 9, 200_000])
def test_a_line_above_all_bounds_is_told_by_its_extent(size: int) -> None:
    small = Limits(event_bytes=100, block_bytes=8)
    line = b"x" * size
    after = len(line) + 2
    assert lines_read(b"a\n" + line + b"\nb\n", small) == [
        lines(0, b"a\n"),
        LongLine(2, after + 1),
        lines(after + 1, b"b\n"),
    ]
    assert lines_read(line, small) == [LongLine(0, len(line))]
    assert lines_read(b"a\n" + line + b"\rb\n", small, 3, 9) == []


def test_a_line_within_the_bounds_is_read_whole() -> None:
    line = b"x" * (65_536 - 1) + b"\n"
    assert lines_read(line, Limits(event_bytes=100, block_bytes=8)) == [lines(0, line)]
    long = b"x" * 199_999 + b"\n"
    assert lines_read(long, Limits(event_bytes=200_000, block_bytes=8)) == [lines(0, long)]


@settings(max_examples=300, deadline=None)
@given(LINES, st.integers(3, 50), st.integers(0, 40), st.lists(st.integers(0, 300), max_size=3))
def test_ranges_hold_every_line_once(data: bytes, block_bytes: int, event_bytes: int, cuts: list[int]) -> None:
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
    small = Limits(event_bytes=event_bytes, block_bytes=block_bytes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_STEP_BYTES", 5)
        found = [block for start, end in zip(edges, edges[1:]) for block in lines_read(data, small, start, end)]
    at = len(BOM) if data.startswith(BOM) else 0
    for block in found:
        start, end = block if isinstance(block, LongLine) else (block.offset, block.offset + len(block.data))
        if isinstance(block, Lines):
            assert block.data == data[start:end]
        else:
            assert len(line_starts(data[start:end])) == 1
        assert start == at
        assert end == len(data) or end in line_starts(data)
        at = end
    assert at == len(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50).map(b"x".__add__), st.integers(1, 60), st.integers(0, 50), st.integers(0, 50))
def test_a_stream_is_cut_anywhere(data: bytes, block_bytes: int, start: int, end: int) -> None:
    start, end = sorted((min(start, len(data)), min(end, len(data))))
    found = stream_read(data, block_bytes, start, end)
    assert b"".join(block.data for block in found) == data[start:end]
    assert [block.offset for block in found] == list(range(start, end, block_bytes))
    assert all(len(block.data) <= block_bytes for block in found)
