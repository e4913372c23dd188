"""Rule 1 for settled events, of which the reader gives one row for many (`reader.settled`)."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import UNKNOWN

_KEY = ("customer_id", "kind", "name")


def merged(settled: DataFrame, by_windows: bool) -> DataFrame:
    """Count each event once: times are compared where those of two rows may overlap, and nowhere else.

    Args:
        settled: rows of `COUNTED` of settled events, or of unknown types; no time is repeated within a row.
        by_windows: whether windows find the rows that overlap. Else every third row of a customer and kind is
            taken for one that does.

    Returns:
        Rows of `TALLIES`, whose numbers add up to those of a customer, kind and label.
    """
    # Two nulls do not join. By select, and not by withColumn, whose metadata Sail 0.7.2 loses on the way to a union.
    rows = settled.select(*settled.columns, F.coalesce("label", F.lit("")).alias("name"))
    spans = rows.transform(_spans_by_windows if by_windows else _spans)
    counted = spans.select(*_KEY, "pieces", _unless_doubtful("events"), "first_time", "last_time")
    one = F.array(F.unix_micros(F.col("first_time").cast("timestamp")))
    doubtful = spans.where(F.col("is_doubtful")).select(*_KEY).join(rows, [*_KEY])
    times = doubtful.select(*_KEY, F.explode(F.coalesce("times", one)).alias("time")).distinct()
    events = times.groupBy(*_KEY).agg(F.count(F.lit(1)).alias("events"))
    label = F.when(F.col("kind") == UNKNOWN, F.col("name")).alias("label")
    parts = [_as_tallies(part.select(*part.columns, label)) for part in (counted, events)]
    return parts[0].unionByName(parts[1])


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
        *_sums(), F.count(F.lit(1)).alias("rows"), F.max("first_time").alias("start"), F.min("last_time").alias("end")
    )
    overlap = (F.col("rows") == 2) & (F.col("end") >= F.col("start"))
    return found.select(*found.columns, ((F.col("rows") > 2) | overlap).alias("is_doubtful"))


def _spans_by_windows(rows: DataFrame) -> DataFrame:
    """Likewise, and sure of it however many rows there are."""
    overlaps = F.lag("last_time").over(Window.partitionBy(*_KEY).orderBy("first_time", "last_time"))
    touches = F.when(overlaps >= F.col("first_time"), 1).otherwise(0).alias("touches")
    found = rows.select(*rows.columns, touches).groupBy(*_KEY).agg(*_sums(), F.max("touches").alias("touches"))
    return found.select(*found.columns, (F.col("touches") == 1).alias("is_doubtful"))


def _sums() -> list[Column]:
    return [
        F.sum("pieces").alias("pieces"),
        F.sum("events").alias("events"),
        F.min("first_time").alias("first_time"),
        F.max("last_time").alias("last_time"),
    ]


def _unless_doubtful(name: str) -> Column:
    return F.when(F.col("is_doubtful"), 0).otherwise(F.col(name)).alias(name)


def _as_tallies(found: DataFrame) -> DataFrame:
    """Rows in the columns of `TALLIES`: no piece and no event where none is given, else null."""
    given = {"pieces": F.lit(0), "events": F.lit(0), **{name: F.col(name) for name in found.columns}}
    return found.select(*(given.get(name, F.lit(None)).cast(kind.sql).alias(name) for name, kind in TALLIES.items()))
