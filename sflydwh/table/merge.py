"""Steps from a batch of events to the events of a table: rule 1, with what is there already.

Nothing here sorts or keeps whole events in memory: which of several events with
the same key counts is found among keys and positions alone.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events import with_judgement
from sflydwh.events.latest import repeated, with_is_last
from sflydwh.ltv.weeks import week_of
from sflydwh.table.schema import KEY

_WEEK = week_of("monday")


def judged(pieces: DataFrame) -> DataFrame:
    """The pieces of a batch, accepted and rejected ones, with all that the table keeps of them.

    Args:
        pieces: rows of the reader with the raw bytes.

    Returns:
        Rows of `position`, `reason` (null if accepted), `week` (its Monday in days since
        1970-01-01), the bytes in `raw`, and the table's columns `customer_id` to
        `amount`, `source_file` and `source_offset`.
    """
    return pieces.transform(with_judgement).select(
        "position",
        "reason",
        _WEEK(F.col("event_time")).alias("week"),
        "customer_id",
        "event_time",
        F.col("type").alias("event_type"),
        "verb",
        "key",
        "amount",
        "raw",
        "source_file",
        F.col("offset").alias("source_offset"),
    )


def with_week(events: DataFrame) -> DataFrame:
    """Events of the table with their `week`, which its files leave out."""
    return events.withColumn("week", _WEEK(F.col("event_time")))


def given_again(accepted: DataFrame) -> DataFrame:
    """The keys that a batch has several times: how many `times`, and the `last_place` of each."""
    return accepted.transform(repeated, KEY, "position")


def last_given(accepted: DataFrame, given_again: DataFrame) -> DataFrame:
    """The events of a batch without those that a later one in it replaces.

    Args:
        accepted: the accepted events with their `position`.
        given_again: what the function of that name gives.
    """
    return accepted.transform(with_is_last, given_again, KEY, "position").where(F.col("is_last")).drop("is_last")


def rejects(judged: DataFrame) -> DataFrame:
    """The rejected pieces of a batch in input order, in the columns of a rejects file."""
    found = judged.where(F.col("reason").isNotNull()).repartition(1).orderBy("position")
    return found.select("reason", "source_file", F.col("source_offset").alias("offset"), "raw")


def replaced(there: DataFrame, batch: DataFrame) -> DataFrame:
    """The keys, with their `week`, of the table's events that events of a batch take the place of.

    Args:
        there: events of the table with their `week`.
        batch: the events of the batch, each key once.
    """
    return there.select(*KEY, "week").join(batch.select(*KEY), [*KEY], "left_semi")


def kept(there: DataFrame, replaced: DataFrame) -> DataFrame:
    """The events of the table that stay."""
    return there.join(replaced.select(*KEY), [*KEY], "left_anti")


def as_stored(events: DataFrame, batch: int) -> DataFrame:
    """Events of a batch in the columns of the table's files, and their `week`."""
    return events.select(
        *KEY,
        "verb",
        "key",
        "amount",
        F.col("raw").cast("string").alias("attributes"),
        "source_file",
        "source_offset",
        F.lit(batch).cast("bigint").alias("batch"),
        "week",
    )


def shared_out(events: DataFrame, tasks: int, files_a_week: Column) -> DataFrame:
    """Events shared out among the tasks that write them, so that a week gets few files.

    Args:
        events: events with their `week`.
        tasks: how many tasks write.
        files_a_week: how many files a week may have at most.
    """
    return events.repartition(tasks, "week", _share(F.col("customer_id"), files_a_week))


def by_week(numbers: Mapping[int, int]) -> Column:
    """A number for each `week`; 1 where none is given.

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
