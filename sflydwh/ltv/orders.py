"""Rules 1 and 7: which ORDER events count, and what they are worth."""

from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.events.latest import is_last_in_window, repeated, with_is_last
from sflydwh.formats.model import KINDS, ORDER

_IDENTITY: Final = ("customer_id", "order_time")


def with_spend(
    tallies: DataFrame, order_updates: str, are_distinct: bool = False, by_windows: bool = False
) -> DataFrame:
    """Add what each ORDER event adds to its customer's spend.

    Args:
        tallies: rows of which those of the kind ORDER are one event each, at its
            place; the same event may be given again at another.
        order_updates: `replace`: the latest UPDATE of an order replaces what
            its events were worth up to then; `add`: every ORDER event adds.
        are_distinct: whether no event is given again.
        by_windows: whether to look at events together in windows, and not by joins with the few that matter to others.

    Returns:
        The rows with `is_kept`, false for an event that a later one in input
        order superseded, and `spend` in US dollars, null where nothing counts.
    """
    is_order = F.col("kind") == KINDS[ORDER]
    timed = tallies.where(is_order).withColumn("order_time", F.col("first_time"))
    orders = timed.withColumn("is_kept", F.lit(True)) if are_distinct else timed.transform(_with_is_kept, by_windows)
    if order_updates == "add":
        worth = orders.withColumn("spend", F.when(F.col("is_kept"), F.col("amount")))
    else:
        worth = orders.transform(_with_updates, by_windows)
    others = tallies.where(~is_order).withColumns(
        {
            "order_time": F.lit(None).cast("timestamp_ntz"),
            "is_kept": F.lit(True),
            "spend": F.lit(None).cast("decimal(18,4)"),
        }
    )
    return others.unionByName(worth.select(*others.columns))


def _with_is_kept(orders: DataFrame, by_windows: bool) -> DataFrame:
    """Of the same ORDER event given several times, keep the last in input order."""
    if by_windows:
        return orders.withColumn("is_kept", is_last_in_window(_IDENTITY, "place"))
    again = orders.transform(repeated, _IDENTITY, "place")
    return orders.transform(with_is_last, again, _IDENTITY, "place").withColumnRenamed("is_last", "is_kept")


def _with_updates(kept: DataFrame, by_windows: bool) -> DataFrame:
    """What an event adds, if the latest UPDATE of its order leaves it."""
    is_replaced = F.coalesce(F.col("order_time") < F.col("last_update"), F.lit(False))
    return kept.transform(_with_last_update, by_windows).withColumn(
        "spend", F.when(F.col("is_kept") & ~is_replaced, F.col("amount"))
    )


def _with_last_update(kept: DataFrame, by_windows: bool) -> DataFrame:
    """Add the time of the latest UPDATE of each event's order; an event without a label has none."""
    is_update = F.col("is_kept") & (F.col("is_update") == 1) & F.col("label").isNotNull()
    if by_windows:
        time = F.max(F.when(is_update, F.col("order_time"))).over(Window.partitionBy("customer_id", "label"))
        return kept.withColumn("last_update", time)
    last_updates = kept.where(is_update).groupBy("customer_id", "label").agg(F.max("order_time").alias("last_update"))
    return last_updates.join(kept, ["customer_id", "label"], "right")
