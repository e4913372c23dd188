"""Merging a batch of events with the events of a table, by rule 1.

Nothing here sorts whole events or keeps them in memory: which of several events with
the same key counts is found from keys and positions only.
"""

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.latest import repeated, with_is_last
from sflydwh.formats.model import ORDER, UPDATE
from sflydwh.ltv.orders import count_replaced, count_superseded
from sflydwh.ltv.weeks import week_of

_WEEK = week_of("monday")


def judged(pieces: DataFrame) -> DataFrame:
    """The pieces of a batch, with the columns that the table keeps.

    Args:
        pieces: rows of the reader, `PIECES`.

    Returns:
        The rows, with the `week` of each event: its Monday in days since 1970-01-01.
    """
    return pieces.withColumn("week", _WEEK(F.col("event_time")))


def with_week(events: DataFrame) -> DataFrame:
    """Events of the table with their `week`, which is not in the files."""
    return events.withColumn("week", _WEEK(F.col("event_time")))


def given_again(accepted: DataFrame, key: Sequence[str]) -> DataFrame:
    """The keys that occur several times in a batch, with `times` and `last_place`, see `events.latest.repeated`."""
    return accepted.transform(repeated, key, "position")


def last_given(accepted: DataFrame, given_again: DataFrame, key: Sequence[str]) -> DataFrame:
    """The events of a batch, without those that a later event of the batch supersedes.

    Args:
        accepted: the accepted events with their `position`.
        given_again: the result of the function of that name.
        key: the key columns of the table.
    """
    return accepted.transform(with_is_last, given_again, key, "position").where(F.col("is_last")).drop("is_last")


def superseded_orders(accepted: DataFrame, given_again: DataFrame, key: Sequence[str]) -> tuple[int, int]:
    """How many ORDER events of a batch are superseded by one with another key, or another amount; see `ltv.orders`."""
    again = given_again.select(*key, "last_place").join(accepted.transform(_orders), [*key])
    return count_superseded(again, key, "position")


def replaced_orders(replaced: DataFrame, batch: DataFrame, key: Sequence[str]) -> tuple[int, int]:
    """The same for ORDER events of the table that the batch replaces."""
    return count_replaced(replaced.transform(_orders), batch.transform(_orders), key)


def _orders(events: DataFrame) -> DataFrame:
    """ORDER events, in the columns of the tallies."""
    is_update = F.when(F.col("verb") == UPDATE, 1).otherwise(0)
    label = F.when(F.trim("key") != "", F.col("key"))
    return events.where(F.col("event_type") == ORDER).withColumns({"is_update": is_update, "label": label})


def replaced(there: DataFrame, batch: DataFrame, key: Sequence[str]) -> DataFrame:
    """The keys of the table's events that a batch replaces, with the columns that the counts need.

    Args:
        there: events of the table, with their `week`.
        batch: the events of the batch, each key once.
        key: the key columns of the table.
    """
    columns = dict.fromkeys((*key, "week", "verb", "key", "amount"))
    return there.select(*columns).join(batch.select(*key), [*key], "left_semi")


def kept(there: DataFrame, replaced: DataFrame, key: Sequence[str]) -> DataFrame:
    """The events of the table that are not replaced."""
    return there.join(replaced.select(*key), [*key], "left_anti")


def as_stored(events: DataFrame, batch: int, columns: Iterable[str]) -> DataFrame:
    """Events of a batch, in the columns of the table's files and `week`."""
    known = events.withColumns({"attributes": F.col("raw").cast("string"), "batch": F.lit(batch).cast("bigint")})
    return known.select(*columns, "week")


def shared_out(events: DataFrame, tasks: int, files_a_week: Column) -> DataFrame:
    """Repartition events for writing, so that each week gets few files.

    Args:
        events: events with their `week`.
        tasks: how many tasks write.
        files_a_week: the highest number of files of a week.
    """
    return events.repartition(tasks, "week", _share(F.col("customer_id"), files_a_week))


def by_week(numbers: Mapping[int, int]) -> Column:
    """A number by `week`; 1 for weeks without a number.

    >>> spark.range(3).withColumnRenamed("id", "week").select(by_week({0: 2, 1: 3}).alias("n")).collect()
    [Row(n=2), Row(n=3), Row(n=1)]
    """
    column = F.lit(1)
    for number in sorted(set(numbers.values()) - {1}):
        weeks = [week for week in numbers if numbers[week] == number]
        column = F.when(F.col("week").isin(weeks), number).otherwise(column)
    return column


def _share(customer_id: Column, shares: Column) -> Column:
    return F.pmod(F.crc32(customer_id.cast("binary")), shares)
