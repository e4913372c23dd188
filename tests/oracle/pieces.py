"""Cuts the bytes of one file into pieces, and tells which are strictly valid JSON objects."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_MAX_EVENT_BYTES = 16 * 1024 * 1024
FORM_BYTES = 256 * 1024  # counted from the file's first byte, a byte order mark included
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANKS = b" \t\r\n"
PUNCTUATION = b"[],\0" + BLANKS
READ_FIELDS = ("type", "verb", "key", "customer_id", "event_time", "total_amount")


@dataclass(frozen=True)
class Number:
    """A JSON number, as it is written: never a float."""

    text: str


# A top-level value: None stands for all that no rule reads (null, booleans, arrays, objects).
Value = str | Number | None
Fields = dict[str, Value]


@dataclass(frozen=True)
class Piece:
    """One piece: the fields of its object, or else the reason why it has none."""

    offset: int
    raw: bytes
    fields: Fields | None
    reason: str | None


def pieces(data: bytes, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> list[Piece]:
    """The pieces of one file, in file order; a byte order mark counts in the offsets."""
    start = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    body = data[start:]
    cut = cut_lines if is_line_form(body, FORM_BYTES - start) else cut_stream
    return [assessed(start + offset, raw, max_event_bytes) for offset, raw in cut(body)]


def pieces_to_judge(
    data: bytes, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES, unwrap_rejects: bool = True
) -> list[Piece]:
    """As `pieces`, but a line of a rejects file gives the pieces of the text it holds in `raw`.

    That text is cut as one line, and its pieces have the offset of the object around them, plus 0,
    1, 2 and so on. Only one wrapping is taken off. A blank `raw` gives no piece: its line was
    emptied by hand.
    """
    found: list[Piece] = []
    for piece in pieces(data, max_event_bytes):
        inner = wrapped_text(readable(piece, max_event_bytes)) if unwrap_rejects else None
        cut = [] if inner is None else enumerate(cut_reject(inner), piece.offset)
        found += [piece] if inner is None else [assessed(at, raw, max_event_bytes) for at, raw in cut]
    return found


def readable(piece: Piece, most: int) -> Piece:
    """A piece; as if it were not too large, where it begins as a line of a rejects file: its text may be escaped."""
    first = [name for name, _ in object_fields(piece.raw) or []][:1] if piece.reason == "too_large" else []
    is_reject = {*first} & {"reason", "source_file", "offset", "raw", "raw_base64", "header"}
    return assessed(piece.offset, piece.raw, 6 * most + (64 << 10)) if is_reject else piece


def is_line_form(body: bytes, form_bytes: int) -> bool:
    """Whether one of the first lines is wholly one valid object with a `type` field."""
    lines = body[:form_bytes].splitlines(keepends=True)  # for bytes: LF, CRLF and CR, no others
    if len(body) > form_bytes and lines and not lines[-1].endswith((b"\n", b"\r")):
        lines.pop()  # cut off by the limit: its end is not known
    return any(name == "type" for line in lines for name, _ in object_fields(bared(line)[1]) or [])


def bared(text: bytes) -> tuple[int, bytes]:
    """A text without the punctuation around it, byte order marks among it, and where it begins."""
    start, end = 0, len(text)
    while start < end:
        if text.startswith(BYTE_ORDER_MARK, start):
            start += len(BYTE_ORDER_MARK)
        elif text[start] in PUNCTUATION:
            start += 1
        else:
            break
    while start < end:
        if text.endswith(BYTE_ORDER_MARK, start, end):
            end -= len(BYTE_ORDER_MARK)
        elif text[end - 1] in PUNCTUATION:
            end -= 1
        else:
            break
    return start, text[start:end]


def cut_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Line form: a line break ends every piece, whatever it stands in."""
    start = 0
    for line in body.splitlines(keepends=True):
        for first, raw in cut_line(line):
            yield start + first, raw
        start += len(line)


def cut_line(line: bytes) -> list[tuple[int, bytes]]:
    """A line of objects alone: each; one that begins with an object and holds another: as a stream; else itself."""
    found = list(cut_stream(line))
    whole = [raw[:1] == b"{" and end_of_object(raw, 0) == (len(raw), True) for _, raw in found]
    if all(whole) or (whole[0] and sum(whole) > 1):
        return found
    return [(len(line) - len(line.lstrip(BLANKS)), line.strip(BLANKS))]


def cut_reject(text: bytes) -> list[bytes]:
    """The text in a reject: one line, whose line breaks are only blanks outside of its objects.

    So a reject that nobody mended is refused again, whole, and an event over several lines is read.
    """
    return [raw for _, raw in cut_line(text)]


