"""Rule 3: an event's time is an instant in UTC, truncated to microseconds."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sflydwh.errors import UsageError
from sflydwh.formats.values import JSON_BLANKS, NumberText

# Reads a value: microseconds since 1970-01-01 in UTC, or None if it is not a time.
Instant = Callable[[Any], int | None]

_EPOCH: Final = date(1970, 1, 1).toordinal()
_MICROS: Final = 1_000_000
_FIRST: Final = -62_135_596_800 * _MICROS
_LAST: Final = 253_402_300_800 * _MICROS - 1

_OFFSET: Final = r"[ \t\r\n]?(?:[Zz]|UTC|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?)"
_CLOCK: Final = (
    r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{1,2})"
    r"(?::(?P<S>[0-9]{1,2})(?:\.(?P<f>[0-9]{1,9}))?|\.(?P<S2>[0-9]{2})\.(?P<f2>[0-9]{1,9})|\.(?P<f3>[0-9]{3}))?"
)
_ISO: Final = re.compile(rf"(?P<Y>[0-9]{{4}})-(?P<m>[0-9]{{1,2}})-(?P<d>[0-9]{{1,2}})(?:[Tt :]{_CLOCK}(?:{_OFFSET})?)?")
_NUMBER: Final = re.compile(r"([0-9]{1,20})(?:\.([0-9]+))?")
_UNITS: Final = {"s": 6, "ms": 3, "us": 0}
UNITS: Final = ("iso", *_UNITS)

_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# Matches ASCII letters in either case, but not other letters that Unicode folds into them.
_MONTH: Final = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in month) for month in _MONTHS)
_DIRECTIVES: Final = {
    "Y": "(?P<Y>[0-9]{4})",
    "y": "(?P<y>[0-9]{2})",
    "m": "(?P<m>[0-9]{%s})",
    "d": "(?P<d>[0-9]{%s})",
    "H": "(?P<H>[0-9]{%s})",
    "M": "(?P<M>[0-9]{%s})",
    "S": "(?P<S>[0-9]{%s})",
    "b": f"(?P<b>{_MONTH})",
    "z": _OFFSET,
    "%": "%",
}
# The directives that begin with a digit; before one of them, a number must have all its digits.
_DIGITS_FIRST: Final = tuple("YymdHMS")


def iso_instant(value: Any) -> int | None:
    """The instant in a text, by rule 3.

    Args:
        value: the value found; only texts can be times.

    Returns:
        Microseconds since 1970-01-01 in UTC; None if it is not a time of the years 1 to 9999.

    >>> iso_instant("1970-01-01T00:00:01.5Z"), iso_instant("1970-1-1 01:00 +01"), iso_instant("12:00")
    (1500000, 0, None)
    """
    if not isinstance(value, str) or isinstance(value, NumberText):
        return None
    found = _ISO.fullmatch(value.strip(JSON_BLANKS))
    return None if found is None else _micros(found.groupdict())


def counted_instant(unit: str) -> Instant:
    """A function that reads an exact count of units since 1970.

    Args:
        unit: `s`, `ms` or `us`.

    >>> counted_instant("s")(NumberText("1.5")), counted_instant("us")("1612069510766593")
    (1500000, 1612069510766593)
    """
    digits = _UNITS[unit]

    def instant(value: Any) -> int | None:
        found = _NUMBER.fullmatch(value.strip(JSON_BLANKS)) if isinstance(value, str) else None
        if found is None:
            return None
        micros = int(found[1] + (found[2] or "")[:digits].ljust(digits, "0"))
        return micros if micros <= _LAST else None

    return instant


def pattern_instant(pattern: str) -> Instant:
    """A function that reads a text by a pattern.

    Args:
        pattern: `%Y %y %m %d %H %M %S %b %z %%`; all other characters stand for themselves.

    Raises:
        UsageError: the pattern is invalid.

    >>> pattern_instant("%m/%d/%Y %H:%M")("1/2/1970 0:01")
    86460000000
    """
    if pattern != pattern.strip(JSON_BLANKS):
        raise UsageError(f"{pattern!r} begins or ends with a blank; times are trimmed before they are read")
    regex = re.compile(_regex_of(pattern))

    def instant(value: Any) -> int | None:
        found = regex.fullmatch(value.strip(JSON_BLANKS)) if isinstance(value, str) else None
        return None if found is None else _micros(found.groupdict())

    return instant


def _regex_of(pattern: str) -> str:
    parts, given = [], ""
    at = 0
    while at < len(pattern):
        if pattern[at] != "%":
            parts.append(re.escape(pattern[at]))
            at += 1
            continue
        name, rest = pattern[at + 1 : at + 2], pattern[at + 2 :]
        if name not in _DIRECTIVES or not name:
            raise UsageError(f"%{name} is not a directive; known are %{' %'.join(_DIRECTIVES)}")
        if name != "%" and name in given:
            raise UsageError(f"%{name} occurs twice in {pattern!r}")
        given += name
        is_followed = "0" <= rest[:1] <= "9" or (rest[:1] == "%" and rest[1:2] in _DIGITS_FIRST)
        parts.append(_DIRECTIVES[name].replace("%s", "2" if is_followed else "1,2"))
        at += 2
    for one, other in (("Y", "y"), ("m", "b")):
        if (one in given) == (other in given):
            raise UsageError(f"{pattern!r} must have one of %{one} and %{other}")
    if "d" not in given:
        raise UsageError(f"{pattern!r} must have %d")
    return "".join(parts)


def _micros(parts: dict[str, str | None]) -> int | None:
    """An instant from the parts of a time; None if the day, clock or year is invalid."""
    year = int(parts["Y"] or 0) if "Y" in parts else _full_year(int(parts["y"] or 0))
    month = _MONTHS.index(str(parts["b"]).lower()) + 1 if parts.get("b") else int(parts["m"] or 0)
    hour, minute = int(parts.get("H") or 0), int(parts.get("M") or 0)
    second = int(parts.get("S") or parts.get("S2") or 0)
    fraction = (parts.get("f") or parts.get("f2") or parts.get("f3") or "")[:6].ljust(6, "0")
    if hour > 23 or minute > 59 or second > 59:
        return None
    try:
        # Python's dates begin with year 1. Year 0 has the same calendar as year 400.
        days = date(year or 400, month, int(parts["d"] or 0)).toordinal() - _EPOCH - (0 if year else 146_097)
    except ValueError:
        return None
    ahead = int(parts.get("hours") or 0) * 60 + int(parts.get("minutes") or 0)
    minutes = (days * 24 + hour) * 60 + minute - (-ahead if parts.get("sign") == "-" else ahead)
    micros = (minutes * 60 + second) * _MICROS + int(fraction)
    return micros if _FIRST <= micros <= _LAST else None


def _full_year(year: int) -> int:
    return year + (1900 if year >= 69 else 2000)
