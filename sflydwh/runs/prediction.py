"""The job of predictions from end to end: source -> histories -> models -> scores -> publish."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sflydwh import interrupts, ltv
from sflydwh.errors import SflyError
from sflydwh.files.durable import write_file
from sflydwh.ltv import Account
from sflydwh.output.dat import is_formula
from sflydwh.output.names import PredictionName, RunName
from sflydwh.output.predicted import PredictedCustomer, predicted_lines
from sflydwh.output.publish import Staged, publish
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.scoring import SCORED, scoring
from sflydwh.predict.totals import Total, expected_purchases, expected_spend
from sflydwh.runs.account import Summary, as_json, write_summary
from sflydwh.runs.answer import Counted, Places, count, rejects_of, summary_of
from sflydwh.runs.dated import AFTER_AS_OF, up_to
from sflydwh.runs.everyone import Everyone
from sflydwh.runs.histories import Base, base_of, last_day, scales_of_rows, staged_days
from sflydwh.runs.models import AUTO, Fitted, fit_as_json, fit_as_text, fitted, six
from sflydwh.runs.rejects import check_accepted, kept_on_failure
from sflydwh.runs.source import Logs, Table
from sflydwh.runs.wording import lines, named, without_no_visits
from sflydwh.runs.workplace import Job, Workplace, workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Ask:
    """What is asked.

    Attributes:
        top: how many customers.
        horizon: the weeks to come.
        as_of: the day of the prediction; None for that of the last event.
        model: a name in `MODELS`, or `auto`.
        customers: the directory for a row of every customer; None for none.
    """

    top: int
    horizon: Horizon
    as_of: date | None = None
    model: str = AUTO
    customers: str | None = None


@dataclass(frozen=True)
class Forecast:
    """What the customers together are expected to do, and the models that say so.

    Attributes:
        base: the customers.
        models: what was fitted.
        purchases: within the horizon.
        spend: worth of them, discounted; None without a spend model.
        segments: customers by segment.
    """

    base: Base
    models: Fitted
    purchases: Total
    spend: Total | None
    segments: dict[str, int]


@dataclass(frozen=True)
class Predicted:
    """What a run gives.

    Attributes:
        best: the top customers, the best first.
        summary: the account of the run.
        forecast: None where the run failed.
        ask: what was asked.
    """

    best: list[PredictedCustomer]
    summary: Summary
    forecast: Forecast
    ask: Ask

    def as_json(self) -> bytes:
        """The account, and what was predicted."""
        return as_json({**json.loads(self.summary.as_json()), **_as_values(self)})

    def as_text(self) -> str:
        """A few lines for a person."""
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
        note = "intervals: 5 % to 95 %, of the parameters' uncertainty, not of the customers' luck"
        return f"{lines([*rows, ('', note)])}\n{self.summary.as_text()}"


def predict(job: Job, source: Logs | Table, ask: Ask) -> Predicted:
    """The customers who are expected to be worth most, published as one file.

    Raises:
        SflyError: the run failed; there is no .dat.
    """
    account, places = Account(), Places.of(job.settings)
    asked = up_to(source, ask.as_of)
    name = PredictionName(job.started, ask.top)
    job.engine.fit_shuffles(source.size)
    folders = [*places.staged_in, *([Path(ask.customers).absolute()] if ask.customers else [])]
    try:
        with workplace(job.engine, places.work, folders, asked.damage) as work:
            places.check()
            counted = count(work, asked, job.settings)
            account = counted.account
            counted.source.check_content(account)
            rejects = rejects_of(work, counted, places)
            with kept_on_failure(rejects, name, places.rejects, work):
                check_accepted(account, job.settings.max_rejects, source.look)
                ltv.check_values_fit(account)
                found = _predicted(work, job, counted, ask)
                return _published(job, work, places, found, rejects)
    except SflyError as failure:
        failed = replace(summary_of(job, asked, account), error=str(failure), rejects=getattr(failure, "rejects", None))
        with suppress(OSError):
            write_summary(job.settings.summary, failed.as_json())
        raise


@dataclass(frozen=True)
class _Found:
    """A prediction that is not published yet, with the rows of all customers."""

    predicted: Predicted
    scored: "DataFrame"


def _predicted(work: Workplace, job: Job, counted: Counted, ask: Ask) -> _Found:
    as_of, warning = (ask.as_of, None) if ask.as_of else last_day(counted)
    base = base_of(work, counted, staged_days(work, counted, job.settings), as_of, job.settings)
    models = fitted(base, ask.model)
    task = scoring(models.prediction(ask.horizon), scales_of_rows(base.rows))
    scored = work.staged(base.rows.mapInArrow(task, SCORED.sql), "scores")
    forecast = _forecast(base, models, scored, ask.horizon)
    best = _best(scored, ask.top, as_of)
    summary = summary_of(job, counted.source, counted.account)
    told = [*without_no_visits(summary.warnings), *([warning] if warning else []), *_warnings(forecast, best)]
    return _Found(Predicted(best, replace(summary, warnings=tuple(told)), forecast, ask), scored)


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
        .select(
            "customer_id",
            "frequency",
            (F.col("age_days") - F.col("recency_days")).alias("since"),
            "spend",
            "p_alive",
            "expected_purchases",
            "predicted_ltv",
        )
    )
    return [
        PredictedCustomer(key, frequency + 1, as_of - timedelta(days=since), *rest)
        for key, frequency, since, *rest in (tuple(row.values()) for row in ranked.toArrow().to_pylist())
    ]


def _warnings(forecast: Forecast, best: list[PredictedCustomer]) -> Iterator[str]:
    yield from forecast.models.warnings()
    formulas = [customer.customer_id for customer in best if is_formula(customer.customer_id)]
    if formulas:
        yield f"{len(formulas)} ids in the answer would run as formulas in a spreadsheet: {named(formulas)}"


def _published(job: Job, work: Workplace, places: Places, found: _Found, rejects: Path | None) -> Predicted:
    """Put the answer in place, last; the answer with the paths of what was put."""
    predicted = found.predicted
    ask = predicted.ask
    dat = work.new_folder("answer", places.output.staging) / "answer.dat"
    write_file(dat, (line.encode("utf-8") + b"\n" for line in predicted_lines(predicted.best)))
    everyone = Everyone(work, found.scored, Path(ask.customers).absolute()) if ask.customers else None
    work.check_held()
    interrupts.check()

    def placed(name: RunName) -> Predicted:
        rejects_at = places.rejects.path_of(name.rejects) if rejects else None
        seconds = time.monotonic() - job.clock
        output = places.output.path_of(name.dat)
        summary = replace(predicted.summary, output=output, rejects=rejects_at, seconds=seconds)
        return replace(predicted, summary=summary)

    def before_answer(name: RunName) -> None:
        if everyone:
            everyone.put(name)
        write_summary(job.settings.summary, placed(name).as_json())

    wished = PredictionName(job.started, ask.top)
    try:
        return placed(publish(Staged(dat, rejects), wished, places.output, places.rejects, before_answer))
    except BaseException:
        if everyone:
            everyone.take_back(places.output)
        raise


def _as_values(predicted: Predicted) -> dict[str, Any]:
    found, ask = predicted.forecast, predicted.ask
    models, base = found.models, found.base
    return {
        "as_of": base.as_of.isoformat(),
        "left_out_after_as_of": predicted.summary.account.ignored[AFTER_AS_OF],
        "horizon_weeks": ask.horizon.weeks,
        "discount_rate": ask.horizon.discount_rate,
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


def _interval(total: Total) -> list[float | None] | None:
    return [six(edge) for edge in total.interval] if total.interval else None


def _with_interval(total: Total, unit: str) -> str:
    interval = f" [{total.interval[0]:,.2f}, {total.interval[1]:,.2f}]" if total.interval else ""
    return f"{total.value:,.2f} {unit}{interval}"
