"""Purchase days and histories, computed by the engine from the ORDER events that count (rules 1 and 7)."""

from typing import Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.formats.model import KINDS, ORDER
from sflydwh.ltv.options import Options
from sflydwh.ltv.orders import with_spend

SUM: Final = "decimal(38,4)"


def purchase_days(tallies: DataFrame, options: Options) -> DataFrame:
    """The UTC days on which orders that count are dated, a row for each customer and day.

    An order is dated at its own time; the value of an UPDATE, at the earliest event of its order.

    Args:
        tallies: what `ltv.tallies` gives.
        options: how to count them.

    Returns:
        Rows of `customer_id`, `day` (since 1970-01-01), `worth` (net, refunds included) and `is_purchase`: 1 where an
        event is worth 0 or more; an order that an UPDATE sets to 0 gives none.
    """
    is_order = F.col("kind") == KINDS[ORDER]
    orders = tallies.where(is_order).transform(with_spend, options)
    orders = orders.where(F.col("is_kept")).select(
        "customer_id",
        "label",
        F.col("first_time").alias("order_time"),
        "is_update",
        "last_update",
        F.col("spend").alias("worth"),
    )
    is_replacing = (F.col("is_update") == 1) & F.lit(options.order_updates == "replace")
    if options.order_updates == "replace":
        orders = orders.transform(_with_first_of_order, options.by_windows)
    else:
        orders = orders.withColumn("first_of_order", F.col("order_time"))
    dated = F.when(is_replacing, F.coalesce("first_of_order", "order_time")).otherwise(F.col("order_time"))
    is_purchase = (F.col("worth") > 0) | ((F.col("worth") == 0) & ~is_replacing)
    return (
        orders.where(F.col("worth").isNotNull())
        .select("customer_id", day_of(dated).alias("day"), "worth", F.when(is_purchase, 1).otherwise(0).alias("bought"))
        .groupBy("customer_id", "day")
        .agg(F.sum("worth").cast(SUM).alias("worth"), F.max("bought").alias("is_purchase"))
    )


def _with_first_of_order(orders: DataFrame, by_windows: bool) -> DataFrame:
    """Add the time of the first event of each event's order, if an UPDATE is among them."""
    if by_windows:
        first = F.min("order_time").over(Window.partitionBy("customer_id", "label"))
        return orders.withColumn("first_of_order", F.when(F.col("last_update").isNotNull(), first))
    updated = orders.where(F.col("last_update").isNotNull()).groupBy("customer_id", "label")
    return updated.agg(F.min("order_time").alias("first_of_order")).join(orders, ["customer_id", "label"], "right")


def histories(days: DataFrame, as_of: int) -> DataFrame:
    """The purchase history of each customer with a purchase day.

    Args:
        days: what `purchase_days` gives; it is read twice.
        as_of: the day of the prediction, since 1970-01-01.

    Returns:
        Rows of `customer_id`, `frequency`, `recency_days`, `age_days` and `later_spend`: net worth dated after the
        first purchase day.
    """
    bought = F.col("is_purchase") == 1
    first_days = days.where(bought).groupBy("customer_id").agg(F.min("day").alias("first_day"))
    is_later = F.col("day") > F.col("first_day")
    found = first_days.join(days, "customer_id").groupBy("customer_id", "first_day")
    return found.agg(
        F.sum("is_purchase").alias("purchases"),
        F.max(F.when(bought, F.col("day"))).alias("last_day"),
        F.sum(F.when(is_later, F.col("worth"))).cast(SUM).alias("later_spend"),
    ).select(
        "customer_id",
        (F.col("purchases") - 1).cast("int").alias("frequency"),
        (F.col("last_day") - F.col("first_day")).cast("int").alias("recency_days"),
        (F.lit(as_of) - F.col("first_day")).cast("int").alias("age_days"),
        F.coalesce("later_spend", F.lit(0).cast(SUM)).cast(SUM).alias("later_spend"),
    )


def day_of(instant: Column) -> Column:
    """The UTC day of an instant, counted since 1970-01-01."""
    return F.unix_date(instant.cast("date"))
