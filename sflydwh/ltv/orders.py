"""Rules 1 and 7: which ORDER events count, and what they are worth."""

from collections.abc import Sequence
from typing import Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sflydwh.events.latest import repeated
from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import KINDS, NONE, ORDER, TIME
from sflydwh.ltv.options import Options

# What tells why an ORDER event gave way to another.
_TOLD: Final = ("label", "amount", "is_update")
# What became of an event, see `with_spend`.
_FATE: Final = ("is_kept", "is_other_key", "is_other_amount")


def with_spend(tallies: DataFrame, options: Options) -> DataFrame:
    """Add what each ORDER event adds to its customer's spend.

    Args:
        tallies: rows of which those of the kind ORDER are one event each, at its
            place; the same event may be given again at another.
        options: how to count them.

    Returns:
        The rows of ORDER events with

        * `is_kept`, false for an event that a later one in input order superseded;
        * `is_other_key`, of such an event, whether that one has another key: orders of one moment, whose log wants
          the identity `key`;
        * `is_other_amount`, of the others, whether that one has another amount and neither is an UPDATE: line items,
          whose log wants the identity `none`;
        * `last_update`, the time of the latest UPDATE of its order; null without one, and where every event adds;
        * `spend` in US dollars, null where nothing counts.
    """
    is_order = F.col("kind") == KINDS[ORDER]
    timed = tallies.where(is_order).withColumn("order_time", F.col("first_time"))
    if options.are_distinct or options.identity == NONE:
        orders = timed.select(*timed.columns, *_kept_all())
    else:
        orders = timed.transform(_with_is_kept, options)
    if options.order_updates == "add":
        never = F.lit(None).cast(TALLIES["first_time"].sql).alias("last_update")
        worth = orders.select(*orders.columns, never, F.when(F.col("is_kept"), F.col("amount")).alias("spend"))
    else:
        worth = orders.transform(_with_updates, options)
    return worth.select(*TALLIES, *_FATE, "last_update", "spend")


def with_no_spend(others: DataFrame) -> DataFrame:
    """Rows of other kinds in the columns of `with_spend`: all are kept, and none has spend."""
    nothing = {"last_update": TALLIES["first_time"], "spend": TALLIES["amount"]}
    return others.select(
        *TALLIES, *_kept_all(), *(F.lit(None).cast(kind.sql).alias(name) for name, kind in nothing.items())
    )


def _kept_all() -> list[Column]:
    return [F.lit(name == "is_kept").alias(name) for name in _FATE]


def _with_is_kept(orders: DataFrame, options: Options) -> DataFrame:
    """Of the same ORDER event given several times, keep the last in input order, and compare the others with it."""
    key, keyed = identity_of_orders(orders, options.identity)
    is_superseded = F.coalesce(F.col("place") != F.col("winning_place"), F.lit(False))
    winning = _winning("place", *_TOLD)
    if options.by_windows:
        last = F.max(F.struct(*winning)).over(Window.partitionBy(*key)).alias("last")
        found = keyed.select(*keyed.columns, last).select(*keyed.columns, "last.*")
    else:
        told = keyed.select(*key, "place", *_TOLD)
        again = keyed.transform(repeated, key, "place").select(*key, F.col("last_place").alias("place"))
        winners = again.transform(options.staged, "repeated orders").join(told, [*key, "place"]).select(*key, *winning)
        superseded = winners.join(told, key).where(is_superseded).drop(*key, *_TOLD)
        found = superseded.transform(options.staged, "superseded orders").join(keyed, "place", "right")
    fate = (~is_superseded, *(is_superseded & is_other for is_other in _is_other()))
    return found.select(*orders.columns, *(column.alias(name) for column, name in zip(fate, _FATE, strict=True)))


def identity_of_orders(orders: DataFrame, identity: str) -> tuple[list[str], DataFrame]:
    """The columns that tell ORDER events apart, and the rows with these columns; orders without a key are alike."""
    if identity == TIME:
        return ["customer_id", "order_time"], orders
    return ["customer_id", "order_time", "order_key"], orders.withColumn("order_key", F.coalesce("label", F.lit("")))


