"""What a log looks like whose every piece was rejected, and what to do."""

import ast
import codecs
import csv
import re
from typing import Final

from sflydwh.formats.format import Format
from sflydwh.formats.paths import Step
from sflydwh.reader.fitting import JUDGED_BYTES, best_fit
from sflydwh.reader.scanner import Kind, segments
from sflydwh.reader.strict import decoded
from sflydwh.reader.wrappers import list_start

_GZIP: Final = b"\x1f\x8b"
_LIST_OF_OBJECTS: Final = re.compile(rb'"([A-Za-z_][A-Za-z0-9_]*)"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*\{')
_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LINES_TO_JSON: Final = "python -c 'import ast, json, sys; [print(json.dumps(ast.literal_eval(l))) for l in sys.stdin]'"
_LIST_TO_JSON: Final = "python -c 'import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))'"


def hint(head: bytes, log_format: Format) -> str | None:
    """What the first bytes of a log look like, and what to do; None where nothing is known.

    Args:
        head: the first bytes of the content, unpacked; some 64 KiB.
        log_format: the format that the log was read with.

    >>> from sflydwh.formats.named import format_of
    >>> hint(b'{"type": "page", "userId": "a", "timestamp": "2024-01-01"}', format_of("sfly"))
    'it looks like segment: try --format segment'
    >>> hint(b'{"data": [{"a": 1}]}', format_of("sfly"))
    "it is one object that wraps a list: take its elements with jq -c '.data[]'"
    """
    head = head[:JUDGED_BYTES]
    if head.startswith(_GZIP):
        return "it is a gzip inside a gzip: unpack it once with gunzip"
    encoding = _encoding_hint(head)
    if encoding:
        return encoding
    fitting = best_fit(head)
    if fitting:
        return None if fitting == log_format.name else f"it looks like {fitting}: try --format {fitting}"
    if log_format.csv:
        return None
    wrapper = None if log_format.inside else _wrapper_hint(head)
    return _python_hint(head) or wrapper or _csv_hint(head)


def _encoding_hint(head: bytes) -> str | None:
    """Text of JSON or CSV is mostly ASCII: in UTF-16, every other byte of that is 0."""
    for name, zeros, others in (("UTF-16LE", head[1::2], head[::2]), ("UTF-16BE", head[::2], head[1::2])):
        if zeros and 2 * zeros.count(0) > len(zeros) and 10 * others.count(0) < len(others):
            return f"it looks like UTF-16: convert it with iconv -f {name} -t UTF-8"
    try:
        # The last character may be cut.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "it is not UTF-8, perhaps Latin-1: convert it with iconv -f LATIN1 -t UTF-8"
    return None


def _python_hint(head: bytes) -> str | None:
    """The first object is one of Python's and none of JSON's."""
    found = next((each for each in segments(head, 0, JUDGED_BYTES, 0) if each.kind is Kind.OBJECT), None)
    if found is None or decoded(found.raw) is not None:
        return None
    try:
        ast.literal_eval(found.raw.decode("utf-8"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    to_json = _LIST_TO_JSON if head.lstrip().startswith(b"[") else _LINES_TO_JSON
    return f"it holds Python literals, not JSON: convert it with {to_json}"


def _wrapper_hint(head: bytes) -> str | None:
    """One object is all there is, or it goes on beyond the head."""
    begin = len(head) - len(head.lstrip())
    if not head[begin:].startswith(b"{"):
        return None
    found = segments(head, 0, JUDGED_BYTES, 0)
    if len(found) != 1 or found[0].kind is Kind.TEXT:
        return None
    for name in _LIST_OF_OBJECTS.findall(head):
        text = name.decode("ascii")
        if list_start(head[begin:], (Step(text),)) is not None:
            return f"it is one object that wraps a list: take its elements with jq -c '.{text}[]'"
    return None


def _csv_hint(head: bytes) -> str | None:
    """The first two lines have the same number of fields, above one."""
    lines = [line for line in head.decode("utf-8", "ignore").splitlines() if line.strip()][:2]
    if len(lines) < 2 or lines[0].lstrip()[0] in "{[":
        return None
    for delimiter, name in _DELIMITERS.items():
        first, second = (len(fields) for fields in csv.reader(lines, delimiter=delimiter))
        if first == second > 1:
            return (
                f"it looks like CSV with {name}: give --format a TOML file with "
                'reads = "csv" and the names of its columns, see docs/formats.md'
            )
    return None
