"""The account of a run, read off its ledger in two small queries."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.pieces import Pieces, named_pieces
from sflydwh.ltv.ledger import PIECES_BY_TYPE, SUPERSEDED_ORDERS, counted_names
from sflydwh.ltv.weeks import timeframe_weeks, week_of

# The sums of the customers' rows that the account gives as they are.
_OF_CUSTOMERS: Final = (
    *SUPERSEDED_ORDERS,
    "customers",
    "customers_without_customer_event",
    "customers_without_visit",
    "largest_visits",
    "largest_spend",
)


@dataclass(frozen=True)
class Account(Pieces):
    """What became of every piece, and what the customers are like.

    Attributes:
        rejects_by_split: rejected pieces by the split they lie in.
        customers: distinct customers.
        customers_without_customer_event: those without a CUSTOMER event.
        customers_without_visit: those with spend and no visit.
        weeks: weeks of the data set's timeframe; 0 without an event.
        largest_visits: the most visits a customer has.
        largest_spend: the largest spend or refund of a customer, US dollars.
    """

    rejects_by_split: Counter[int] = field(default_factory=Counter)
    customers: int = 0
    customers_without_customer_event: int = 0
    customers_without_visit: int = 0
    weeks: int = 0
    largest_visits: int = 0
    largest_spend: Decimal = Decimal(0)


def account(ledger: DataFrame, tallies: DataFrame, week_start: str) -> Account:
    """Add up a ledger.

    Args:
        ledger: the ledger of a run.
        tallies: its tallies.
        week_start: `monday` or `sunday`, for the timeframe.
    """
    names = named_pieces((row.kind, row.label, row.place, row.pieces) for row in counted_names(tallies).collect())
    rows = ledger.groupBy("unknown_type").agg(*_sums(week_of(week_start))).collect()
    by_type = Counter({row.unknown_type: row.unknown_pieces for row in rows if row.unknown_type is not None})
    customers: dict[str, Any] = {}
    for row in rows:
        if row.unknown_type is None:
            by_type.update({kind: row[name] for kind, name in PIECES_BY_TYPE.items() if row[name]})
            customers = {name: row[name] for name in _OF_CUSTOMERS}
    return Account(
        by_type=by_type,
        superseded=by_type.total() - sum(row.events for row in rows),
        rejects_by_split=names.rejects_by_split,
        weeks=timeframe_weeks(min(row.first_week for row in rows), max(row.last_week for row in rows)) if rows else 0,
        **names.of_pieces,
        **customers,
    )


def _sums(week: Callable[[Column], Column]) -> list[Column]:
    has_customer_event = F.col("first_customer_time").isNotNull()
    spends_unseen = (F.col("spend") != 0) & (F.col("visits") == 0)
    pieces = (*PIECES_BY_TYPE.values(), "unknown_pieces", "events", *SUPERSEDED_ORDERS)
    return [
        *(F.sum(name).alias(name) for name in pieces),
        F.count("customer_id").alias("customers"),
        F.sum(F.when(has_customer_event, 0).otherwise(1)).alias("customers_without_customer_event"),
        F.sum(F.when(spends_unseen, 1).otherwise(0)).alias("customers_without_visit"),
        F.min(week(F.least("first_customer_time", "first_other_time"))).alias("first_week"),
        F.max(week(F.greatest("last_customer_time", "last_other_time"))).alias("last_week"),
        F.max("visits").alias("largest_visits"),
        F.max(F.abs("spend")).alias("largest_spend"),
    ]