def count_superseded(given_again: DataFrame, key: Sequence[str], place: str) -> tuple[int, int]:
    """How many ORDER events have another key, or another amount, than the last of their identity.

    Args:
        given_again: rows of `label`, `amount`, `is_update`, their place, the `last_place` of their identity and the
            columns of it.
        key: the columns of the identity.
        place: the column that orders events.
    """
    is_last = F.col(place) == F.col("last_place")
    # A window, and no join of the rows with themselves: they are read from staging, and once is enough.
    of_last = (F.max(F.when(is_last, F.col(name))).over(Window.partitionBy(*key)) for name in _TOLD)
    winning = (column.alias(f"winning_{name}") for column, name in zip(of_last, _TOLD, strict=True))
    found = given_again.select(is_last.alias("is_last"), *_TOLD, *winning)
    return _count_other(found.where(~F.col("is_last")))


def count_replaced(superseded: DataFrame, winners: DataFrame, key: Sequence[str]) -> tuple[int, int]:
    """How many ORDER events have another key, or another amount, than those that take their place.

    Args:
        superseded: rows of `label`, `amount`, `is_update` and the columns of the identity.
        winners: likewise, one a superseded identity.
        key: the columns of the identity.
    """
    return _count_other(superseded.select(*key, *_TOLD).join(winners.select(*key, *_winning(*_TOLD)), [*key]))


def _count_other(found: DataFrame) -> tuple[int, int]:
    row = found.agg(*(F.count_if(is_other) for is_other in _is_other())).collect()[0]
    return row[0], row[1]


def _winning(*names: str) -> list[Column]:
    return [F.col(name).alias(f"winning_{name}") for name in names]


def _is_other() -> tuple[Column, Column]:
    """Whether an ORDER event has another key, or only another amount, than the one that wins over it."""
    is_same_key = F.col("label").eqNullSafe(F.col("winning_label"))
    is_update = F.col("is_update") + F.col("winning_is_update") > 0
    return ~is_same_key, is_same_key & (F.col("amount") != F.col("winning_amount")) & ~is_update


def _with_updates(kept: DataFrame, options: Options) -> DataFrame:
    """What an event adds, if the latest UPDATE of its order leaves it."""
    found = kept.transform(_with_last_update, options)
    is_replaced = F.col("order_time") < F.col("last_update")
    if options.identity == NONE:
        # Several events of an order may have one time: of its UPDATEs then the last in input order wins.
        found = found.transform(_with_last_place, options.by_windows)
        is_winner = (F.col("is_update") == 1) & (F.col("place") == F.col("last_place"))
        is_replaced = is_replaced | ((F.col("order_time") == F.col("last_update")) & ~is_winner)
    is_replaced = F.coalesce(is_replaced, F.lit(False))
    return found.withColumn("spend", F.when(F.col("is_kept") & ~is_replaced, F.col("amount")))


def _with_last_update(kept: DataFrame, options: Options) -> DataFrame:
    """Add the time of the latest UPDATE of each event's order; an event without a label has none."""
    is_update = F.col("is_kept") & (F.col("is_update") == 1) & F.col("label").isNotNull()
    if options.by_windows:
        time = F.max(F.when(is_update, F.col("order_time"))).over(Window.partitionBy("customer_id", "label"))
        return kept.withColumn("last_update", time)
    last_updates = kept.where(is_update).groupBy("customer_id", "label").agg(F.max("order_time").alias("last_update"))
    return last_updates.transform(options.staged, "updated orders").join(kept, ["customer_id", "label"], "right")


def _with_last_place(updated: DataFrame, by_windows: bool) -> DataFrame:
    """Add the place of the last UPDATE of each event's order at the time of the latest one."""
    is_latest = (F.col("is_update") == 1) & (F.col("order_time") == F.col("last_update"))
    if by_windows:
        place = F.max(F.when(is_latest, F.col("place"))).over(Window.partitionBy("customer_id", "label"))
        return updated.withColumn("last_place", place)
    last_places = updated.where(is_latest).groupBy("customer_id", "label").agg(F.max("place").alias("last_place"))
    return last_places.join(updated, ["customer_id", "label"], "right")