def cut_stream(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Stream form: each balanced object is a piece, and so is each run of other text."""
    at = 0
    while at < len(body):
        opening = body.find(b"{", at)
        run_end = opening if opening >= 0 else len(body)
        run = body[at:run_end]
        leading, text = bared(run)
        if text:
            yield at + leading, text
        if opening < 0:
            return
        at, is_closed = end_of_object(body, opening)
        raw = body[opening:at]
        # Left open at the end of the file: up to its last byte that is no blank.
        # Broken off by a line break in a string: up to that line break, blanks kept.
        yield opening, raw.rstrip(BLANKS) if at == len(body) and not is_closed else raw


def end_of_object(data: bytes, opening: int) -> tuple[int, bool]:
    """Where the object that opens there ends, and whether a brace closed it.

    Only braces count, outside of strings. A line break in a string ends the object before it,
    even right after a backslash, which escapes every other byte.
    """
    depth = 0
    in_string = False
    at = opening
    while at < len(data):
        byte = data[at : at + 1]
        if in_string:
            if byte in (b"\n", b"\r"):
                return at, False
            if byte == b'"':
                in_string = False
            elif byte == b"\\" and data[at + 1 : at + 2] not in (b"\n", b"\r"):
                at += 1
        elif byte == b'"':
            in_string = True
        elif byte == b"{":
            depth += 1
        elif byte == b"}":
            depth -= 1
            if depth == 0:
                return at + 1, True
        at += 1
    return len(data), False


def assessed(offset: int, raw: bytes, max_event_bytes: int) -> Piece:
    """The piece with its fields, or with the first of the reasons that a piece can have."""
    if len(raw) > max_event_bytes:
        return Piece(offset, raw, None, "too_large")
    fields = object_fields(raw)
    if fields is None:
        return Piece(offset, raw, None, "malformed_json")
    names = [name for name, _ in fields]
    if any(names.count(name) > 1 for name in READ_FIELDS):
        return Piece(offset, raw, None, "duplicate_field")
    return Piece(offset, raw, dict(fields), None)


def wrapped_text(piece: Piece) -> bytes | None:
    """What a line of a rejects file holds; None if the piece is no such line.

    It has `reason`, `source_file`, `offset`, and text in `raw` or `raw_base64`, and no `type`;
    other fields do not matter. Where both are given, `raw` counts: that is what people mend.
    One of these given twice, or no valid base64: no such line, so it is judged as an event.
    """
    if piece.fields is None or "type" in piece.fields:
        return None
    names = [name for name, _ in object_fields(piece.raw) or []]
    if any(names.count(name) != 1 for name in ("reason", "source_file", "offset")):
        return None
    if any(names.count(name) > 1 for name in ("raw", "raw_base64")):
        return None
    text, coded = piece.fields.get("raw"), piece.fields.get("raw_base64")
    if isinstance(text, str):
        return text.encode("utf-8")
    if isinstance(coded, str) and "raw" not in piece.fields:
        try:
            return base64.b64decode(coded, validate=True)
        except (binascii.Error, ValueError):
            return None
    return None


MARKS = ("{", "}", "[", "]", ":", ",")
# RFC 8259's tokens. The loop in the string is unrolled so that it never backtracks.
TOKEN = re.compile(
    r"""
    [ \t\r\n]* (
        [{}\[\]:,]
      | " [^"\\\x00-\x1f]* (?: \\ (?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) [^"\\\x00-\x1f]* )* "
      | -? (?: 0 | [1-9][0-9]* ) (?: \.[0-9]+ )? (?: [eE] [+-]? [0-9]+ )?
      | true | false | null
    )
    """,
    re.VERBOSE,
)


def object_fields(raw: bytes) -> list[tuple[str, Value]] | None:
    """The top-level fields, in order and repeated ones too; None if it is no valid object.

    No recursion, so that any depth of nesting is fine; numbers stay text, so that any size is.
    """
    found = tokens(raw)
    if not found or found[0] != "{":
        return None
    fields: list[tuple[str, Value]] = []
    name = ""
    open_brackets = ["{"]
    wanted = "name or }"
    for token in found[1:]:
        is_scalar = token not in MARKS
        # An empty object or array ends, or one in which a value has just been read.
        is_end = (wanted, token) in (("name or }", "}"), ("value or ]", "]"))
        if wanted == ", or end":
            is_end = open_brackets[-1] + token in ("{}", "[]")
        if wanted in ("name", "name or }") and token[0] == '"':
            name = token
            wanted = ":"
        elif wanted == ":" and token == ":":
            wanted = "value"
        elif wanted in ("value", "value or ]") and (is_scalar or token in ("{", "[")):
            if len(open_brackets) == 1:
                fields.append((json.loads(name), scalar(token) if is_scalar else None))
            if is_scalar:
                wanted = ", or end"
            else:
                open_brackets.append(token)
                wanted = "name or }" if token == "{" else "value or ]"
        elif wanted == ", or end" and token == ",":
            wanted = "name" if open_brackets[-1] == "{" else "value"
        elif is_end:
            open_brackets.pop()
            wanted = ", or end" if open_brackets else "nothing"
        else:
            return None
    return fields if wanted == "nothing" else None


def tokens(raw: bytes) -> list[str] | None:
    """The JSON tokens of the text; None for what is no UTF-8, no token or no Unicode text."""
    try:
        text = raw.decode("utf-8").strip(" \t\r\n")
    except UnicodeDecodeError:
        return None
    found = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            return None
        token = match.group(1)
        if token[0] == '"' and has_lone_surrogate(json.loads(token)):
            return None
        found.append(token)
        at = match.end()
    return found


def has_lone_surrogate(text: str) -> bool:
    r"""Whether an escape such as `\ud800` stands alone; `json` joins those that are a pair."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def scalar(token: str) -> Value:
    """A string decoded, a number as its text, None for true, false and null."""
    if token[0] == '"':
        return str(json.loads(token))
    return None if token in ("true", "false", "null") else Number(token)
