"""From the events of a table to additive tallies: the content of the rollup.

They are the tallies of the main job, which `ltv.ledger` reads, with two differences:
no two events have the same key, and tallies of several batches can be added up.
A customer's events of a kind are one row. Each ORDER event stays a row, because a later
UPDATE, or the same event ingested again, changes what it is worth; its `place` is
the number of its batch.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.latest import with_is_last
from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import KINDS, NONE, ORDER, TIME, UNKNOWN, UPDATE
from sflydwh.table import merge
from sflydwh.table.schema import Kept


def tallies(stored: DataFrame, kept: Kept) -> DataFrame:
    """The tallies of events with distinct keys.

    Args:
        stored: rows of the table's columns.
        kept: the table's identity, currency and formula.
    """
    events = stored.transform(_counted, kept)
    others = (
        events.where(~_is_order())
        .groupBy("customer_id", "kind", "label")
        .agg(
            F.count(F.lit(1)).alias("pieces"),
            F.min("event_time").alias("first_time"),
            F.max("event_time").alias("last_time"),
        )
        .withColumn("events", F.col("pieces"))
    )
    return others.transform(_without_order_columns).union(_orders(events, F.lit(1), kept))


def change(stored: DataFrame, replaced: DataFrame, kept: Kept) -> DataFrame:
    """The tallies that a batch adds to those of a table; ORDER events that replace others get 0 `pieces`.

    Args:
        stored: the batch's events, in the table's columns.
        replaced: the keys of the table's events that they replace.
        kept: the table's identity, currency and formula.
    """
    corrections = stored.join(replaced.select(*kept.key), [*kept.key], "left_semi").transform(_counted, kept)
    new = merge.kept(stored, replaced, kept.key).transform(tallies, kept)
    return new.union(_orders(corrections, F.lit(0), kept))


def added_up(tallies: DataFrame, kept: Kept) -> DataFrame:
    """Add up the tallies of several batches."""
    others = (
        tallies.where(~_is_order())
        .groupBy("customer_id", "kind", "label")
        .agg(
            F.sum("pieces").alias("pieces"),
            F.sum("events").alias("events"),
            F.min("first_time").alias("first_time"),
            F.max("last_time").alias("last_time"),
        )
    )
    return others.transform(_without_order_columns).union(_latest_orders(tallies, kept).select(*TALLIES))


def latest(tallies: DataFrame, kept: Kept) -> DataFrame:
    """Tallies of several batches, without the ORDER events that later batches replaced."""
    return tallies.where(~_is_order()).union(_latest_orders(tallies, kept).select(*tallies.columns))


def _latest_orders(tallies: DataFrame, kept: Kept) -> DataFrame:
    """The ORDER events of the last batch for each key; rows with 0 `pieces` mark keys that were replaced."""
    orders = tallies.where(_is_order())
    if kept.identity == NONE:
        return orders
    key = ["customer_id", "first_time"]
    if kept.identity != TIME:
        key.append("order_key")
        orders = orders.withColumn("order_key", F.coalesce("label", F.lit("")))
    taken_over = orders.where(F.col("pieces") == 0).groupBy(*key).agg(F.max("place").alias("last_place"))
    found = orders.transform(with_is_last, taken_over, key, "place").where(F.col("is_last"))
    return found.withColumn("pieces", _one())


def _counted(stored: DataFrame, kept: Kept) -> DataFrame:
    """Events of the table, in the columns that counting needs."""
    kind = F.lit(UNKNOWN)
    for name, number in KINDS.items():
        kind = F.when(F.col("event_type") == name, number).otherwise(kind)
    filled_key = F.when(F.col("key").rlike(r"\S"), F.col("key"))
    label = F.when(F.col("kind") == KINDS[ORDER], filled_key).when(F.col("kind") == UNKNOWN, F.col("event_type"))
    is_order = F.col("kind") == KINDS[ORDER]
    # With select instead of withColumns, whose metadata Sail 0.7.2 loses before a union.
    columns = [
        F.when(F.col("kind") != UNKNOWN, F.col("customer_id")).alias("customer_id"),
        F.col("event_time"),
        F.col("kind"),
        F.when(is_order, F.col("batch")).alias("place"),
        label.alias("label"),
        F.when(is_order, F.when(F.col("verb") == UPDATE, 1).otherwise(0)).alias("is_update"),
        F.col("amount"),
    ]
    positions = [F.col("position")] if kept.identity == NONE else []
    return stored.withColumn("kind", kind).select(*columns, *positions)


def _orders(counted: DataFrame, pieces: Column, kept: Kept) -> DataFrame:
    """ORDER events as tallies, a row each; their `place` is the number of their batch."""
    orders = counted.where(_is_order())
    if kept.identity == NONE:
        orders = orders.transform(_with_last_updates)
    return orders.select(
        "customer_id",
        "kind",
        "place",
        "label",
        pieces.cast("bigint").alias("pieces"),
        _one().alias("events"),
        F.col("event_time").alias("first_time"),
        F.col("event_time").alias("last_time"),
        "is_update",
        "amount",
    )


def _with_last_updates(orders: DataFrame) -> DataFrame:
    """If a batch has several UPDATEs of an order at the same time, only the last stays one; see `ltv.orders`."""
    key = ["customer_id", "label", "event_time", "place"]
    updates = orders.where((F.col("is_update") == 1) & F.col("label").isNotNull())
    again = updates.groupBy(*key).agg(F.count(F.lit(1)).alias("times"), F.max("position").alias("last_place"))
    found = orders.transform(with_is_last, again.where(F.col("times") > 1), key, "position")
    return found.withColumn("is_update", F.when(F.col("is_last"), F.col("is_update")).otherwise(0))


def _without_order_columns(others: DataFrame) -> DataFrame:
    """Tallies of other kinds, with nulls in the columns that only ORDER events have."""
    nulls = ("place", "is_update", "amount")
    return others.select(
        *(F.lit(None).cast(kind.sql).alias(name) if name in nulls else F.col(name) for name, kind in TALLIES.items())
    )


def _one() -> Column:
    return F.lit(1).cast("bigint")


def _is_order() -> Column:
    return F.col("kind") == KINDS[ORDER]
