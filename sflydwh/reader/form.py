"""Line form or stream form: told by a file's first bytes."""

import re
from enum import Enum
from typing import Final

from sflydwh.reader.scanner import Kind, segments
from sflydwh.reader.source import HEAD_BYTES, Source
from sflydwh.reader.strict import is_event

_LINE_BREAK: Final = re.compile(rb"[\r\n]")


class Form(Enum):
    """How a file holds its events."""

    LINES = "lines"
    STREAM = "stream"


def form_of(head: bytes, is_whole: bool) -> Form:
    """The form of a file.

    Args:
        head: the first `HEAD_BYTES` bytes of its content.
        is_whole: whether that is the whole file, so that its last line is complete.

    Returns:
        Line form if one line is, punctuation aside, wholly one complete event.

    >>> form_of(b'[{"type": "ORDER"},\\n{"type": "IMAGE"}]', True)
    <Form.LINES: 'lines'>
    >>> form_of(b'[{"type": "ORDER"}, {"type": "IMAGE"}]', True)
    <Form.STREAM: 'stream'>
    """
    lines = _LINE_BREAK.split(head)
    complete = lines if is_whole else lines[:-1]
    return Form.LINES if any(map(_is_one_event, complete)) else Form.STREAM


def _is_one_event(line: bytes) -> bool:
    if b"{" not in line or b"}" not in line:
        return False
    found = segments(line, 0, HEAD_BYTES, 0)
    return len(found) == 1 and found[0].kind is Kind.OBJECT and is_event(found[0].raw)


def form_of_source(source: Source) -> Form:
    """The form of a file's content."""
    head = source.read(source.start, HEAD_BYTES)
    is_whole = not source.read(source.start + len(head), 1)
    return form_of(head, is_whole)
