"""The main job from end to end: source -> tallies -> ledger -> ranking -> publish."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from sflydwh import ltv
from sflydwh.ltv import RankedCustomer
from sflydwh.output.dat import dat_lines
from sflydwh.output.names import RunName
from sflydwh.runs.account import Summary
from sflydwh.runs.counted import Counted, Places, check_enough, counted_source, rejects_of, summary_of
from sflydwh.runs.finish import Beside, Done, Ready, put_in_place, staged_answer
from sflydwh.runs.rejects import kept_on_failure
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Source
from sflydwh.runs.wording import formula_warnings
from sflydwh.runs.workplace import Job, Workplace

# Makes the output that is published before the answer, such as the folder of `--customers`.
MakeBeside: TypeAlias = Callable[[Workplace, Counted, Settings], Beside]


@dataclass(frozen=True)
class Answer:
    """The result of a run.

    Attributes:
        best: the top customers, the best first.
        summary: the account of the run.
    """

    best: list[RankedCustomer]
    summary: Summary

    def done(self, done: Done) -> "Answer":
        """The answer with the paths of its files."""
        return replace(self, summary=replace(self.summary, **vars(done)))


def answer(
    job: Job, source: Source, top: int, make_beside: MakeBeside | None = None, beside_in: Path | None = None
) -> Answer:
    """The top customers by SimpleLTV, published as one file.

    Args:
        job: the engine, the settings and the start of the run.
        source: the logs or the table to read.
        top: how many customers to list.
        make_beside: makes the output that is published before the answer; None for none.
        beside_in: the directory for that output.

    Raises:
        SflyError: the run failed; there is no .dat.
    """
    places, name = Places.of(job.settings), RunName(job.started, top)
    staged_in = [*places.staged_in, *([beside_in] if beside_in else [])]
    with counted_source(job, source, places, staged_in) as (work, counted):
        rejects = rejects_of(work, counted, places)
        with kept_on_failure(rejects, name, places.rejects, work):
            check_enough(counted, job.settings)
            best = _ranked(counted, top, job.settings)
            beside = make_beside(work, counted, job.settings) if make_beside else None
            warnings = formula_warnings(customer.customer_id for customer in best)
            found = Answer(best, summary_of(job, counted.source, counted.account, warnings))
            ready = Ready(staged_answer(work, places, dat_lines(best)), rejects, beside)
            done = put_in_place(job, work, places, ready, name, lambda done: found.done(done).summary.as_json())
            return found.done(done)


def _ranked(counted: Counted, top: int, settings: Settings) -> list[RankedCustomer]:
    """The best customers, with the SimpleLTV of each."""
    formula = settings.formula or counted.source.formula
    factor = ltv.FORMULAS[formula].factor(settings.lifespan_years, counted.account.weeks or 1)
    ranking = counted.ledger.transform(ltv.ranked, top, formula, settings.week_start)
    return list(ltv.customers(ranking, factor))
