"""Rule 3: an event's time is an instant, kept in UTC, whatever the session's zone."""

from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F

from sflydwh.events.texts import trimmed

_DATE: Final = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,9})?)?"
_OFFSET: Final = "[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]"
_TIME: Final = f"\\A{_DATE}(?:[Tt :]{_CLOCK}(?:[Zz]|{_OFFSET})?)?\\z"

# Date and clock to the microsecond; what is cut off is not rounded.
_TO_MICROSECONDS: Final = "\\A.{11}([0-9:]+(?:\\.[0-9]{1,6})?)"
_OFFSET_AT_END: Final = "([+-])([0-9]{2}):?([0-9]{2})\\z"

_FIRST_INSTANT: Final = "0001-01-01 00:00:00"
_LAST_INSTANT: Final = "9999-12-31 23:59:59.999999"


def event_instant(text: Column) -> Column:
    """The instant that an event's time names, in UTC and cut to microseconds.

    Args:
        text: a date, or a date and a clock time with or without an offset.

    Returns:
        A timestamp without zone; null where the text is no time of the years
        1 to 9999 in UTC.

    >>> df = spark.createDataFrame(
    ...     [("2017-01-06T12:46:46.384Z",), ("2016-06-28:08:03+05:30",), ("12:00",)], "t string"
    ... )
    >>> df.select(event_instant(df.t).cast("string").alias("instant")).show(truncate=False)
    +-----------------------+
    |instant                |
    +-----------------------+
    |2017-01-06 12:46:46.384|
    |2016-06-28 02:33:00    |
    |NULL                   |
    +-----------------------+
    <BLANKLINE>
    """
    text = trimmed(text)
    local = F.when(text.rlike(_TIME), _local_time(text))
    has_offset = (F.length(text) > 11) & text.rlike(_OFFSET_AT_END)
    instant = F.when(has_offset, local - _offset(text)).otherwise(local)
    first, last = (F.lit(bound).cast("timestamp_ntz") for bound in (_FIRST_INSTANT, _LAST_INSTANT))
    return F.when(instant.between(first, last), instant)


def _local_time(text: Column) -> Column:
    date = text.substr(1, 10)
    clock = F.regexp_extract(text, _TO_MICROSECONDS, 1)
    is_date_only = F.length(text) == 10
    return F.when(is_date_only, date).otherwise(F.concat(date, F.lit(" "), clock)).try_cast("timestamp_ntz")


def _offset(text: Column) -> Column:
    """The offset from UTC as an interval."""
    hours, minutes = (F.regexp_extract(text, _OFFSET_AT_END, n).try_cast("int") for n in (2, 3))
    sign = F.when(F.regexp_extract(text, _OFFSET_AT_END, 1) == "-", -1).otherwise(1)
    return F.make_dt_interval(F.lit(0), F.lit(0), sign * (hours * 60 + minutes), F.lit(0))
