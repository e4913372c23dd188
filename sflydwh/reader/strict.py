"""Decode one piece exactly: whether it is a strictly valid JSON object in UTF-8, and its pairs.

Values keep their text: a number is never turned into a float. The standard
library's parser does the work; it is told to refuse what JSON does not have
(``NaN``, ``Infinity``) and to report every pair, so that a field given twice is
seen. Nesting too deep for it is left to `deep`, which has no limit.
"""

import base64
import binascii
import json
import re
from typing import Any, Final, TypeGuard

from sflydwh.formats.format import Format
from sflydwh.formats.model import TYPE
from sflydwh.formats.values import JSON_BLANKS, JsonObject, NumberText
from sflydwh.reader.deep import deep_object

_MAYBE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_REJECT_FIELDS: Final = ("reason", "source_file", "offset", "raw", "raw_base64", "header")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=JsonObject,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_refuse_constant,
    strict=True,
)


def decoded(raw: bytes) -> JsonObject | None:
    """The pairs of a piece, or None if it is not one strictly valid JSON object in UTF-8.

    Args:
        raw: the piece's bytes, blanks around it allowed.
    """
    try:
        return _object_of(raw.decode("utf-8"))
    except ValueError:
        return None


def has_type(raw: bytes) -> bool:
    """Whether a piece is an event of the model's own format, or a reject."""
    record = decoded(raw)
    return record is not None and (any(name == TYPE for name, _ in record.pairs) or wrapped(record) is not None)


def is_event(record: JsonObject, log_format: Format) -> bool:
    """Whether a record is meant as an event: under the model's own format by its `type`, else by its time."""
    if log_format.is_exact:
        return any(name == TYPE for name, _ in record.pairs)
    slots = log_format.places.find(record)
    return slots is not None and log_format.is_timed(slots)


def tells_lines(raw: bytes, log_format: Format) -> bool:
    """Whether a line that is this piece tells line form: an event, or a line of a rejects file."""
    record = decoded(raw)
    return record is not None and (is_event(record, log_format) or wrapped(record) is not None)


def _object_of(text: str) -> JsonObject | None:
    text = text.strip(JSON_BLANKS)
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        return deep_object(text, NumberText)
    if end != len(text) or not isinstance(value, JsonObject):
        return None
    if _MAYBE_SURROGATE.search(text) and _has_lone_surrogate(value):
        return None
    return value


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


def wrapped(record: JsonObject) -> bytes | None:
    """The bytes that a line of a rejects file carries, None for any other object."""
    values = dict(record.pairs)
    reject = [name for name, _ in record.pairs if name in _REJECT_FIELDS]
    is_reject = (
        len(set(reject)) == len(reject) and _is_text(values.get("reason")) and _is_text(values.get("source_file"))
    )
    if not is_reject or not isinstance(values.get("offset"), NumberText):
        return None
    raw, encoded = values.get("raw"), values.get("raw_base64")
    if _is_text(raw):
        return raw.encode("utf-8")
    return _from_base64(encoded) if _is_text(encoded) else None


def reject_reason(record: JsonObject) -> str:
    """The reason that a line of a rejects file gives."""
    return str(dict(record.pairs)["reason"])


def reject_header(record: JsonObject) -> str | None:
    """The header of the CSV file that a line of a rejects file came from, if it has one."""
    header = dict(record.pairs).get("header")
    return header if _is_text(header) else None


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, NumberText)


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
