"""Purchase histories of a source: the rows that the tasks score, and the counts that the driver fits models to."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from pyspark.sql import functions as F

from sflydwh import ltv
from sflydwh.errors import NothingToPredictError, RunError
from sflydwh.predict.arrays import FloatArray
from sflydwh.predict.histories import Histories, histories
from sflydwh.predict.lifetime import DAYS_A_WEEK
from sflydwh.predict.purchases import day_of, purchase_days
from sflydwh.predict.purchases import histories as with_history
from sflydwh.predict.scoring import CUSTOMERS, Scales, recency_scale, rising_scale, spend_values
from sflydwh.predict.trust import doubts
from sflydwh.runs.counted import Counted
from sflydwh.runs.dated import EPOCH, day_number
from sflydwh.runs.settings import Settings
from sflydwh.runs.workplace import Workplace

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# Models are fitted to at most this many distinct histories; if there are more, to a sample by a checksum of the id.
MOST_GROUPS: Final = 20_000
_CHECKSUMS: Final = 1 << 32
# If this many days before the last event have no event, its clock was probably wrong.
_SILENCE_DAYS: Final = 31


@dataclass(frozen=True)
class Sample:
    """The sample of customers that models are fitted to.

    Attributes:
        limit: the sample has the customers with a CRC-32 of the id (UTF-8) below this.
        customers: their number.
    """

    limit: int
    customers: int


@dataclass(frozen=True)
class Base:
    """The customers as of a day, with their purchase histories.

    Attributes:
        rows: rows of `CUSTOMERS`, staged.
        as_of: the day of the prediction.
        customers: how many have a purchase day.
        repeat_customers: how many have two or more.
        weeks: whole weeks from the first purchase day of all customers to `as_of`.
        groups: how many distinct histories there are.
        histories: the number of customers per history; of the sample, if there is one.
        spenders: frequency, monetary value and number of the customers with a frequency above 0; of the sample, if
            there is one.
        sample: None if the models are fitted to all customers.
        clock_warning: a warning if the last event seems to have a wrong clock; else None.
    """

    rows: "DataFrame"
    as_of: date
    customers: int
    repeat_customers: int
    weeks: int
    groups: int
    histories: Histories
    spenders: tuple[FloatArray, FloatArray, FloatArray]
    sample: Sample | None
    clock_warning: str | None

    def warnings(self) -> tuple[str, ...]:
        """Warnings of a wrong clock, and of too few customers or too short a time."""
        warnings = [self.clock_warning] if self.clock_warning else []
        if self.doubts:
            warnings.append(f"do not trust these predictions yet: {'; '.join(self.doubts)}")
        return tuple(warnings)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Which data is too little to trust predictions, in words."""
        return doubts(self.customers, self.weeks, self.repeat_customers)


def last_day(counted: Counted) -> tuple[date, str | None]:
    """The day of the last event of the four types, and a warning if its clock seems wrong."""
    customers = counted.ledger.where(F.col("customer_id").isNotNull())
    first, last = _first_and_last()
    days = customers.select(day_of(first).alias("first"), day_of(last).alias("last"))
    earliest, found = days.agg(F.min("first").alias("first"), F.max("last").alias("last")).collect()[0]
    if found is None:
        raise RunError("there are no events, so the day of the prediction is unknown")
    is_near = [F.col(name).between(found - _SILENCE_DAYS, found - 1) for name in ("first", "last")]
    is_alone = days.where(is_near[0] | is_near[1]).limit(1).count() == 0
    day = EPOCH + timedelta(days=found)
    warning = (
        f"the last event is of {day}, and no customer has a first or last event in the {_SILENCE_DAYS} days before; "
        "if that clock was wrong, give --as-of-date"
    )
    return day, warning if is_alone and earliest < found else None


def staged_days(work: Workplace, counted: Counted) -> "DataFrame":
    """The purchase and refund days of all customers, staged."""
    return work.staged(counted.tallies.transform(purchase_days, counted.options), "purchase days")


