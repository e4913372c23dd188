"""Rules 1 and 7: which ORDER events count, and what they are worth."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sflydwh.events.model import KINDS, ORDER


def with_spend(tallies: DataFrame, order_updates: str) -> DataFrame:
    """Add what each ORDER event adds to its customer's spend.

    Args:
        tallies: rows of which those of the kind ORDER are one event each, at its
            place; the same event may be given again at another.
        order_updates: `replace`: the latest UPDATE of an order replaces what
            its events were worth up to then; `add`: every ORDER event adds.

    Returns:
        The rows with `is_kept`, false for an event that a later one in input
        order superseded, and `spend` in US dollars, null where nothing counts.
    """
    kept = tallies.transform(_with_is_kept)
    if order_updates == "add":
        return kept.withColumn("spend", F.when(F.col("is_kept"), F.col("amount")))
    is_replaced = F.coalesce(F.col("order_time") < F.col("last_update"), F.lit(False))
    return (
        kept.join(_last_updates(kept), ["customer_id", "label"], "left")
        .withColumn("spend", F.when(F.col("is_kept") & ~is_replaced, F.col("amount")))
        .drop("last_update")
    )


def _with_is_kept(tallies: DataFrame) -> DataFrame:
    """Of the same ORDER event given several times, keep the last in input order."""
    is_order = F.col("kind") == KINDS[ORDER]
    timed = tallies.withColumn("order_time", F.when(is_order, F.col("first_time")))
    given_again = (
        timed.where(is_order)
        .groupBy("customer_id", "order_time")
        .agg(F.count(F.lit(1)).alias("times"), F.max("place").alias("last_place"))
        .where(F.col("times") > 1)
        .drop("times")
    )
    is_kept = F.coalesce(F.col("place") == F.col("last_place"), F.lit(True))
    return (
        timed.join(given_again, ["customer_id", "order_time"], "left").withColumn("is_kept", is_kept).drop("last_place")
    )


def _last_updates(kept: DataFrame) -> DataFrame:
    """When the latest UPDATE of each order was that has one."""
    return (
        kept.where((F.col("is_update") == 1) & F.col("is_kept"))
        .groupBy("customer_id", "label")
        .agg(F.max("order_time").alias("last_update"))
    )
