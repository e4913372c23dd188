"""Rule 3: an event's time is an instant, kept in UTC, whatever the session's zone."""

from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.texts import JSON_BLANKS

_DATE: Final = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,9})?)?"
_OFFSET: Final = "([+-])([01][0-9]|2[0-3]):?([0-5][0-9])"
# The groups: date, clock, and the offset's sign, hours and minutes.
_TIME: Final = f"\\A{JSON_BLANKS}*({_DATE})(?:[Tt :]({_CLOCK})(?:[Zz]|{_OFFSET})?)?{JSON_BLANKS}*\\z"

# A clock to the microsecond; what is cut off is not rounded.
_TO_MICROSECONDS: Final = len("12:46:46.384123")

_FIRST_INSTANT: Final = "0001-01-01 00:00:00"
_LAST_INSTANT: Final = "9999-12-31 23:59:59.999999"


def with_instants(frame: DataFrame, column: str) -> DataFrame:
    """Read times: the instants that they name, in UTC and cut to microseconds.

    Args:
        frame: any rows.
        column: its column of texts: a date, or a date and a clock time with or
            without an offset.

    Returns:
        The rows with a timestamp without zone for the text; null where the text is
        no time of the years 1 to 9999 in UTC.

    >>> df = spark.createDataFrame(
    ...     [("2017-01-06T12:46:46.384Z",), ("2016-06-28:08:03+05:30",), ("12:00",)], "instant string"
    ... )
    >>> with_instants(df, "instant").select(F.col("instant").cast("string")).show(truncate=False)
    +-----------------------+
    |instant                |
    +-----------------------+
    |2017-01-06 12:46:46.384|
    |2016-06-28 02:33:00    |
    |NULL                   |
    +-----------------------+
    <BLANKLINE>
    """
    first, last = (F.lit(bound).cast("timestamp_ntz") for bound in (_FIRST_INSTANT, _LAST_INSTANT))
    instant = F.col(column)
    # In two steps, so that Spark computes the first only once: it makes a method of Java of all formulas
    # of a stage, and one above 8,000 bytes is never compiled.
    utc = frame.withColumn(column, F.when(F.col(column).isNotNull(), _utc(F.col(column))))
    return utc.withColumn(column, F.when(instant.between(first, last), instant))


def _utc(text: Column) -> Column:
    """The time of a text in UTC, in any year; null where it is none."""
    date, clock, sign, hours, minutes = (F.regexp_extract(text, _TIME, group) for group in range(1, 6))
    local = F.rtrim(F.concat(date, F.lit(" "), F.substring(clock, 1, _TO_MICROSECONDS))).try_cast("timestamp_ntz")
    return local - _offset(sign, hours, minutes)


def _offset(sign: Column, hours: Column, minutes: Column) -> Column:
    """The offset from UTC as an interval, of no length where there is none."""
    ahead = hours.try_cast("int") * 60 + minutes.try_cast("int")
    minutes_ahead = F.coalesce(F.when(sign == "-", -ahead).otherwise(ahead), F.lit(0))
    return F.make_dt_interval(F.lit(0), F.lit(0), minutes_ahead, F.lit(0))
