"""One piece, judged exactly: is it a strictly valid JSON object, and what are its fields?

Values keep their text: a number is never turned into a float. The standard
library's parser does the work; it is told to refuse what JSON does not have
(``NaN``, ``Infinity``) and to report every pair, so that a field given twice is
seen. Nesting too deep for it is left to `deep`, which has no limit.
"""

import base64
import binascii
import json
import re
from typing import Any, Final, NamedTuple, TypeGuard

from sflydwh.formats.model import (
    CUSTOMER_ID,
    DUPLICATE_FIELD,
    FIELDS,
    KEY,
    MALFORMED_JSON,
    TOTAL_AMOUNT,
    TYPE,
)
from sflydwh.reader.deep import top_level_pairs

_MAYBE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_REJECT_FIELDS: Final = ("reason", "source_file", "offset", "raw", "raw_base64")
_INTEGER: Final = re.compile(r"-?[0-9]+\Z")


class NumberText(str):
    """The text of a JSON number."""

    __slots__ = ()


class JsonObject(NamedTuple):
    """A JSON object as its pairs, in order, repeated names and all."""

    pairs: list[tuple[str, Any]]


class Judged(NamedTuple):
    """What one piece turned out to be: its fields' texts, or the reason against it.

    `wrapped` holds the bytes inside a line of a rejects file, which is input again.
    """

    reason: str | None
    fields: dict[str, str | None]
    wrapped: bytes | None = None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=JsonObject,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_refuse_constant,
    strict=True,
)
_JSON_BLANKS: Final = " \t\r\n"


def judge(raw: bytes) -> Judged:
    """Judge one piece.

    Args:
        raw: the piece's bytes, blanks around it allowed.

    Returns:
        The texts of the fields that are read (absent, null or of a type that
        the field cannot have: None), or `malformed_json` or `duplicate_field`.
    """
    try:
        pairs = _object_pairs(raw.decode("utf-8"))
    except ValueError:
        return Judged(MALFORMED_JSON, {})
    if pairs is None:
        return Judged(MALFORMED_JSON, {})
    names = [name for name, _ in pairs if name in FIELDS]
    if len(set(names)) != len(names):
        return Judged(DUPLICATE_FIELD, {})
    values = dict(pairs)
    wrapped = None if TYPE in values else _wrapped(pairs)
    return Judged(None, {name: field_text(name, values.get(name)) for name in FIELDS}, wrapped)


def is_event(raw: bytes) -> bool:
    """Whether a piece is valid JSON with a `type` field, or a reject that carries such a piece."""
    try:
        pairs = _object_pairs(raw.decode("utf-8"))
    except ValueError:
        return False
    return any(name == TYPE for name, _ in pairs or ()) or _wrapped(pairs or []) is not None


def _object_pairs(text: str) -> list[tuple[str, Any]] | None:
    text = text.strip(_JSON_BLANKS)
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        return top_level_pairs(text, NumberText)
    if end != len(text) or not isinstance(value, JsonObject):
        return None
    if _MAYBE_SURROGATE.search(text) and _has_lone_surrogate(value):
        return None
    return value.pairs


def _has_lone_surrogate(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, JsonObject):
            waiting.extend(part for pair in item.pairs for part in pair)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and not _is_utf8(item):
            return True
    return False


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def field_text(name: str, value: Any) -> str | None:
    """The text of a field's value, or None where its JSON type is not one the field can have.

    >>> field_text("customer_id", "a b"), field_text("customer_id", NumberText("123"))
    ('a b', '123')
    >>> field_text("customer_id", NumberText("1.0")), field_text("type", NumberText("1"))
    (None, None)
    >>> field_text("total_amount", NumberText("12.10")), field_text("total_amount", True)
    ('12.10', None)
    """
    if isinstance(value, NumberText):
        if name in (CUSTOMER_ID, KEY) and _INTEGER.match(value):
            return "0" if value == "-0" else str(value)
        return str(value) if name == TOTAL_AMOUNT else None
    return value if isinstance(value, str) else None


def _wrapped(pairs: list[tuple[str, Any]]) -> bytes | None:
    """The bytes that a line of a rejects file carries, None for any other object."""
    values = dict(pairs)
    reject = [name for name, _ in pairs if name in _REJECT_FIELDS]
    is_reject = (
        len(set(reject)) == len(reject) and _is_text(values.get("reason")) and _is_text(values.get("source_file"))
    )
    if not is_reject or not isinstance(values.get("offset"), NumberText):
        return None
    raw, encoded = values.get("raw"), values.get("raw_base64")
    if _is_text(raw):
        return raw.encode("utf-8")
    return _from_base64(encoded) if _is_text(encoded) else None


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, NumberText)


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
