"""Steps from the events of a table to tallies that add up: what the rollup holds.

They are the tallies of the main job, which `ltv.ledger` reads, with two differences:
their events have keys of their own, and those of several batches can be put together.
A customer's events of a kind are one row. An ORDER event stays a row, for a later
UPDATE, or the same event ingested again, changes what it is worth; its `place` is
the number of its batch.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events import counted
from sflydwh.events.latest import with_is_last
from sflydwh.formats.model import KINDS, ORDER, UNKNOWN
from sflydwh.table import merge
from sflydwh.table.schema import KEY, ROLLUP

_COLUMNS = [name for name in ROLLUP.columns if name != ROLLUP.partition]


def tallies(stored: DataFrame) -> DataFrame:
    """The tallies of events of the table, each key once.

    Args:
        stored: rows of the table's columns.
    """
    events = stored.transform(_counted)
    others = (
        events.where(~_is_order())
        .groupBy(F.when(F.col("kind") != UNKNOWN, F.col("customer_id")).alias("customer_id"), "kind", "label")
        .agg(
            F.count(F.lit(1)).alias("pieces"),
            F.min("event_time").alias("first_time"),
            F.max("event_time").alias("last_time"),
        )
        .withColumn("events", F.col("pieces"))
    )
    return others.transform(_without_order_columns).union(_orders(events, F.lit(1)))


def change(stored: DataFrame, replaced: DataFrame) -> DataFrame:
    """The tallies that a batch adds to those of a table; ORDER events that replace others count for no piece more.

    Args:
        stored: the batch's events, in the table's columns.
        replaced: the keys of the table's events that they take the place of.
    """
    corrections = stored.join(replaced.select(*KEY), [*KEY], "left_semi").transform(_counted).where(_is_order())
    return merge.kept(stored, replaced).transform(tallies).union(_orders(corrections, F.lit(0)))


def added_up(tallies: DataFrame) -> DataFrame:
    """Tallies of several batches as those of one."""
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
    return others.transform(_without_order_columns).union(_latest_orders(tallies).select(*_COLUMNS))


def latest(tallies: DataFrame) -> DataFrame:
    """Tallies of several batches without the ORDER events whose place others took."""
    return tallies.where(~_is_order()).union(_latest_orders(tallies).select(*tallies.columns))


def _latest_orders(tallies: DataFrame) -> DataFrame:
    """ORDER events, of each the one of the last batch; where none counts for no piece, all are."""
    orders = tallies.where(_is_order())
    key = ("customer_id", "first_time")
    taken_over = orders.where(F.col("pieces") == 0).groupBy(*key).agg(F.max("place").alias("last_place"))
    kept = orders.transform(with_is_last, taken_over, key, "place").where(F.col("is_last"))
    return kept.withColumn("pieces", _one())


def _counted(stored: DataFrame) -> DataFrame:
    """Events of the table in the columns that counting needs."""
    return stored.select(
        "customer_id",
        "event_time",
        F.col("event_type").alias("type"),
        "verb",
        "key",
        "amount",
        F.lit(None).cast("string").alias("reason"),
        F.col("batch").alias("position"),
        F.lit(None).cast("int").alias("split"),
    ).transform(counted)


def _orders(counted: DataFrame, pieces: Column) -> DataFrame:
    """ORDER events as tallies of their own."""
    return counted.where(_is_order()).select(
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


def _without_order_columns(others: DataFrame) -> DataFrame:
    """Tallies of other kinds in the columns of all; what only ORDER events have is null."""
    types = {"place": "bigint", "is_update": "int", "amount": "decimal(18,4)"}
    return others.withColumns({name: F.lit(None).cast(kind) for name, kind in types.items()}).select(*_COLUMNS)


def _one() -> Column:
    return F.lit(1).cast("bigint")


def _is_order() -> Column:
    return F.col("kind") == KINDS[ORDER]
