"""Where the pieces of a block lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader import candidates
from sflydwh.reader.scanner import segments
from tests.reader.logs import logs

PUNCTUATION = b",[] \t\r\n"


def found(block: bytes, offset: int = 0) -> list[tuple[bytes, int, bytes]]:
    """Each candidate's bytes, its offset, and its line."""
    (data, starts, ends, offsets), line_starts, line_ends = candidates.lines(block, offset)
    return [
        (data[start:end].tobytes(), int(at), block[first:last])
        for start, end, at, first, last in zip(starts, ends, offsets, line_starts, line_ends, strict=True)
    ]


@pytest.mark.parametrize("block", [b"", b"\n", b"\r\n\r\r\n", b" \t\n", b"[\n]\n,,\n", b"["])
def test_a_block_without_content_has_no_candidate(block: bytes) -> None:
    assert found(block) == []


def test_lines_are_stripped_of_the_punctuation_around_them() -> None:
    assert found(b'[{"a":1},\r\n\t{"b":[1]} ,\n\n x ]', 100) == [
        (b'{"a":1}', 101, b'[{"a":1},'),
        (b'{"b":[1]}', 112, b'\t{"b":[1]} ,'),
        (b"x", 126, b" x ]"),
    ]


def test_every_line_break_ends_a_line() -> None:
    assert [(text, at) for text, at, _ in found(b"a\nb\rc\r\nd\n\re")] == [
        (b"a", 0), (b"b", 2), (b"c", 4), (b"d", 7), (b"e", 10),
    ]  # fmt: skip


def test_around_the_candidates_only_blanks_and_line_feeds_are_left() -> None:
    block = b"[[ a,b ],\r\n ,\r[]\n] c\n"
    (data, starts, ends, _), _, _ = candidates.lines(block, 0)
    assert data.tobytes() == b"   a,b   \n\n  \n  \n  c\n"
    assert [data[start:end].tobytes() for start, end in zip(starts, ends, strict=True)] == [b"a,b", b"c"]


@settings(max_examples=100, deadline=None)
@given(logs(), st.integers(0, 1 << 40))
def test_candidates_are_the_lines_with_content(block: bytes, offset: int) -> None:
    expected = []
    at = 0
    for line in block.splitlines(keepends=True):
        text = line.strip(PUNCTUATION)
        if text:
            begin = at + len(line) - len(line.lstrip(PUNCTUATION))
            expected.append((text, offset + begin, line.rstrip(b"\r\n")))
        at += len(line)
    assert found(block, offset) == expected


def test_the_block_that_was_read_stays_as_it_is() -> None:
    block = b"[a],\r\n"
    candidates.lines(block, 0)
    assert block == b"[a],\r\n"


@settings(max_examples=100, deadline=None)
@given(logs(), st.integers(0, 1 << 40))
def test_objects_are_laid_on_a_line_each(data: bytes, offset: int) -> None:
    objects = [segment for segment in segments(data, offset, 1 << 20, 0) if segment.raw.startswith(b"{")]
    if not objects:
        return
    laid_out = candidates.objects(objects)
    lines = laid_out.data.tobytes().split(b"\n")
    assert [line.replace(b"\r", b" ") for line in lines] == lines
    assert lines == [segment.raw.replace(b"\n", b" ").replace(b"\r", b" ") for segment in objects]
    assert laid_out.offsets.tolist() == [segment.offset for segment in objects]
    places = zip(laid_out.starts, laid_out.ends, strict=True)
    assert [laid_out.data[start:end].tobytes() for start, end in places] == lines
    assert laid_out.starts.dtype == laid_out.offsets.dtype == np.int64
