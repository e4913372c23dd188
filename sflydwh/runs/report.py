"""The report from end to end: source -> histories -> prediction -> backtest -> figures -> page -> publish."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sflydwh.errors import NothingToPredictError
from sflydwh.formats.model import AFTER_AS_OF
from sflydwh.output.names import ReportName
from sflydwh.output.predicted import PredictedCustomer
from sflydwh.predict.scoring import SCORED, scoring
from sflydwh.predict.totals import Total
from sflydwh.report.facts import Backtest, Customer, Expected, Facts, Frequency, Headline, Method, Quality
from sflydwh.report.page import page
from sflydwh.runs import figures
from sflydwh.runs.account import Summary, as_json, without_no_visits
from sflydwh.runs.backtest import Test, Tested, tested
from sflydwh.runs.counted import Counted, Places, check_enough, counted_source, rejects_of, summary_of
from sflydwh.runs.dated import up_to
from sflydwh.runs.finish import Done, Ready, put_in_place, staged_answer
from sflydwh.runs.histories import Base, base_of, last_day, scales_of_rows, staged_days
from sflydwh.runs.prediction import Ask, Predicted, predicted
from sflydwh.runs.rejects import kept_on_failure
from sflydwh.runs.source import Logs, Table
from sflydwh.runs.workplace import Job, Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Reported:
    """The result of a run.

    Attributes:
        facts: the figures on the page.
        summary: the account of the run.
        predicted: the prediction for the JSON summary; empty if there is none.
        tested: the backtest, likewise.
    """

    facts: Facts
    summary: Summary
    predicted: dict[str, Any]
    tested: dict[str, Any]

    def done(self, done: Done) -> "Reported":
        """The report with the paths of its files."""
        return replace(self, summary=replace(self.summary, **vars(done)))

    def as_json(self) -> bytes:
        """The account, the predictions and the backtest."""
        as_of = {"as_of": self.facts.as_of.isoformat()}
        backtest = {"backtest": self.tested or None}
        return as_json({**json.loads(self.summary.as_json()), **as_of, **self.predicted, **backtest})


def report(job: Job, source: Logs | Table, ask: Ask, holdout_weeks: int | None = None) -> Reported:
    """The page, published as one file.

    Args:
        job: the engine, the settings and the start of the run.
        source: the logs or the table to read, without a cut-off day.
        ask: the prediction to make; the page lists its top customers.
        holdout_weeks: of the backtest, see `runs.backtest.Test`.

    Raises:
        SflyError: the run failed; there is no page.
    """
    places, name = Places.of(job.settings), ReportName(job.started, ask.top)
    with counted_source(job, up_to(source, ask.as_of), places, places.staged_in) as (work, counted):
        rejects = rejects_of(work, counted, places)
        with kept_on_failure(rejects, name, places.rejects, work):
            check_enough(counted, job.settings)
            found = _reported(work, job, source, counted, ask, holdout_weeks)
            ready = Ready(staged_answer(work, places, [page(found.facts)]), rejects)
            done = put_in_place(job, work, places, ready, name, lambda done: found.done(done).as_json())
            return found.done(done)


def _reported(
    work: Workplace, job: Job, source: Logs | Table, counted: Counted, ask: Ask, holdout_weeks: int | None
) -> Reported:
    days = staged_days(work, counted)
    try:
        base = base_of(work, counted, days, ask.as_of, job.settings)
    except NothingToPredictError as nothing:
        return _without_purchases(job, counted, ask, str(nothing))
    found, scored, no_prediction = _scored(work, job, counted, base, ask)
    backtest, no_backtest = _tested(work, job, source, counted, days, Test(ask.as_of, holdout_weeks, ask.model))
    purchases, spend = figures.totals(scored)
    forecast = found.forecast if found else None
    spenders = figures.spenders(scored)
    summary = (
        found.summary if found else without_no_visits(summary_of(job, counted.source, counted.account, base.warnings()))
    )
    facts = Facts(
        base.as_of,
        counted.source.currency,
        ask.horizon.weeks,
        Headline(
            counted.account.customers,
            base.customers,
            base.repeat_customers,
            purchases,
            spend,
            _expected(forecast.purchases) if forecast else None,
            _expected(forecast.spend) if forecast and forecast.spend else None,
        ),
        tuple(map(_customer, found.best)) if found else figures.best_spenders(scored, ask.top, base.as_of),
        spenders,
        figures.segments(scored),
        figures.cohorts(days, base.as_of),
        _backtest(backtest) if backtest else None,
        figures.at_risk(scored, spenders, base.as_of) if found else None,
        figures.gaps(days),
        _quality(summary),
        base.doubts,
        no_prediction,
        no_backtest,
    )
    return Reported(facts, summary, found.values() if found else {}, backtest.values() if backtest else {})


def _without_purchases(job: Job, counted: Counted, ask: Ask, why: str) -> Reported:
    """The report for a source without purchases."""
    summary = without_no_visits(summary_of(job, counted.source, counted.account))
    as_of = ask.as_of or last_day(counted)[0]
    headline = Headline(counted.account.customers)
    quality = _quality(summary)
    nothing = Facts(
        as_of, counted.source.currency, ask.horizon.weeks, headline, (), (), (), (), None, None, (), quality
    )
    return Reported(replace(nothing, no_prediction=why, no_backtest=why), summary, {}, {})


def _scored(
    work: Workplace, job: Job, counted: Counted, base: Base, ask: Ask
) -> "tuple[Predicted | None, DataFrame, str | None]":
    """The prediction, the rows of all customers, and the reason if there is no prediction."""
    try:
        found, scored = predicted(work, job, counted, base, ask)
    except NothingToPredictError as nothing:
        task = scoring(None, scales_of_rows(base.rows))
        return None, work.staged(base.rows.mapInArrow(task, SCORED.sql), "scores"), str(nothing)
    return found, scored, None


def _tested(
    work: Workplace, job: Job, source: Logs | Table, counted: Counted, days: "DataFrame", test: Test
) -> tuple[Tested | None, str | None]:
    """The backtest, or the reason why there is none."""
    try:
        return tested(work, job, source, counted, days, test), None
    except NothingToPredictError as nothing:
        return None, str(nothing)


def _expected(total: Total) -> Expected:
    return Expected(total.value, total.interval)


def _customer(customer: PredictedCustomer) -> Customer:
    return Customer(**customer._asdict())


def _backtest(found: Tested) -> Backtest:
    compared = found.compared
    methods = tuple(
        Method(
            each.name,
            each.purchases.predicted if each.purchases else None,
            each.spend.predicted if each.spend else None,
            each.ranks.best_tenth,
            tuple(part.actual for part in each.tenths),
        )
        for each in compared.methods
    )
    frequencies = tuple(
        Frequency(each.name, each.customers, each.purchases, each.model_purchases) for each in compared.by_frequency
    )
    return Backtest(
        found.calibrated,
        found.last,
        found.weeks,
        compared.purchases,
        compared.spend,
        methods,
        frequencies,
        compared.verdict,
        found.warnings,
    )


def _quality(summary: Summary) -> Quality:
    account, snapshot = summary.account, summary.snapshot
    ignored = account.ignored.copy()
    left_out = ignored.pop(AFTER_AS_OF, 0)
    is_told = snapshot is None
    return Quality(
        summary.format,
        summary.identity,
        f"version {snapshot.number}" if snapshot else None,
        account.read,
        account.accepted,
        account.rejected if is_told else None,
        dict(sorted(account.reasons.items())),
        account.superseded if is_told else None,
        ignored.total() if is_told else None,
        dict(sorted(ignored.items())),
        account.rounded_amounts if is_told else None,
        left_out,
        summary.warnings,
    )
