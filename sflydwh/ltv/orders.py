"""Rules 1 and 7: which ORDER events count, and what they are worth."""

from collections.abc import Sequence
from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.events.latest import is_last_in_window, last_in_window, repeated, with_is_last
from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import KINDS, NONE, ORDER, TIME

# What tells why an ORDER event gave way to another.
_TOLD: Final = ("label", "amount", "is_update")


def with_spend(
    tallies: DataFrame, order_updates: str, identity: str = TIME, are_distinct: bool = False, by_windows: bool = False
) -> DataFrame:
    """Add what each ORDER event adds to its customer's spend.

    Args:
        tallies: rows of which those of the kind ORDER are one event each, at its
            place; the same event may be given again at another.
        order_updates: `replace`: the latest UPDATE of an order replaces what
            its events were worth up to then; `add`: every ORDER event adds.
        identity: `time`, `key` or `none`, rule 1.
        are_distinct: whether no event is given again.
        by_windows: whether to look at events together in windows, and not by joins with the few that matter to others.

    Returns:
        The rows of ORDER events with `is_kept`, false for an event that a later one in input
        order superseded, and `spend` in US dollars, null where nothing counts.
    """
    is_order = F.col("kind") == KINDS[ORDER]
    timed = tallies.where(is_order).withColumn("order_time", F.col("first_time"))
    if are_distinct or identity == NONE:
        orders = timed.withColumn("is_kept", F.lit(True))
    else:
        orders = timed.transform(_with_is_kept, identity, by_windows)
    if order_updates == "add":
        worth = orders.withColumn("spend", F.when(F.col("is_kept"), F.col("amount")))
    else:
        worth = orders.transform(_with_updates, identity, by_windows)
    return worth.select(*TALLIES, "is_kept", "spend")


def with_no_spend(others: DataFrame) -> DataFrame:
    """Rows of other kinds in the columns of `with_spend`: all are kept, and none has spend."""
    nothing = F.lit(None).cast(TALLIES["amount"].sql).alias("spend")
    return others.select(*TALLIES, F.lit(True).alias("is_kept"), nothing)


def _with_is_kept(orders: DataFrame, identity: str, by_windows: bool) -> DataFrame:
    """Of the same ORDER event given several times, keep the last in input order."""
    key, keyed = identity_of_orders(orders, identity)
    if by_windows:
        kept = keyed.withColumn("is_kept", is_last_in_window(key, "place"))
    else:
        again = keyed.transform(repeated, key, "place")
        kept = keyed.transform(with_is_last, again, key, "place").withColumnRenamed("is_last", "is_kept")
    return kept.drop("order_key")


def identity_of_orders(orders: DataFrame, identity: str) -> tuple[list[str], DataFrame]:
    """The columns that tell ORDER events apart, and the rows with these columns; orders without a key are alike."""
    if identity == TIME:
        return ["customer_id", "order_time"], orders
    return ["customer_id", "order_time", "order_key"], orders.withColumn("order_key", F.coalesce("label", F.lit("")))


def superseded_orders(tallies: DataFrame, identity: str, by_windows: bool = False) -> tuple[int, int]:
    """How many ORDER events were superseded by one with another key, and by one with the same key and another amount.

    The first are orders of one moment, whose log wants the identity `key`; the second, where
    neither of the two is an UPDATE, line items, whose log wants `none`.

    Args:
        tallies: what `tallies` gives.
        identity: `time` or `key`.
        by_windows: see `with_spend`; the counts are the same.
    """
    if identity == NONE:
        return 0, 0
    orders = tallies.where(F.col("kind") == KINDS[ORDER]).withColumn("order_time", F.col("first_time"))
    key, keyed = identity_of_orders(orders, identity)
    given = keyed.select(*key, "place", *_TOLD)
    if by_windows:
        again = given.withColumn("last_place", last_in_window(key, "place"))
    else:
        again = given.transform(repeated, key, "place").select(*key, "last_place").join(given, key)
    return count_superseded(again, key, "place")


