"""The backtest: predictions as of an earlier day, from no later data, compared with the actual figures."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pyspark.sql import functions as F

from sflydwh.errors import NothingToPredictError, UsageError
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.methods import BESIDE, COMPARED, comparing
from sflydwh.predict.scoring import SCORED, Scale, Scales, scoring
from sflydwh.runs.account import Summary, as_json, without_no_visits, write_summary
from sflydwh.runs.compared import Compared, compared, compared_json, compared_text
from sflydwh.runs.counted import Counted, Places, check_enough, count, counted_source, summary_of
from sflydwh.runs.dated import day_number, up_to
from sflydwh.runs.histories import Base, base_of, last_day, staged_days
from sflydwh.runs.models import AUTO, Fitted, fit_as_json, fitted
from sflydwh.runs.source import Logs, Table
from sflydwh.runs.workplace import Job, Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MOST_WEEKS: Final = 52
# Logs of these formats hold only the last state of each order, which may have changed after its day.
_FORMATS_OF_STATES: Final = frozenset({"shopify", "shopify-csv", "woocommerce", "stripe"})


@dataclass(frozen=True)
class Test:
    """What the user asks for.

    Attributes:
        as_of: the last day of the holdout; None for the day of the last event.
        weeks: length of the holdout; None for a third of the weeks since the first purchase, at most 52.
        model: a name in `MODELS`, or `auto`.
    """

    __test__ = False

    as_of: date | None = None
    weeks: int | None = None
    model: str = AUTO


@dataclass(frozen=True)
class Others:
    """Customers without a purchase before the holdout, who therefore got no prediction.

    Attributes:
        customers: how many bought in the holdout.
        purchases: their purchase days in the holdout.
        spend: their spend in the holdout.
    """

    customers: int
    purchases: int
    spend: Decimal


@dataclass(frozen=True)
class Tested:
    """The result of a backtest.

    Attributes:
        calibrated: the last day of the data behind the predictions.
        last: the last day of the holdout.
        weeks: length of the holdout.
        base: the customers with a prediction.
        models: the fitted models.
        compared: the methods compared with the actual figures.
        visitors: customers who were known before the holdout, without a purchase.
        newcomers: customers first seen in the holdout.
        warnings: what the user should know of this backtest, a line each.
        summary: the account of the whole run.
    """

    calibrated: date
    last: date
    weeks: int
    base: Base
    models: Fitted
    compared: Compared
    visitors: Others
    newcomers: Others
    warnings: tuple[str, ...]
    summary: Summary

    def as_json(self) -> bytes:
        """The account and the comparison."""
        return as_json({**json.loads(self.summary.as_json()), **self.values()})

    def values(self) -> dict[str, Any]:
        """The comparison, for the JSON summary."""
        chosen = self.models.chosen
        return {
            "calibrated_to": self.calibrated.isoformat(),
            "as_of": self.last.isoformat(),
            "holdout_weeks": self.weeks,
            "model": chosen.model if chosen else None,
            "models": {fit.model: fit_as_json(fit) for fit in self.models.counts},
            "spend_model": fit_as_json(self.models.spend),
            **compared_json(self.compared),
            "visitors": _as_values(self.visitors),
            "newcomers": _as_values(self.newcomers),
        }

    def as_text(self) -> str:
        """Tables to print."""
        chosen, unit = self.models.chosen, self.summary.currency
        known = f"{self.base.customers:,} customers with a purchase up to {self.calibrated}"
        head = f"{known}, and the {self.weeks} weeks to {self.last}; model: {chosen.model if chosen else 'none'}"
        rest = [
            f"{name}: {each.customers:,} customers bought on {each.purchases:,} days, {each.spend:,.2f} {unit}"
            for name, each in (
                ("visitors who bought for the first time", self.visitors),
                ("first seen in the holdout", self.newcomers),
            )
        ]
        return "\n".join([head, "", compared_text(self.compared, unit), "", *rest])


def backtest(job: Job, source: Logs | Table, test: Test) -> Tested:
    """Predict as of the day before the holdout, and compare with the holdout.

    Raises:
        SflyError: the run failed.
    """
    with counted_source(job, up_to(source, test.as_of), Places.of(job.settings)) as (work, counted):
        check_enough(counted, job.settings)
        found = tested(work, job, source, counted, staged_days(work, counted), test)
        found = replace(found, summary=replace(found.summary, seconds=time.monotonic() - job.clock))
        write_summary(job.settings.summary, found.as_json())
        return found


def tested(work: Workplace, job: Job, source: Logs | Table, counted: Counted, days: "DataFrame", test: Test) -> Tested:
    """The backtest of a source that was counted up to the last day of the holdout.

    Args:
        work: where the run works.
        job: the engine, the settings and the start of the run.
        source: the logs or the table to read, without a cut-off day.
        counted: the source up to the last day of the holdout.
        days: its purchase days.
        test: what the user asks for.

    Raises:
        NothingToPredictError: nobody bought before the holdout.
        UsageError: the holdout is longer than the past.
    """
    last, clock_warning = (test.as_of, None) if test.as_of else last_day(counted)
    weeks = _weeks(days, last, test.weeks)
    calibrated = last - timedelta(days=7 * weeks)
    # Read the events again up to that day, because later events may change what the whole log says of an order.
    before = count(work, up_to(source, calibrated), job.settings)
    before.source.check_content(before.account)
    base = base_of(work, before, staged_days(work, before), calibrated, job.settings)
    models = fitted(base, test.model)
    came = work.staged(_came(days, calibrated), "holdout")
    rows = work.staged(_beside(base, models, came, weeks), "comparison")
    found = compared(rows, has_visits=before.account.largest_visits > 0)
    known = before.ledger.where(F.col("customer_id").isNotNull()).select("customer_id")
    visitors = known.join(
        base.rows.where(F.col("frequency").isNotNull()).select("customer_id"), "customer_id", "left_anti"
    )
    warnings = [*([clock_warning] if clock_warning else []), *base.warnings(), *_warnings(source, models)]
    return Tested(
        calibrated,
        last,
        weeks,
        base,
        models,
        found,
        _others(came.join(visitors, "customer_id", "left_semi")),
        _others(came.join(known, "customer_id", "left_anti")),
        tuple(warnings),
        without_no_visits(summary_of(job, counted.source, counted.account, warnings)),
    )


def _weeks(days: "DataFrame", last: date, asked: int | None) -> int:
    """The length of the holdout in weeks."""
    first = days.where(F.col("is_purchase") == 1).agg(F.min("day").alias("first")).collect()[0].first
    if first is None:
        raise NothingToPredictError(f"no customer has a purchase day up to {last}; there is nothing to test")
    weeks: int = (day_number(last) - first) // 7
    if asked is None:
        return max(1, min(_MOST_WEEKS, weeks // 3))
    if asked > weeks:
        raise UsageError(f"--holdout-weeks {asked} is too long: purchases span only {weeks} weeks up to {last}")
    return asked


def _came(days: "DataFrame", calibrated: date) -> "DataFrame":
    later = days.where(F.col("day") > day_number(calibrated)).groupBy("customer_id")
    return later.agg(
        F.sum("is_purchase").cast("int").alias("came_purchases"),
        F.sum("worth").cast("decimal(38,4)").alias("came_spend"),
    )


def _beside(base: Base, models: Fitted, came: "DataFrame", weeks: int) -> "DataFrame":
    prediction = models.prediction(Horizon(weeks)) if models.chosen else None
    none = Scale((), ())
    buyers = base.rows.where(F.col("frequency").isNotNull())
    scored = buyers.mapInArrow(scoring(prediction, Scales(none, none, none)), SCORED.sql)
    beside = scored.join(came, "customer_id", "left")
    filled = beside.select(
        *SCORED,
        F.coalesce("came_purchases", F.lit(0)).cast(BESIDE["came_purchases"].sql).alias("came_purchases"),
        F.coalesce("came_spend", F.lit(0).cast("decimal(38,4)")).cast("decimal(38,4)").alias("came_spend"),
    )
    return filled.mapInArrow(comparing(weeks), COMPARED.sql)


def _others(came: "DataFrame") -> Others:
    bought = came.where(F.col("came_purchases") > 0)
    row = bought.agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum("came_purchases").alias("purchases"),
        F.sum("came_spend").alias("spend"),
    ).collect()[0]
    return Others(row.customers, row.purchases or 0, row.spend or Decimal(0))


def _as_values(others: Others) -> dict[str, Any]:
    return {"customers": others.customers, "purchases": others.purchases, "spend": float(others.spend)}


def _warnings(source: Logs | Table, models: Fitted) -> Iterator[str]:
    if models.chosen is None:
        yield "no model converged; only the other methods are compared"
    yield from models.warnings()
    if source.format_name in _FORMATS_OF_STATES:
        yield (
            f"format {source.format_name} holds only each order's last state: refunds and cancellations of the holdout "
            "are already in the calibration"
        )
