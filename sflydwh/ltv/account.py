"""The account of a run, read off its ledger in two small queries."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from sflydwh.ltv.ledger import PIECES_BY_TYPE
from sflydwh.ltv.weeks import timeframe_weeks, week_of


@dataclass
class Account:
    """What became of every piece, and what the customers are like.

    Attributes:
        by_type: accepted events, superseded ones among them, by event type.
        reasons: rejected pieces by reason.
        rejects_by_split: rejected pieces by the split they lie in.
        superseded: accepted events that a later one with the same key replaced.
        customers: distinct customers.
        customers_without_customer_event: those without a CUSTOMER event.
        customers_without_visit: those with spend and no visit.
        weeks: weeks of the data set's timeframe; 0 without an event.
        largest_visits: the most visits a customer has.
        largest_spend: the largest spend or refund of a customer, US dollars.
    """

    by_type: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rejects_by_split: Counter[int] = field(default_factory=Counter)
    unknown_types: tuple[str, ...] = ()
    superseded: int = 0
    customers: int = 0
    customers_without_customer_event: int = 0
    customers_without_visit: int = 0
    weeks: int = 0
    largest_visits: int = 0
    largest_spend: Decimal = Decimal(0)

    @property
    def accepted(self) -> int:
        """Pieces accepted."""
        return self.by_type.total()

    @property
    def rejected(self) -> int:
        """Pieces rejected."""
        return self.reasons.total()

    @property
    def read(self) -> int:
        """Pieces read: every one is accepted or rejected."""
        return self.accepted + self.rejected


def account(ledger: DataFrame, reject_counts: DataFrame, week_start: str) -> Account:
    """Add up a ledger.

    Args:
        ledger: the ledger of a run.
        reject_counts: its rejected pieces by reason and split.
        week_start: `monday` or `sunday`, for the timeframe.
    """
    result = Account()
    for row in reject_counts.collect():
        result.reasons[row.reason] += row.pieces
        result.rejects_by_split[row.split] += row.pieces
    rows = ledger.groupBy("unknown_type").agg(*_sums(week_of(week_start))).collect()
    for row in rows:
        if row.unknown_type is None:
            _add_customers(result, row)
        else:
            result.by_type[row.unknown_type] += row.unknown_pieces
    result.unknown_types = tuple(sorted(row.unknown_type for row in rows if row.unknown_type is not None))
    result.superseded = result.accepted - sum(row.events for row in rows)
    if rows:
        first = min(row.first_week for row in rows)
        result.weeks = timeframe_weeks(first, max(row.last_week for row in rows))
    return result


def _sums(week: Callable[[Column], Column]) -> list[Column]:
    has_customer_event = F.col("first_customer_time").isNotNull()
    spends_unseen = (F.col("spend") != 0) & (F.col("visits") == 0)
    pieces = (*PIECES_BY_TYPE.values(), "unknown_pieces", "events")
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


def _add_customers(result: Account, row: Row) -> None:
    result.by_type.update({kind: row[name] for kind, name in PIECES_BY_TYPE.items() if row[name]})
    result.customers = row.customers
    result.customers_without_customer_event = row.customers_without_customer_event
    result.customers_without_visit = row.customers_without_visit
    result.largest_visits = row.largest_visits
    result.largest_spend = row.largest_spend