def count_superseded(given_again: DataFrame, key: Sequence[str], place: str) -> tuple[int, int]:
    """How many ORDER events have another key, or another amount, than the last of their identity.

    Args:
        given_again: rows of `label`, `amount`, `is_update`, their place, the `last_place` of their identity and the
            columns of it.
        key: the columns of the identity.
        place: the column that orders events.
    """
    is_last = F.col(place) == F.col("last_place")
    of_last = (F.max(F.when(is_last, F.col(name))).over(Window.partitionBy(*key)) for name in _TOLD)
    winning = (column.alias(f"winning_{name}") for name, column in zip(_TOLD, of_last, strict=True))
    found = given_again.select(place, "last_place", *_TOLD, *winning)
    return _count_other(found.where(F.col(place) != F.col("last_place")))


def count_replaced(superseded: DataFrame, winners: DataFrame, key: Sequence[str]) -> tuple[int, int]:
    """How many ORDER events have another key, or another amount, than those that take their place.

    Args:
        superseded: rows of `label`, `amount`, `is_update` and the columns of the identity.
        winners: likewise, one a superseded identity.
        key: the columns of the identity.
    """
    winning = winners.select(*key, *(F.col(name).alias(f"winning_{name}") for name in _TOLD))
    return _count_other(superseded.select(*key, *_TOLD).join(winning, [*key]))


def _count_other(found: DataFrame) -> tuple[int, int]:
    is_same_key = F.col("label").eqNullSafe(F.col("winning_label"))
    is_other_amount = (F.col("amount") != F.col("winning_amount")) & (
        F.col("is_update") + F.col("winning_is_update") == 0
    )
    row = found.agg(
        F.sum(F.when(is_same_key, 0).otherwise(1)).alias("other_key"),
        F.sum(F.when(is_same_key & is_other_amount, 1).otherwise(0)).alias("other_amount"),
    ).collect()[0]
    return row.other_key or 0, row.other_amount or 0


def _with_updates(kept: DataFrame, identity: str, by_windows: bool) -> DataFrame:
    """What an event adds, if the latest UPDATE of its order leaves it."""
    found = kept.transform(_with_last_update, by_windows)
    is_replaced = F.col("order_time") < F.col("last_update")
    if identity == NONE:
        # Several events of an order may have one time: of its UPDATEs then the last in input order wins.
        found = found.transform(_with_last_place, by_windows)
        is_winner = (F.col("is_update") == 1) & (F.col("place") == F.col("last_place"))
        is_replaced = is_replaced | ((F.col("order_time") == F.col("last_update")) & ~is_winner)
    is_replaced = F.coalesce(is_replaced, F.lit(False))
    return found.withColumn("spend", F.when(F.col("is_kept") & ~is_replaced, F.col("amount")))


def _with_last_update(kept: DataFrame, by_windows: bool) -> DataFrame:
    """Add the time of the latest UPDATE of each event's order; an event without a label has none."""
    is_update = F.col("is_kept") & (F.col("is_update") == 1) & F.col("label").isNotNull()
    if by_windows:
        time = F.max(F.when(is_update, F.col("order_time"))).over(Window.partitionBy("customer_id", "label"))
        return kept.withColumn("last_update", time)
    last_updates = kept.where(is_update).groupBy("customer_id", "label").agg(F.max("order_time").alias("last_update"))
    return last_updates.join(kept, ["customer_id", "label"], "right")


def _with_last_place(updated: DataFrame, by_windows: bool) -> DataFrame:
    """Add the place of the last UPDATE of each event's order at the time of the latest one."""
    is_latest = (F.col("is_update") == 1) & (F.col("order_time") == F.col("last_update"))
    if by_windows:
        place = F.max(F.when(is_latest, F.col("place"))).over(Window.partitionBy("customer_id", "label"))
        return updated.withColumn("last_place", place)
    last_places = updated.where(is_latest).groupBy("customer_id", "label").agg(F.max("place").alias("last_place"))
    return last_places.join(updated, ["customer_id", "label"], "right")
