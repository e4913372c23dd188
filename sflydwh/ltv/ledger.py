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


def tallies(distinct: DataFrame) -> DataFrame:
    """One row a customer and event type, one an ORDER event, one an unknown type, one a reject reason and split."""
    is_order = F.col("event_type") == ORDER
    is_known = F.col("event_type").isin(*EVENT_TYPES)
    keyed = distinct.select(
        F.when(is_known, F.col("customer_id")).alias("customer_id"),
        "event_type",
        F.when(is_order, F.col("event_time")).alias("order_time"),
        *_ORDER,
        "position",
        *_REJECT,
        "event_time",
        "pieces",
    )
    keys = ("customer_id", "event_type", "order_time", *_ORDER, "position", *_REJECT)
    return keyed.groupBy(*keys).agg(
        F.sum("pieces").alias("pieces"),
        F.count(F.lit(1)).alias("events"),
        F.min("event_time").alias("first_time"),
        F.max("event_time").alias("last_time"),
    )


def ledger(events: DataFrame, order_updates: str) -> DataFrame:
    """The ledger of a run: every piece is counted in exactly one row.

    Args:
        events: one row a piece.
        order_updates: `replace` or `add`, rule 7.

    Returns:
        One row a customer (`customer_id` set), an unknown event type
        (`unknown_type` set), and a reject reason and split (`reason` set), with

        * pieces by event type, `other_pieces` for unknown types and rejects;
        * `events`, what is left of the pieces when superseded ones are gone;
        * `visits`, and `spend` in US dollars;
        * the first and last times (UTC) of CUSTOMER events, and of all others.
    """
    event_type = F.col("event_type")
    rows = events.transform(distinct_events).transform(tallies).transform(with_spend, order_updates)
    is_customer_event = event_type == CUSTOMER
    unknown_type = F.when(~event_type.isin(*EVENT_TYPES), event_type)
    return (
        rows.withColumn("unknown_type", unknown_type)
        .groupBy("customer_id", "unknown_type", *_REJECT)
        .agg(
            *(_pieces(event_type == kind).alias(name) for kind, name in PIECES_BY_TYPE.items()),
            _pieces(F.col("customer_id").isNull()).alias("other_pieces"),
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
