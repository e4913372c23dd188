"""The job of predictions from end to end: source -> histories -> models -> scores -> publish."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sflydwh.formats.model import AFTER_AS_OF
from sflydwh.output.names import PredictionName
from sflydwh.output.predicted import PredictedCustomer, predicted_lines
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.scoring import SCORED, scoring
from sflydwh.predict.totals import Total, expected_purchases, expected_spend
from sflydwh.runs.account import Summary, as_json, without_no_visits
from sflydwh.runs.counted import Counted, Places, check_enough, counted_source, rejects_of, summary_of
from sflydwh.runs.dated import up_to
from sflydwh.runs.everyone import Everyone
from sflydwh.runs.finish import Done, Ready, put_in_place, staged_answer
from sflydwh.runs.histories import Base, base_of, scales_of_rows, staged_days
from sflydwh.runs.models import AUTO, Fitted, fit_as_json, fit_as_text, fitted, six
from sflydwh.runs.rejects import kept_on_failure
from sflydwh.runs.source import Logs, Table
from sflydwh.runs.wording import formula_warnings, lines
from sflydwh.runs.workplace import Job, Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Ask:
    """What the user asks for.

    Attributes:
        top: how many customers to list.
        horizon: how far ahead to predict.
        as_of: the day of the prediction; None for the day of the last event.
        model: a name in `MODELS`, or `auto`.
        customers: the directory of `--customers`; None for none.
    """

    top: int
    horizon: Horizon
    as_of: date | None = None
    model: str = AUTO
    customers: str | None = None


@dataclass(frozen=True)
class Forecast:
    """The totals predicted for all customers, and the models behind them.

    Attributes:
        base: the customers.
        models: the fitted models.
        purchases: expected within the horizon.
        spend: the discounted value of these purchases; None without a spend model.
        segments: customers by segment.
    """

    base: Base
    models: Fitted
    purchases: Total
    spend: Total | None
    segments: dict[str, int]


@dataclass(frozen=True)
class Predicted:
    """The result of a run.

    Attributes:
        best: the top customers, the best first.
        summary: the account of the run.
        forecast: the totals.
        ask: what the user asked for.
    """

    best: list[PredictedCustomer]
    summary: Summary
    forecast: Forecast
    ask: Ask

    def done(self, done: Done) -> "Predicted":
        """The prediction with the paths of its files."""
        return replace(self, summary=replace(self.summary, **vars(done)))

    def as_json(self) -> bytes:
        """The account and the predictions."""
        return as_json({**json.loads(self.summary.as_json()), **self.values()})

    def values(self) -> dict[str, Any]:
        """The predictions, for the JSON summary."""
        found, models, base, horizon = self.forecast, self.forecast.models, self.forecast.base, self.ask.horizon
        return {
            "as_of": base.as_of.isoformat(),
            "left_out_after_as_of": self.summary.account.ignored[AFTER_AS_OF],
            "horizon_weeks": horizon.weeks,
            "discount_rate": horizon.discount_rate,
            "model": models.best().model,
            "models": {fit.model: fit_as_json(fit) for fit in models.counts},
            "spend_model": fit_as_json(models.spend),
            "correlation": six(models.correlation),
            "customers_with_purchase": base.customers,
            "groups": base.groups,
            "sample": {"limit": base.sample.limit, "customers": base.sample.customers} if base.sample else None,
            "segments": found.segments,
            "expected_purchases": six(found.purchases.value),
            "expected_purchases_interval": _interval(found.purchases),
            "expected_spend": six(found.spend.value) if found.spend else None,
            "expected_spend_interval": _interval(found.spend) if found.spend else None,
        }

    def as_text(self) -> str:
        """A few lines to print."""
        found, unit = self.forecast, self.summary.currency
        chosen = found.models.best()
        spend = _with_interval(found.spend, unit) if found.spend else "no spend model"
        rows = [
            ("as of", f"{found.base.as_of}, for {self.ask.horizon.weeks:,} weeks"),
            ("purchases", _with_interval(found.purchases, "expected")),
            ("spend", spend),
            ("model", f"{chosen.model}: {fit_as_text(chosen)}"),
            ("spend model", fit_as_text(found.models.spend) if found.spend else None),
            ("segments", ", ".join(f"{name} {number:,}" for name, number in found.segments.items())),
        ]
        note = "intervals: 5 % to 95 %, from the uncertainty of the parameters, not from chance"
        return f"{lines([*rows, ('', note)])}\n{self.summary.as_text()}"


def predict(job: Job, source: Logs | Table, ask: Ask) -> Predicted:
    """The customers who are expected to be worth most, published as one file.

    Raises:
        SflyError: the run failed; there is no .dat.
    """
    places, name = Places.of(job.settings), PredictionName(job.started, ask.top)
    folder = [Path(ask.customers)] if ask.customers else []
    with counted_source(job, up_to(source, ask.as_of), places, [*places.staged_in, *folder]) as (work, counted):
        rejects = rejects_of(work, counted, places)
        with kept_on_failure(rejects, name, places.rejects, work):
            check_enough(counted, job.settings)
            days = staged_days(work, counted)
            base = base_of(work, counted, days, ask.as_of, job.settings)
            found, scored = predicted(work, job, counted, base, ask)
            beside = Everyone(work, scored, folder[0]) if folder else None
            ready = Ready(staged_answer(work, places, predicted_lines(found.best)), rejects, beside)
            done = put_in_place(job, work, places, ready, name, lambda done: found.done(done).as_json())
            return found.done(done)


def predicted(work: Workplace, job: Job, counted: Counted, base: Base, ask: Ask) -> "tuple[Predicted, DataFrame]":
    """A prediction that is not published yet, and the staged rows of all customers, of `SCORED`.

    Raises:
        NothingToPredictError: no model converged.
    """
    models = fitted(base, ask.model)
    task = scoring(models.prediction(ask.horizon), scales_of_rows(base.rows))
    scored = work.staged(base.rows.mapInArrow(task, SCORED.sql), "scores")
    forecast = _forecast(base, models, scored, ask.horizon)
    best = _best(scored, ask.top, base.as_of)
    formulas = formula_warnings(customer.customer_id for customer in best)
    warnings = [*base.warnings(), *models.warnings(), *formulas]
    summary = without_no_visits(summary_of(job, counted.source, counted.account, warnings))
    return Predicted(best, summary, forecast, ask), scored


def _forecast(base: Base, models: Fitted, scored: "DataFrame", horizon: Horizon) -> Forecast:
    digits = "decimal(38,10)"
    sums = scored.agg(
        F.sum(F.round("expected_purchases", 10).cast(digits)).cast("double").alias("purchases"),
        F.sum(F.round("predicted_ltv", 10).cast(digits)).cast("double").alias("spend"),
    ).collect()[0]
    rows = scored.groupBy("segment").agg(F.count(F.lit(1)).alias("customers")).collect()
    segments = {row.segment: row.customers for row in sorted(rows, key=lambda row: (-row.customers, row.segment))}
    chosen = models.best()
    purchases = replace(expected_purchases(chosen, base.histories, horizon), value=sums.purchases)
    spend = None
    if models.spend.converged:
        spend = replace(expected_spend(chosen, models.spend, base.histories, horizon), value=sums.spend)
    return Forecast(base, models, purchases, spend, segments)


def _best(scored: "DataFrame", top: int, as_of: date) -> list[PredictedCustomer]:
    ranked = (
        scored.where(F.col("frequency").isNotNull())
        .orderBy(F.col("rank").desc(), F.col("customer_id").asc())
        .limit(min(top, 2**31 - 1))
    )
    return [PredictedCustomer(*values) for values in told(ranked, as_of)]


def told(customers: "DataFrame", as_of: date) -> Iterator[tuple[Any, ...]]:
    """The fields of `PredictedCustomer` for customers with a purchase day, in the order of the rows.

    Args:
        customers: rows of `SCORED`; without a prediction the expected values are None.
        as_of: the day of the prediction.
    """
    rows = customers.select(
        "customer_id",
        "frequency",
        (F.col("age_days") - F.col("recency_days")).alias("since"),
        "spend",
        "p_alive",
        "expected_purchases",
        "predicted_ltv",
    ).toArrow()
    for key, frequency, since, *rest in (tuple(row.values()) for row in rows.to_pylist()):
        yield key, frequency + 1, as_of - timedelta(days=since), *rest


def _interval(total: Total) -> list[float | None] | None:
    return [six(edge) for edge in total.interval] if total.interval else None


def _with_interval(total: Total, unit: str) -> str:
    interval = f" [{total.interval[0]:,.2f}, {total.interval[1]:,.2f}]" if total.interval else ""
    return f"{total.value:,.2f} {unit}{interval}"
