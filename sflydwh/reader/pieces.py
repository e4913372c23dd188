"""The exact path: bytes cut into pieces, each judged on its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sflydwh.formats.model import MALFORMED_JSON, TOO_LARGE
from sflydwh.reader.scanner import (
    BLANKS,
    Kind,
    Segment,
    after_punctuation,
    segments,
    without_punctuation_after,
)
from sflydwh.reader.strict import judge


@dataclass(frozen=True)
class Limits:
    """What bounds the reader's memory.

    Attributes:
        event_bytes: the size above which a piece is `too_large`.
        kept_bytes: how much of such a piece is kept for its reject.
        block_bytes: how much of a file is read at a time.
        fast_from_bytes: an input from this size on is worth the time that the fast path takes to load.
    """

    event_bytes: int = 16 << 20
    kept_bytes: int = 64 << 10
    block_bytes: int = 4 << 20
    fast_from_bytes: int = 8 << 20


class Piece(NamedTuple):
    """One piece: its place in the file, its fields or the reason against it, and its bytes."""

    offset: int
    reason: str | None
    fields: dict[str, str | None]
    raw: bytes


def line_pieces(line: bytes, offset: int, limits: Limits) -> Iterator[Piece]:
    """The pieces of one line: each of its objects, or the line whole.

    A line that begins with an object and holds another one is cut as a stream is:
    a NUL byte or a lost brace costs the piece it stands in, not all events of an array on one line.
    """
    text = without_punctuation_after(line[after_punctuation(line) :])
    if text.startswith(b"{") and len(text) <= limits.event_bytes:
        # What is one JSON object from end to end needs no scanner to find it.
        reason, fields, wrapped = judge(text)
        if reason != MALFORMED_JSON and wrapped is None:
            yield Piece(offset + line.find(b"{"), reason, fields, text)
            return
    yield from judged(_cut_line(line, offset, limits), limits)


def _cut_line(line: bytes, offset: int, limits: Limits) -> list[Segment]:
    """The segments of a line that are pieces, or the line as one."""
    found = segments(line, offset, limits.event_bytes, limits.kept_bytes)
    return found if is_cut([segment.kind for segment in found]) else [whole_line(line, offset, limits)]


def is_cut(kinds: Sequence[Kind]) -> bool:
    """Whether a line that holds these is cut into them; otherwise it is one piece."""
    objects = sum(kind is Kind.OBJECT for kind in kinds)
    return objects == len(kinds) or (kinds[0] is Kind.OBJECT and objects > 1)


def whole_line(line: bytes, offset: int, limits: Limits) -> Segment:
    """A line as one segment, without the blanks around it."""
    text = line.strip(BLANKS)
    offset += len(line) - len(line.lstrip(BLANKS))
    raw = text if len(text) <= limits.event_bytes else text[: limits.kept_bytes]
    return Segment(Kind.TEXT, offset, len(text), raw)


def judged(found: Iterable[Segment], limits: Limits) -> Iterator[Piece]:
    """Judge segments; a line of a rejects file gives the pieces that it carries."""
    for kind, offset, length, raw in found:
        if length > limits.event_bytes:
            yield Piece(offset, TOO_LARGE, {}, raw[: limits.kept_bytes])
        elif kind is not Kind.OBJECT:
            yield Piece(offset, MALFORMED_JSON, {}, raw)
        else:
            reason, fields, wrapped = judge(raw)
            if wrapped is None:
                yield Piece(offset, reason, fields, raw)
            else:
                yield from _unwrapped(wrapped, offset, limits)


def _unwrapped(wrapped: bytes, offset: int, limits: Limits) -> Iterator[Piece]:
    """The pieces in the `raw` of a reject, all at its offset or just after it.

    They are cut like the pieces of one line, so that a reject that nobody
    mended is refused again, whole. Offsets stay unique, for they order the input.
    """
    found = _cut_line(wrapped, 0, limits)
    for place, segment in enumerate(found):
        if segment.kind is Kind.OBJECT and segment.length <= limits.event_bytes:
            reason, fields, _ = judge(segment.raw)
        else:
            reason, fields = MALFORMED_JSON, {}
        yield Piece(offset + place, reason, fields, segment.raw)
