"""Rules 1 and 7: which ORDER events count, and what they are worth."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def with_spend(tallies: DataFrame, order_updates: str) -> DataFrame:
    """Add what each ORDER event adds to its customer's spend.

    Args:
        tallies: rows of which those with an `order_time` are one ORDER event
            each, the same event perhaps given twice with other attributes.
        order_updates: `replace`: the latest UPDATE of an order replaces what
            its events were worth up to then; `add`: every ORDER event adds.

    Returns:
        The rows with `is_kept`, false for an event that a later one in input
        order superseded, and `spend` in US dollars, null where nothing counts.
    """
    kept = tallies.withColumn("is_kept", _is_latest())
    counted = F.col("is_kept")
    if order_updates == "replace":
        kept = kept.withColumn("last_update", _last_update())
        counted &= F.coalesce(F.col("order_time") >= F.col("last_update"), F.lit(True))
    return kept.withColumn("spend", F.when(counted, F.col("amount")))


def _is_latest() -> Column:
    same_event = Window.partitionBy("customer_id", "order_time")
    place = F.row_number().over(same_event.orderBy(F.col("position").desc()))
    return F.col("order_time").isNull() | (place == 1)


def _last_update() -> Column:
    """When the latest UPDATE of the row's order was; null without one, or without an order key."""
    same_order = Window.partitionBy("customer_id", "order_key")
    update_time = F.when(F.col("is_update") & F.col("is_kept"), F.col("order_time"))
    return F.when(F.col("order_key").isNotNull(), F.max(update_time).over(same_order))
