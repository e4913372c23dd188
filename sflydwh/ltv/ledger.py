"""Events to the ledger: a row for each customer, and the account of every piece read.

Each step groups by fixed-width aggregates only: an engine keeps those in a hash
table, where texts and structs would make it sort or hold a value for each event.
"""

from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.model import CUSTOMER, EVENT_TYPES, ORDER, SITE_VISIT
from sflydwh.ltv.orders import with_spend

_REJECT: Final = ("reason", "split")
_ORDER: Final = ("order_key", "is_update", "amount")

PIECES_BY_TYPE: Final = {event_type: f"{event_type.lower()}_pieces" for event_type in EVENT_TYPES}


def distinct_events(events: DataFrame) -> DataFrame:
    """Rule 1: events with the same key become one, counting the pieces that gave it.

    ORDER events that differ in more than their place stay apart, each with its
    last position; which of them counts is told in `with_spend`.
    """
    return events.groupBy("customer_id", "event_time", "event_type", *_ORDER, *_REJECT).agg(
        F.count(F.lit(1)).alias("pieces"), F.max("position").alias("position")
    )


def tallies(events: DataFrame) -> DataFrame:
    """Events added up as far as one look at the input allows.

    Args:
        events: one row a piece.

    Returns:
        Rows of `customer_id`, `event_type` and the counts `pieces` and
        `events`, with the first and last time (UTC): one row a customer and
        event type, but each ORDER event is one of its own, told by its
        `order_time`. Rejects have a `reason` and `split`.
    """
    is_order = F.col("event_type") == ORDER
    keys = ("customer_id", "event_type", "order_time", *_ORDER, "position", *_REJECT)
    return (
        events.transform(distinct_events)
        .withColumn("order_time", F.when(is_order, F.col("event_time")))
        .groupBy(*keys)
        .agg(
            F.sum("pieces").alias("pieces"),
            F.count(F.lit(1)).alias("events"),
            F.min("event_time").alias("first_time"),
            F.max("event_time").alias("last_time"),
        )
    )


def reject_counts(tallies: DataFrame) -> DataFrame:
    """Rejected pieces by reason and split."""
    rejected = tallies.where(F.col("reason").isNotNull())
    return rejected.groupBy(*_REJECT).agg(F.sum("pieces").alias("pieces"))


def ledger(tallies: DataFrame, order_updates: str) -> DataFrame:
    """The ledger of a run: every accepted piece is counted in exactly one row.

    Args:
        tallies: what `tallies` gives; it is read several times.
        order_updates: `replace` or `add`, rule 7.

    Returns:
        One row a customer (`customer_id` set) and an unknown event type
        (`unknown_type` set), with

        * pieces by event type, `unknown_pieces` for unknown types;
        * `events`, what is left of the pieces when superseded ones are gone;
        * `visits`, and `spend` in US dollars;
        * the first and last times (UTC) of CUSTOMER events, and of all others.
    """
    event_type = F.col("event_type")
    is_known = event_type.isin(*EVENT_TYPES)
    is_customer_event = event_type == CUSTOMER
    return (
        tallies.where(F.col("reason").isNull())
        .transform(with_spend, order_updates)
        .groupBy(
            F.when(is_known, F.col("customer_id")).alias("customer_id"),
            F.when(~is_known, event_type).alias("unknown_type"),
        )
        .agg(
            *(_pieces(event_type == kind).alias(name) for kind, name in PIECES_BY_TYPE.items()),
            _pieces(~is_known).alias("unknown_pieces"),
            F.sum(F.when(F.col("is_kept"), F.col("events")).otherwise(0)).alias("events"),
            F.sum(F.when(event_type == SITE_VISIT, F.col("events")).otherwise(0)).alias("visits"),
            F.coalesce(F.sum("spend").cast("decimal(38,4)"), F.lit(0)).alias("spend"),
            F.min(F.when(is_customer_event, F.col("first_time"))).alias("first_customer_time"),
            F.max(F.when(is_customer_event, F.col("last_time"))).alias("last_customer_time"),
            F.min(F.when(~is_customer_event, F.col("first_time"))).alias("first_other_time"),
            F.max(F.when(~is_customer_event, F.col("last_time"))).alias("last_other_time"),
        )
    )


def _pieces(counts: Column) -> Column:
    return F.sum(F.when(counts, F.col("pieces")).otherwise(0))
