"""Deduplication: of several rows with the same key, the one with the last place counts.

It needs only keys and places; no complete rows are sorted or kept in memory. In the join, the few keys
that occur several times are the first side, which an engine holds in memory while it streams the other.
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def repeated(rows: DataFrame, key: Sequence[str], place: str) -> DataFrame:
    """The keys that occur in several rows.

    Args:
        rows: any rows.
        key: the key columns; nulls do not match in the later join.
        place: the column that orders rows; its values are distinct.

    Returns:
        Rows of the key, `times` (how many rows have it) and `last_place`.
    """
    found = rows.groupBy(*key).agg(F.count(F.lit(1)).alias("times"), F.max(place).alias("last_place"))
    return found.where(F.col("times") > 1)


def with_is_last(rows: DataFrame, last_places: DataFrame, key: Sequence[str], place: str) -> DataFrame:
    """Add `is_last`: whether a row has the last place of its key.

    Args:
        rows: any rows.
        last_places: the `last_place` of some keys; rows with other keys are last.
        key: the key columns.
        place: the column that orders rows.
    """
    is_last = F.coalesce(F.col(place) == F.col("last_place"), F.lit(True))
    found = last_places.select(*key, "last_place").join(rows, [*key], "right")
    return found.withColumn("is_last", is_last).drop("last_place")
