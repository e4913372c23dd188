"""Rule 1 for settled events, of which the reader gives one row for many (`reader.settled`)."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import UNKNOWN
from sflydwh.ltv.options import Staged, in_one_query

_KEY = ("customer_id", "kind", "name")


def merged(settled: DataFrame, by_windows: bool, staged: Staged = in_one_query) -> DataFrame:
    """Count each event once: times are compared where those of two rows may overlap, and nowhere else.

    Args:
        settled: rows of `COUNTED` of settled events, or of unknown types; no time is repeated within a row.
        by_windows: whether windows find the rows that overlap. Else all rows of a customer and kind that has more
            than two are taken for such.
        staged: see `Options`.

    Returns:
        Rows of `TALLIES`, whose numbers add up to those of a customer, kind and label.
    """
    # Two nulls do not join. By select, and not by withColumn, whose metadata Sail 0.7.2 loses on the way to a union.
    rows = settled.select(*settled.columns, F.coalesce("label", F.lit("")).alias("name"))
    if by_windows:
        return rows.transform(_merged_by_windows)
    return rows.transform(_merged_by_joins).transform(staged, "settled events")


def _merged_by_joins(rows: DataFrame) -> DataFrame:
    spans = rows.transform(_spans)
    counted = spans.select(*_KEY, "pieces", _unless_doubtful("events"), "first_time", "last_time")
    doubtful = spans.where(F.col("is_doubtful")).select(*_KEY).join(rows, [*_KEY])
    times = doubtful.select(*_KEY, F.explode(_times()).alias("time")).distinct()
    events = times.groupBy(*_KEY).agg(F.count(F.lit(1)).alias("events"))
    return _as_tallies(counted).unionByName(_as_tallies(events))


def _merged_by_windows(rows: DataFrame) -> DataFrame:
    """Likewise with one shuffle and one sort. A part without a time has the sums of a row; any other is one event."""
    of_key = Window.partitionBy(*_KEY)
    overlaps = F.lag("last_time").over(of_key.orderBy("first_time", "last_time")) >= F.col("first_time")
    touching = rows.select(*rows.columns, F.when(overlaps, 1).otherwise(0).alias("touches"))
    spans = touching.select(*rows.columns, (F.max("touches").over(of_key) == 1).alias("is_doubtful"))
    sums = F.array(F.lit(None).cast("bigint"))
    parts = F.explode(F.when(F.col("is_doubtful"), F.concat(sums, _times())).otherwise(sums)).alias("time")
    is_sums = F.col("time").isNull()
    counted = (
        spans.select(*_KEY, "pieces", _unless_doubtful("events"), "first_time", "last_time", parts)
        .groupBy(*_KEY, "time")
        .agg(
            F.sum(F.when(is_sums, F.col("pieces")).otherwise(0)).alias("pieces"),
            F.sum("events").alias("sum_of_events"),
            F.min("first_time").alias("first_time"),
            F.max("last_time").alias("last_time"),
        )
        .withColumn("events", F.when(is_sums, F.col("sum_of_events")).otherwise(1))
    )
    return counted.transform(_as_tallies)


def distinct(rows: DataFrame) -> DataFrame:
    """Count each event once where each is a row; one pass, since `rows` may read the log.

    Args:
        rows: rows of `COUNTED`, settled events with their identity.

    Returns:
        Rows of `TALLIES`: one a customer, kind and label; an ORDER event, which has a place, stays one of its own.
    """
    key = ["customer_id", "kind", "place", "label"]
    of_order = (F.max("is_update").alias("is_update"), F.max("amount").alias("amount"))
    once = rows.groupBy(*key, "first_time", "identity").agg(F.sum("pieces").alias("pieces"), *of_order)
    found = once.groupBy(*key).agg(
        F.sum("pieces").alias("pieces"),
        F.count(F.lit(1)).alias("events"),
        F.min("first_time").alias("first_time"),
        F.max("first_time").alias("last_time"),
        *of_order,
    )
    return found.select(*TALLIES)


def _spans(rows: DataFrame) -> DataFrame:
    """Rows of a key added up, with `is_doubtful`: whether times may be repeated in them."""
    found = rows.groupBy(*_KEY).agg(
        F.sum("pieces").alias("pieces"),
        F.sum("events").alias("events"),
        F.min("first_time").alias("first_time"),
        F.max("last_time").alias("last_time"),
        F.count(F.lit(1)).alias("rows"),
        F.max("first_time").alias("start"),
        F.min("last_time").alias("end"),
    )
    overlap = (F.col("rows") == 2) & (F.col("end") >= F.col("start"))
    return found.select(*found.columns, ((F.col("rows") > 2) | overlap).alias("is_doubtful"))


def _unless_doubtful(name: str) -> Column:
    return F.when(F.col("is_doubtful"), 0).otherwise(F.col(name)).alias(name)


def _times() -> Column:
    """The times of a row of settled events: all of them, or the one of a single event."""
    return F.coalesce("times", F.array(F.unix_micros(F.col("first_time").cast("timestamp"))))


def _as_tallies(found: DataFrame) -> DataFrame:
    """Rows of `_KEY` in the columns of `TALLIES`: no piece and no event where none is given, else null."""
    label = F.when(F.col("kind") == UNKNOWN, F.col("name"))
    given = {"pieces": F.lit(0), "events": F.lit(0), **{name: F.col(name) for name in found.columns}, "label": label}
    return found.select(*(given.get(name, F.lit(None)).cast(kind.sql).alias(name) for name, kind in TALLIES.items()))
