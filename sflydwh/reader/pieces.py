"""The exact path: cuts bytes into pieces and judges each by itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sflydwh.formats.format import Format
from sflydwh.formats.judgement import Outcome, Rejected, judge
from sflydwh.formats.model import MALFORMED_JSON, TOO_LARGE
from sflydwh.formats.values import JsonObject
from sflydwh.reader.scanner import (
    BLANKS,
    Kind,
    Segment,
    after_punctuation,
    segments,
    without_punctuation_after,
)
from sflydwh.reader.strict import decoded, is_event, reject_reason, wrapped
from sflydwh.reader.wrappers import list_start, records_in


@dataclass(frozen=True)
class Limits:
    """What bounds the reader's memory.

    Attributes:
        event_bytes: the size above which a piece is `too_large`.
        kept_bytes: how much of such a piece is kept for its reject.
        block_bytes: how much of a file is read at a time.
        fast_from_bytes: the size of an input from which on the fast path is worth the time to load it.
        packed_bytes: how much the settled events of a split may take before their rows are given.
    """

    event_bytes: int = 16 << 20
    kept_bytes: int = 64 << 10
    block_bytes: int = 4 << 20
    fast_from_bytes: int = 8 << 20
    packed_bytes: int = 256 << 20


class Piece(NamedTuple):
    """One piece: its place in the file, what became of it, its bytes, and the header of its file if that is CSV."""

    offset: int
    outcome: Outcome
    raw: bytes
    header: str | None = None


def line_pieces(line: bytes, offset: int, limits: Limits, log_format: Format) -> Iterator[Piece]:
    """The pieces of one line: each of its objects, or the line whole.

    A line that begins with an object and holds another one is cut as a stream is:
    a NUL byte or a lost brace costs the piece it stands in, not all events of an array on one line.
    """
    text = without_punctuation_after(line[after_punctuation(line) :])
    is_wrapper = log_format.inside is not None and list_start(text, log_format.inside) is not None
    if text.startswith(b"{") and len(text) <= limits.event_bytes and not is_wrapper:
        # What is one JSON object from end to end needs no scanner to find it.
        record = decoded(text)
        if record is not None and _wrapped(record, log_format) is None:
            yield Piece(offset + line.find(b"{"), judge(log_format, record), text)
            return
    yield from judged(_cut_line(line, offset, limits, is_wrapper), limits, log_format)


def _cut_line(line: bytes, offset: int, limits: Limits, is_wrapper: bool = False) -> list[Segment]:
    """The segments of a line that are pieces, or the line as one; an object around records may lack its end."""
    found = segments(line, offset, limits.event_bytes, limits.kept_bytes)
    kinds = [segment.kind for segment in found]
    is_kept = is_cut(kinds) or (is_wrapper and kinds == [Kind.BROKEN])
    return found if is_kept else [whole_line(line, offset, limits)]


def is_cut(kinds: Sequence[Kind]) -> bool:
    """Whether a line that holds these is cut into them; otherwise it is one piece."""
    objects = sum(kind is Kind.OBJECT for kind in kinds)
    return objects == len(kinds) or (objects > 1 and kinds[0] is Kind.OBJECT)


def whole_line(line: bytes, offset: int, limits: Limits) -> Segment:
    """A line as one segment, without the blanks around it."""
    text = line.strip(BLANKS)
    offset += len(line) - len(line.lstrip(BLANKS))
    raw = text if len(text) <= limits.event_bytes else text[: limits.kept_bytes]
    return Segment(Kind.TEXT, offset, len(text), raw)


def judged(found: Iterable[Segment], limits: Limits, log_format: Format) -> Iterator[Piece]:
    """Judge segments; a line of a rejects file gives the pieces that it carries."""
    for segment in found:
        for piece, inside in _judged(segment, limits, log_format):
            if inside is None:
                yield piece
            else:
                yield from _carried(inside, piece.offset, limits, log_format)


def _judged(segment: Segment, limits: Limits, log_format: Format) -> "Iterator[tuple[Piece, _Carried | None]]":
    """A segment, or each of the records in it, as a piece; and the bytes that it carries if it is a reject's line."""
    records = None
    if log_format.inside and segment.length <= limits.event_bytes and segment.kind is not Kind.TEXT:
        records = records_in(segment, log_format.inside, limits.event_bytes, limits.kept_bytes)
    for record in [segment] if records is None else records:
        yield _judged_alone(record, limits, log_format)


def _judged_alone(segment: Segment, limits: Limits, log_format: Format) -> "tuple[Piece, _Carried | None]":
    kind, offset, length, raw = segment
    record = decoded(raw) if kind is Kind.OBJECT and length == len(raw) else None
    carried = None if record is None else _wrapped(record, log_format)
    if length > limits.event_bytes and carried is None:
        return Piece(offset, Rejected(TOO_LARGE), raw[: limits.kept_bytes]), None
    if record is None:
        return Piece(offset, Rejected(MALFORMED_JSON), raw), None
    return Piece(offset, judge(log_format, record), raw), carried


class _Carried(NamedTuple):
    """What a line of a rejects file carries: bytes, and the reason why they were refused."""

    raw: bytes
    reason: str


def _wrapped(record: JsonObject, log_format: Format) -> _Carried | None:
    """What a line of a rejects file carries; an event is none."""
    inside = wrapped(record)
    return None if inside is None or is_event(record, log_format) else _Carried(inside, reject_reason(record))


def _is_record(segment: Segment, reason: str, limits: Limits, log_format: Format) -> bool:
    """Whether an object in a reject is a record, and none around a list of records, though it may hold such a list.

    What was refused for its fields had been told from a wrapper before; a wrapper has no time of its own; and what is
    no JSON yet is refused once more, whole.
    """
    record = decoded(segment.raw) if segment.kind is Kind.OBJECT and segment.length <= limits.event_bytes else None
    return record is None or reason not in (MALFORMED_JSON, TOO_LARGE) or is_event(record, log_format)


def _carried(inside: _Carried, offset: int, limits: Limits, log_format: Format) -> Iterator[Piece]:
    """The pieces in the `raw` of a reject, all at its offset or just after it.

    They are cut like the pieces of one line, so that a reject that nobody
    mended is refused again, whole. Offsets stay unique, for they order the input.
    """
    found: list[Piece] = []
    for segment in _cut_line(inside.raw, 0, limits):
        if _is_record(segment, inside.reason, limits, log_format):
            found.append(_judged_alone(segment, limits, log_format)[0])
        else:
            found += (piece for piece, _ in _judged(segment, limits, log_format))
    for place, piece in enumerate(found):
        yield piece._replace(offset=offset + place)
