"""Read API responses: an object around a list of records, each of which is a piece of its own."""

import json
import re
from collections.abc import Iterator
from typing import Final

from sflydwh.formats.paths import Path
from sflydwh.formats.values import JsonObject
from sflydwh.reader.scanner import Kind, Segment, after_punctuation, object_at, without_punctuation_after
from sflydwh.reader.strict import decoded

_TOKEN: Final = re.compile(rb'[ \t\r\n]*([{}\[\]:,"]|[^ \t\r\n{}\[\]:,"]+)')
_MARK: Final = re.compile(rb'["{\[\]]')
# A part of a string; the bound on repeats bounds memory.
_TEXT: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*){0,999}', re.DOTALL)


def list_start(raw: bytes, path: Path) -> int | None:
    """Where the list begins that a path leads to in an object, which may be cut short.

    Returns:
        The place after its bracket; None if there is no such list.

    >>> from sflydwh.formats.paths import parse_path
    >>> list_start(b'{"more": false, "data": [{"id": 1}]}', parse_path("data"))
    25
    """
    if f'"{path[0].name}"'.encode() not in raw and b"\\" not in raw:
        # Most records are in no list; an escape may spell the name.
        return None
    depth, found, is_value = 0, 0, False
    before = b""
    for mark, at in _tokens(raw):
        if is_value and mark != b":":
            if found == len(path):
                return at if mark == b"[" else None
            if mark != b"{":
                return None
            is_value = False
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth <= found:
                return None
        elif depth == found + 1 and before in (b"{", b",") and _is_name(mark, path[found].name):
            found, is_value = found + 1, True
        before = mark
    return None


def records_in(wrapper: Segment, path: Path, limit: int, keep: int) -> list[Segment] | None:
    """The records of an object around them.

    Args:
        wrapper: the object, or what there is of one that never closes.
        path: where the list of records is in it.
        limit: a record above this many bytes is not kept whole.
        keep: how many of its first bytes are kept then.

    Returns:
        The elements of the list; then, if what is around them is no JSON, one segment for that. None if the object
        has no list of objects there, and so is a record itself.
    """
    raw = wrapper.raw
    start = list_start(raw, path)
    if start is None:
        return None
    found, end = _elements(wrapper, start, limit, keep)
    if not any(segment.kind is Kind.OBJECT for segment in found) and (
        found or not re.match(rb"[ \t\r\n]*(\]|$)", raw[start:])
    ):
        return None
    around = raw[:start] + raw[end:]
    if not _is_sound(around, path):
        found.append(Segment(Kind.BROKEN, wrapper.offset, len(around), around))
    return found


def _elements(wrapper: Segment, start: int, limit: int, keep: int) -> tuple[list[Segment], int]:
    """The objects of a list and the runs of other text between them, and where the list ends.

    Brackets between them are punctuation, as everywhere between objects. Of a list that never
    closes, the end is that of the last of these.
    """
    raw, offset = wrapper.raw, wrapper.offset
    found: list[Segment] = []
    end = at = start
    depth = 0
    while True:
        stop, depth = _after_gap(raw, at, depth)
        if stop == len(raw):
            return found, end
        text = without_punctuation_after(raw[after_punctuation(raw, at, stop) : stop])
        if text:
            kept = text if len(text) <= limit else text[:keep]
            found.append(Segment(Kind.TEXT, offset + raw.index(text, at), len(text), kept))
            end = stop
        if depth < 0:
            return found, stop
        segment = object_at(raw, stop, offset, limit, keep)
        if segment.kind is not Kind.OBJECT:
            return found, end
        found.append(segment)
        end = at = stop + segment.length


def _after_gap(raw: bytes, at: int, depth: int) -> tuple[int, int]:
    """The place of the next object of a list, or of the bracket that closes it; and how many brackets are open.

    Returns:
        The place, the end of the bytes if there is neither; the number, -1 at the closing bracket.
    """
    while mark := _MARK.search(raw, at):
        if mark[0] == b"{":
            return mark.start(), depth
        at = mark.end()
        if mark[0] == b'"':
            at = _string_end(raw, at) or len(raw)
        else:
            depth += 1 if mark[0] == b"[" else -1
            if depth < 0:
                return mark.start(), depth
    return len(raw), depth


def _is_sound(around: bytes, path: Path) -> bool:
    """Whether an object without its records is valid JSON, and names the way to them once."""
    value: object = decoded(around)
    for step in path:
        if not isinstance(value, JsonObject):
            return False
        values = [value for name, value in value.pairs if name == step.name]
        if len(values) != 1:
            return False
        value = values[0]
    return True


def _tokens(raw: bytes) -> Iterator[tuple[bytes, int]]:
    """The tokens of JSON with where they end, up to a string that never does."""
    at = 0
    while token := _TOKEN.match(raw, at):
        mark, at = token[1], token.end()
        if mark == b'"':
            end = _string_end(raw, at)
            if end is None:
                return
            mark, at = raw[at - 1 : end], end
        yield mark, at


def _string_end(raw: bytes, at: int) -> int | None:
    """The place after the quote that closes a string; None where none does."""
    while part := _TEXT.match(raw, at):
        at = part.end()
        if raw[at : at + 1] == b'"':
            return at + 1
        # Nothing is left, or a backslash alone.
        if at + 1 >= len(raw):
            return None
    return None


def _is_name(token: bytes, name: str) -> bool:
    if b"\\" not in token:
        return token[1:-1] == name.encode("utf-8")
    try:
        return bool(json.loads(token) == name)
    except ValueError:
        return False
