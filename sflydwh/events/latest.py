"""The last of a key wins: which of several rows with the same key counts, found among keys and places alone.

No row is sorted or kept whole in memory for it. The few keys that occur several times
come first in the join: an engine holds the first side, and passes the other one by.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def repeated(rows: DataFrame, key: Sequence[str], place: str) -> DataFrame:
    """The keys that several rows have.

    Args:
        rows: any rows.
        key: the columns that tell rows apart; two nulls are no match.
        place: the column that orders them, each place once.

    Returns:
        Rows of the key, `times` (how many rows have it) and `last_place`.
    """
    found = rows.groupBy(*key).agg(F.count(F.lit(1)).alias("times"), F.max(place).alias("last_place"))
    return found.where(F.col("times") > 1)


def with_is_last(rows: DataFrame, last_places: DataFrame, key: Sequence[str], place: str) -> DataFrame:
    """Add `is_last`: whether a row stands at the last place of its key.

    Args:
        rows: any rows.
        last_places: the `last_place` of some keys; the rows of all others are last.
        key: the columns that tell rows apart.
        place: the column that orders them.
    """
    is_last = F.coalesce(F.col(place) == F.col("last_place"), F.lit(True))
    found = last_places.select(*key, "last_place").join(rows, [*key], "right")
    return found.withColumn("is_last", is_last).drop("last_place")


def is_last_in_window(key: Sequence[str], place: str) -> Column:
    """Whether a row stands at the last place of its key, for an engine that is quick at windows."""
    return F.col(place) == F.max(place).over(Window.partitionBy(*key))
