"""Plain times read at once: a shortcut for the form that nearly every log is written in.

``YYYY-MM-DD?HH:MM:SS``, a fraction of at most six digits or none, ``Z`` or
nothing, all texts of one length. What is not so plain, or not valid, stays text
for the rules to judge. The calendar is that of H. Hinnant's days_from_civil.
"""

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_DATE_AND_CLOCK: Final = 19
_MOST_FRACTION_DIGITS: Final = 6
_MARKS: Final = ((4, b"-"), (7, b"-"), (13, b":"), (16, b":"))
_DATE_FROM_CLOCK: Final = np.isin(np.arange(256), list(b"Tt :"))
_DAYS_OF_MONTH: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int32)
_SECONDS_OF_DAY: Final = 86_400
_MICROS: Final = 1_000_000

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Times(NamedTuple):
    """Texts of event times, read where they are plain.

    Attributes:
        instants: timestamps in UTC, microseconds; null where the text was not plain.
        texts: the texts of the others; null where the time was read.
    """

    instants: pa.Array
    texts: pa.Array


def read_plain(texts: pa.Array) -> Times:
    """Read the times that are plain.

    >>> times = read_plain(pa.array(["2017-01-06T12:46:46.384Z", "2017-02-30T00:00:00.000Z", None]))
    >>> [str(instant) for instant in times.instants.to_pylist()]
    ['2017-01-06 12:46:46.384000', 'None', 'None']
    >>> times.texts.to_pylist()
    [None, '2017-02-30T00:00:00.000Z', None]
    """
    characters, rows = _of_one_length(texts)
    micros, plain = _micros(characters)
    if len(rows) == len(texts) and plain.all():
        return Times(_timestamps(micros, None), pa.nulls(len(texts), pa.string()))
    left = np.ones(len(texts), bool)
    left[rows[plain]] = False
    instants = np.zeros(len(texts), np.int64)
    instants[rows[plain]] = micros[plain]
    return Times(_timestamps(instants, left), pc.if_else(pa.array(left), texts, None))


def _timestamps(micros: NDArray[np.int64], missing: Flags | None) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def _of_one_length(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The characters of all texts of the first one's length, a row each, and which texts those are."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    lengths = np.diff(offsets)
    width = int(lengths[0]) if len(lengths) else 0
    content = texts.buffers()[2]
    if width < _DATE_AND_CLOCK or content is None:
        return np.empty((0, _DATE_AND_CLOCK), np.uint8), np.empty(0, np.int64)
    data = np.frombuffer(content, np.uint8)
    rows = np.flatnonzero(lengths == width)
    if len(rows) == len(texts):
        return data[offsets[0] : offsets[-1]].reshape(-1, width), rows
    return data[offsets[rows][:, None] + np.arange(width)], rows


class _Columns:
    """Texts of one length, a character of all of them at a time.

    Attributes:
        valid: whether each text has held only what was expected of it.
    """

    def __init__(self, characters: NDArray[np.uint8]) -> None:
        self._columns = np.ascontiguousarray(characters.T)
        self.width, count = self._columns.shape
        self.valid: Flags = np.ones(count, bool)

    def expect(self, place: int, mark: bytes) -> None:
        """The character at a place is one mark."""
        self.valid &= self._columns[place] == mark[0]

    def expect_one_of(self, place: int, allowed: Flags) -> None:
        """The character at a place is one of a set."""
        self.valid &= allowed[self._columns[place]]

    def number(self, begin: int, end: int) -> Numbers:
        """The number whose digits stand in [begin, end)."""
        value = np.zeros(len(self.valid), np.int32)
        for column in self._columns[begin:end]:
            digit = column - np.uint8(ord("0"))
            self.valid &= digit <= 9
            value = value * 10 + digit
        return value

    def ends_in_z(self) -> bool:
        """Whether the first text ends in Z; then all must."""
        if self._columns[-1, :1].tobytes() not in (b"Z", b"z"):
            return False
        self.valid &= (self._columns[-1] | 0x20) == ord("z")
        return True


def _micros(characters: NDArray[np.uint8]) -> tuple[NDArray[np.int64], Flags]:
    """Microseconds since 1970 of each text, and whether it is a plain and valid time."""
    columns = _Columns(characters)
    end = columns.width - columns.ends_in_z()
    fraction_digits = max(0, end - _DATE_AND_CLOCK - 1)
    if end == _DATE_AND_CLOCK + 1 or fraction_digits > _MOST_FRACTION_DIGITS or end < _DATE_AND_CLOCK:
        return np.zeros(len(characters), np.int64), np.zeros(len(characters), bool)
    for place, mark in _MARKS:
        columns.expect(place, mark)
    columns.expect_one_of(10, _DATE_FROM_CLOCK)
    year, month, day = columns.number(0, 4), columns.number(5, 7), columns.number(8, 10)
    hour, minute, second = columns.number(11, 13), columns.number(14, 16), columns.number(17, 19)
    fraction = np.zeros_like(year)
    if fraction_digits:
        columns.expect(_DATE_AND_CLOCK, b".")
        fraction = columns.number(_DATE_AND_CLOCK + 1, end) * 10 ** (_MOST_FRACTION_DIGITS - fraction_digits)
    valid = columns.valid & (hour < 24) & (minute < 60) & (second < 60)
    valid &= _is_date(year, month, day)
    seconds = _days(year, month, day) * np.int64(_SECONDS_OF_DAY) + (hour * 3600 + minute * 60 + second)
    return seconds * _MICROS + fraction, valid


def _is_date(year: Numbers, month: Numbers, day: Numbers) -> Flags:
    in_year = (year >= 1) & (month >= 1) & (month <= 12)
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last_day = _DAYS_OF_MONTH[np.where(in_year, month, 0)] + (is_leap & (month == 2))
    is_date: Flags = in_year & (day >= 1) & (day <= last_day)
    return is_date


def _days(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Days since 1970-01-01 in the Gregorian calendar."""
    march_year = year - (month <= 2)
    century = march_year // 100
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return march_year * 365 + march_year // 4 - century + century // 4 + day_of_year - 719_468
