"""The values of a decoded record: texts, numbers as written, and objects with all their pairs."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

JSON_BLANKS: Final = " \t\r\n"


class NumberText(str):
    """The text of a JSON number, which is never converted to a float."""

    __slots__ = ()


class JsonObject(NamedTuple):
    """A JSON object as its pairs, in order, including repeated names."""

    pairs: list[tuple[str, Any]]


class Gathered(list[Any]):
    """The values that a path gathered from each object of a list, as opposed to a list in the record."""


def csv_record(header: Sequence[str], fields: Sequence[str]) -> JsonObject:
    """A record of a CSV file, as an object of its fields."""
    return JsonObject(list(zip(header, fields, strict=True)))


def is_nothing(value: Any) -> bool:
    """Whether a value counts as absent: null, or a text of only white space.

    >>> is_nothing(None), is_nothing(" \\t"), is_nothing(NumberText("0")), is_nothing(False)
    (True, True, False, False)
    """
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def text_of(value: Any) -> str | None:
    """A text, or the JSON text of a number or boolean; None for other values.

    >>> text_of("a"), text_of(NumberText("1.50")), text_of(True), text_of(JsonObject([]))
    ('a', '1.50', 'true', None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None


def identifier(value: Any) -> str | None:
    """Rule 2: a text verbatim, or an integer's text; None for blank texts and other types.

    >>> identifier(" a"), identifier(NumberText("-0")), identifier(NumberText("1.0")), identifier(" ")
    (' a', '0', None, None)
    """
    if isinstance(value, NumberText):
        is_integer = value.removeprefix("-").isdecimal()
        return ("0" if value == "-0" else str(value)) if is_integer else None
    return value if isinstance(value, str) and not is_nothing(value) else None
