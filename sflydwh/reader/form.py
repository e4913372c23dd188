"""A file's form, which is lines, a stream or CSV, from its first bytes and the format."""

import re
from enum import Enum
from typing import Final

from sflydwh.formats.format import Format
from sflydwh.formats.paths import Path
from sflydwh.reader.scanner import Kind, after_punctuation, segments
from sflydwh.reader.source import HEAD_BYTES, Source
from sflydwh.reader.strict import tells_lines
from sflydwh.reader.wrappers import list_start

_LINE_BREAK: Final = re.compile(rb"[\r\n]")


class Form(Enum):
    """How a file holds its events."""

    LINES = "lines"
    STREAM = "stream"
    CSV = "csv"


def form_of(head: bytes, is_whole: bool, log_format: Format) -> Form:
    """The form of a file.

    Args:
        head: the first `HEAD_BYTES` bytes of its content.
        is_whole: whether that is the whole file, so that its last line is complete.
        log_format: the format that tells what an event is.

    Returns:
        Line form if some line consists of exactly one complete event, apart from punctuation.

    >>> from sflydwh.formats.named import format_of
    >>> form_of(b'[{"type": "ORDER"},\\n{"type": "IMAGE"}]', True, format_of("sfly"))
    <Form.LINES: 'lines'>
    >>> form_of(b'[{"type": "ORDER"}, {"type": "IMAGE"}]', True, format_of("sfly"))
    <Form.STREAM: 'stream'>
    """
    lines = _LINE_BREAK.split(head)
    complete = lines if is_whole else lines[:-1]
    if log_format.inside and _begins_wrapper(head, log_format.inside):
        return Form.STREAM
    return Form.LINES if any(_is_one_event(line, log_format) for line in complete) else Form.STREAM


def _is_one_event(line: bytes, log_format: Format) -> bool:
    if b"{" not in line or b"}" not in line:
        return False
    found = segments(line, 0, HEAD_BYTES, 0)
    if len(found) != 1 or found[0].kind is not Kind.OBJECT:
        return False
    is_wrapper = log_format.inside is not None and list_start(found[0].raw, log_format.inside) is not None
    return is_wrapper or tells_lines(found[0].raw, log_format)


def _begins_wrapper(head: bytes, path: Path) -> bool:
    """Whether the first object is around a list of records and goes on after its first line."""
    begin = after_punctuation(head)
    if list_start(head[begin:], path) is None:
        return False
    [first, *_] = _LINE_BREAK.split(head[begin:], 1)
    return segments(first, 0, HEAD_BYTES, 0)[0].kind is not Kind.OBJECT


def form_of_source(source: Source, log_format: Format) -> Form:
    """The form of a file's content."""
    if log_format.csv:
        return Form.CSV
    head = source.read(source.start, HEAD_BYTES)
    is_whole = not source.read(source.start + len(head), 1)
    return form_of(head, is_whole, log_format)
