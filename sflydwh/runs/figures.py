"""Figures that only the report has: small aggregates over the customers, and two short lists."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F

from sflydwh.formats.columns import LONG, SUM, Columns
from sflydwh.predict.rounding import significant
from sflydwh.predict.scoring import REAL, SPEND_DIGITS, reals
from sflydwh.report.facts import (
    MOST_COHORTS,
    SPEND_EDGES,
    AtRisk,
    CohortMonth,
    Customer,
    Segment,
    Spenders,
)
from sflydwh.runs.prediction import told

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_MONTHS: Final = 12
_MONEY: Final = "decimal(38,4)"
_SUMMED: Final = "decimal(38,10)"
# Customers with a lower P(alive) have probably left.
_LEAST_ALIVE: Final = 0.5
_LISTED: Final = 20
# The best fifth.
_FIFTHS: Final = 5

_SPENDERS: Final = Columns(rounded=REAL, bin=LONG, spend=SUM)


def totals(scored: "DataFrame") -> tuple[int, Decimal]:
    """Purchase days and spend of all customers.

    Args:
        scored: rows of `predict.scoring.SCORED`.
    """
    row = scored.agg(
        F.sum(F.col("frequency") + 1).alias("purchases"), F.sum("spend").cast(_MONEY).alias("spend")
    ).collect()[0]
    return row.purchases or 0, row.spend or Decimal(0)


def spenders(scored: "DataFrame") -> tuple[Spenders, ...]:
    """Purchasers grouped by spend, the lowest first."""
    buyers = scored.where(F.col("frequency").isNotNull()).select("spend")
    binned = buyers.mapInArrow(_binned, _SPENDERS.sql).groupBy("rounded", "bin")
    found = binned.agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum("spend").cast("double").alias("total"),
        F.min("spend").alias("least"),
    ).select("rounded", "customers", "total", "bin", "least")
    rows = (tuple(row.values()) for row in found.toArrow().to_pylist())
    return tuple(Spenders(*row) for row in sorted(rows, key=lambda row: (row[0], row[3])))


def _binned(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        spend = reals(batch, "spend")
        bins = np.searchsorted(np.array(SPEND_EDGES), spend, side="right")
        columns = [significant(spend, SPEND_DIGITS), bins, batch.column("spend")]
        arrays = [
            pa.array(column, kind.arrow) if isinstance(column, np.ndarray) else column.cast(kind.arrow)
            for column, kind in zip(columns, _SPENDERS.values(), strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=_SPENDERS.arrow)


def segments(scored: "DataFrame") -> tuple[Segment, ...]:
    """The segments, by spend, the largest first."""
    found = scored.groupBy("segment").agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum("spend").cast(_MONEY).alias("spend"),
        F.sum(F.round("predicted_ltv", 10).cast(_SUMMED)).cast("double").alias("predicted"),
    )
    rows = [Segment(row.segment, row.customers, row.spend, row.predicted) for row in found.collect()]
    return tuple(sorted(rows, key=lambda row: (-row.spend, row.name)))


def best_spenders(scored: "DataFrame", top: int, as_of: date) -> tuple[Customer, ...]:
    """The purchasers who spent most, the best first."""
    return _listed(scored.where(F.col("frequency").isNotNull()), top, as_of)


def at_risk(scored: "DataFrame", by_spend: tuple[Spenders, ...], as_of: date) -> AtRisk:
    """Those of the top fifth of purchasers by spend who have probably left.

    Purchasers of equal spend, to 4 digits, are all in the top fifth or all outside it.
    """
    most = sum(each.customers for each in by_spend) / _FIFTHS
    above = itertools.accumulate(each.customers for each in reversed(by_spend))
    best = [each.least for each, number in zip(reversed(by_spend), above, strict=True) if number <= most]
    # If more than a fifth share the largest spend, they are all in it.
    least = min(best, default=by_spend[-1].least)
    gone = scored.where((F.col("p_alive") < _LEAST_ALIVE) & (F.col("spend") >= F.lit(least)) & (F.col("spend") > 0))
    row = gone.agg(F.count(F.lit(1)).alias("customers"), F.sum("spend").cast(_MONEY).alias("spend")).collect()[0]
    return AtRisk(row.customers, row.spend or Decimal(0), least, _listed(gone, _LISTED, as_of))


def _listed(customers: "DataFrame", top: int, as_of: date) -> tuple[Customer, ...]:
    first = customers.orderBy(F.col("spend").desc(), F.col("customer_id").asc()).limit(top)
    return tuple(Customer(*values) for values in told(first, as_of))


def cohorts(days: "DataFrame", as_of: date) -> tuple[CohortMonth, ...]:
    """The latest cohorts by month of first purchase, with each month since, in order.

    Args:
        days: rows of `predict.purchases.purchase_days`.
        as_of: the last day of the events that count.
    """
    bought = days.where(F.col("is_purchase") == 1)
    first = bought.groupBy("customer_id").agg(F.min("day").alias("first_day"))
    latest = as_of.year * _MONTHS + as_of.month - 1
    since = F.greatest(_month("day") - _month("first_day"), F.lit(0))
    by_customer = (
        days.join(first, "customer_id")
        .where(_month("first_day").between(latest - MOST_COHORTS + 1, latest))
        .select("customer_id", _month("first_day").alias("first"), since.alias("months"), "worth", "is_purchase")
        .groupBy("customer_id", "first", "months")
        .agg(F.sum("worth").cast(_MONEY).alias("worth"), F.max("is_purchase").alias("bought"))
    )
    found = by_customer.groupBy("first", "months").agg(
        F.sum("bought").cast("bigint").alias("buyers"), F.sum("worth").cast(_MONEY).alias("spend")
    )
    rows = sorted((row.first, row.months, row.buyers, row.spend) for row in found.collect())
    return tuple(
        CohortMonth(date(first // _MONTHS, first % _MONTHS + 1, 1), months, buyers, spend)
        for first, months, buyers, spend in rows
    )


def _month(day: str) -> "Column":
    """The month of a day since 1970-01-01, counted from the year 0."""
    found = F.date_from_unix_date(F.col(day))
    return F.year(found) * _MONTHS + F.month(found) - 1


def gaps(days: "DataFrame") -> tuple[tuple[int, int], ...]:
    """Gaps in days between consecutive purchase days, and how often each occurs, in order."""
    previous = F.lag("day").over(Window.partitionBy("customer_id").orderBy("day"))
    pairs = days.where(F.col("is_purchase") == 1).select((F.col("day") - previous).alias("gap"))
    found = pairs.where(F.col("gap").isNotNull()).groupBy("gap").agg(F.count(F.lit(1)).alias("pairs"))
    return tuple(sorted((row.gap, row.pairs) for row in found.collect()))
