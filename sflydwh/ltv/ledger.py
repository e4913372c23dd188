"""Events to the ledger: a row for each customer, and the account of every piece read.

Each step groups by fixed-width aggregates only: an engine keeps those in a hash
table, where texts and structs would make it sort or hold a value for each event.
"""

from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import (
    BY_KEY,
    COUNT,
    CUSTOMER,
    IGNORED,
    KINDS,
    ORDER,
    REJECTED,
    SITE_VISIT,
    TIME,
    UNKNOWN,
)
from sflydwh.ltv.options import Options
from sflydwh.ltv.orders import with_no_spend, with_spend
from sflydwh.ltv.settled import distinct, merged

PIECES_BY_TYPE: Final = {event_type: f"{event_type.lower()}_pieces" for event_type in KINDS}
# The counts of superseded ORDER events, by what `with_spend` tells of each.
SUPERSEDED_ORDERS: Final = {"superseded_other_key": "is_other_key", "superseded_other_amount": "is_other_amount"}


def tallies(rows: DataFrame, identity: str = TIME) -> DataFrame:
    """Events added up as far as one look at the input allows.

    ORDER events stay apart, each at its own place; which of them counts is told in `with_spend`.

    Args:
        rows: rows of the reader, `COUNTED`; they are read once.
        identity: `time`, `key` or `none`, rule 1.

    Returns:
        Rows of `TALLIES`, which add up: several may be of one customer and kind. Each ORDER event is a row of its
        own. With the identity `time` settled events may be counted in several rows, which have their `times`.
    """
    if identity == BY_KEY:
        return rows.transform(distinct)
    return rows.select(*TALLIES, "times") if identity == TIME else rows.select(*TALLIES)


def counted_names(tallies: DataFrame) -> DataFrame:
    """The pieces that are no events, and what events have in common: `kind`, `label`, `place` and `pieces`."""
    names = tallies.where(F.col("kind").isin(REJECTED, IGNORED, COUNT))
    return names.groupBy("kind", "label", "place").agg(F.sum("pieces").alias("pieces"))


def ledger(tallies: DataFrame, options: Options) -> DataFrame:
    """The ledger of a run: every accepted piece is counted in exactly one row.

    Args:
        tallies: what `tallies` gives; it is read several times.
        options: how to count them.

    Returns:
        One row a customer (`customer_id` set) and an unknown event type
        (`unknown_type` set), with

        * pieces by event type, `unknown_pieces` for unknown types;
        * `events`, what is left of the pieces when superseded ones are gone;
        * `superseded_other_key` and `superseded_other_amount`, the ORDER events among those, see `with_spend`;
        * `visits`, and `spend` in US dollars;
        * the first and last times (UTC) of CUSTOMER events, and of all others.
    """
    kind = F.col("kind")
    is_known = kind != UNKNOWN
    is_customer_event = kind == KINDS[CUSTOMER]
    others = tallies.where(~kind.isin(REJECTED, IGNORED, COUNT, KINDS[ORDER]))
    if options.identity == TIME and not options.are_distinct:
        others = others.transform(merged, options.by_windows, options.staged)
    orders = tallies.transform(with_spend, options)
    return (
        # By name: Sail 0.7.2 cannot use what `union` gives of these twice in a query.
        others.transform(with_no_spend)
        .unionByName(orders)
        .groupBy(
            F.when(is_known, F.col("customer_id")).alias("customer_id"),
            F.when(~is_known, F.col("label")).alias("unknown_type"),
        )
        .agg(
            *(_pieces(kind == KINDS[event_type]).alias(name) for event_type, name in PIECES_BY_TYPE.items()),
            _pieces(~is_known).alias("unknown_pieces"),
            F.sum(F.when(F.col("is_kept"), F.col("events")).otherwise(0)).alias("events"),
            *(F.count_if(told).alias(name) for name, told in SUPERSEDED_ORDERS.items()),
            F.sum(F.when(kind == KINDS[SITE_VISIT], F.col("events")).otherwise(0)).alias("visits"),
            F.coalesce(F.sum("spend").cast("decimal(38,4)"), F.lit(0)).alias("spend"),
            F.min(F.when(is_customer_event, F.col("first_time"))).alias("first_customer_time"),
            F.max(F.when(is_customer_event, F.col("last_time"))).alias("last_customer_time"),
            F.min(F.when(~is_customer_event, F.col("first_time"))).alias("first_other_time"),
            F.max(F.when(~is_customer_event, F.col("last_time"))).alias("last_other_time"),
        )
    )


def _pieces(counts: Column) -> Column:
    return F.sum(F.when(counts, F.col("pieces")).otherwise(0))