def base_of(work: Workplace, counted: Counted, days: "DataFrame", asked: date | None, settings: Settings) -> Base:
    """The customers as of a day, by default the day of the last event.

    Raises:
        NothingToPredictError: nobody has bought.
    """
    as_of, clock_warning = (asked, None) if asked else last_day(counted)
    rows = work.staged(customers_of(counted, days, as_of, settings), "customers")
    buyers = rows.where(F.col("frequency").isNotNull())
    keys = ["frequency", "recency_days", "age_days"]
    customers, repeated, days_known = buyers.agg(
        F.count(F.lit(1)), F.count(F.when(F.col("frequency") > 0, True)), F.max("age_days")
    ).collect()[0]
    if not customers:
        raise NothingToPredictError(f"no customer has a purchase day up to {as_of}; there is nothing to predict from")
    groups = buyers.select(*keys).distinct().count()
    most = max(groups, buyers.where(F.col("frequency") > 0).select("frequency", "later_spend").distinct().count())
    chosen, sample = buyers, None
    if most > MOST_GROUPS:
        limit = _CHECKSUMS * MOST_GROUPS // most
        chosen = buyers.where(F.crc32("customer_id") < limit)
        sample = Sample(limit, chosen.count())
    weeks = days_known // DAYS_A_WEEK
    return Base(
        rows,
        as_of,
        customers,
        repeated,
        weeks,
        groups,
        _histories(chosen, keys),
        _spenders(chosen),
        sample,
        clock_warning,
    )


def customers_of(counted: Counted, days: "DataFrame", as_of: date, settings: Settings) -> "DataFrame":
    """Rows of `CUSTOMERS`."""
    formula = ltv.FORMULAS[settings.formula or counted.source.formula]
    factor = float(formula.factor(settings.lifespan_years, counted.account.weeks or 1))
    first, last = _first_and_last()
    ledger = counted.ledger.where(F.col("customer_id").isNotNull()).select(
        "customer_id",
        "visits",
        "spend",
        (formula.value(F.col("visits"), F.col("spend")).cast("double") * F.lit(factor)).alias("simple_ltv"),
        first.alias("first_time"),
        last.alias("last_time"),
    )
    found = ledger.join(days.transform(with_history, day_number(as_of)), "customer_id", "left")
    return found.select(*(F.col(name).cast(kind.sql).alias(name) for name, kind in CUSTOMERS.items()))


def _first_and_last() -> "tuple[Column, Column]":
    first = F.least("first_customer_time", "first_other_time")
    last = F.greatest("last_customer_time", "last_other_time")
    return first, last


def _histories(buyers: "DataFrame", keys: list[str]) -> Histories:
    is_positive = (F.col("frequency") > 0) & (F.col("later_spend") > 0)
    found = buyers.groupBy(*keys).agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum(F.when(is_positive, F.col("later_spend")).otherwise(0)).alias("spent"),
    )
    x, recency, age, customers, spent = _columns(found.select(*keys, "customers", F.col("spent").cast("double")))
    return histories(x, recency / DAYS_A_WEEK, age / DAYS_A_WEEK, customers, spent)


def _spenders(buyers: "DataFrame") -> tuple[FloatArray, FloatArray, FloatArray]:
    found = buyers.where(F.col("frequency") > 0).groupBy("frequency", "later_spend")
    counts = found.agg(F.count(F.lit(1)).alias("customers"))
    x, spent, customers = _columns(counts.select("frequency", F.col("later_spend").cast("double"), "customers"))
    return x, spent / np.maximum(x, 1), customers


def scales_of_rows(rows: "DataFrame") -> Scales:
    """The RFM score of each recency, frequency and spend that occurs in rows of `CUSTOMERS`."""
    buyers = rows.where(F.col("frequency").isNotNull())
    since = buyers.select((F.col("age_days") - F.col("recency_days")).cast("double").alias("value"))
    often = buyers.select(F.col("frequency").cast("double").alias("value"))
    spend = buyers.select("spend").mapInArrow(spend_values, "spend double").select(F.col("spend").alias("value"))
    return Scales(recency_scale(_counts(since)), rising_scale(_counts(often)), rising_scale(_counts(spend)))


def _counts(values: "DataFrame") -> dict[float, int]:
    value, customers = _columns(values.groupBy("value").agg(F.count(F.lit(1)).alias("customers")))
    return {float(each): int(number) for each, number in zip(value, customers, strict=True)}


def _columns(frame: "DataFrame") -> list[FloatArray]:
    return [column.to_numpy().astype(np.float64) for column in frame.toArrow().columns]
