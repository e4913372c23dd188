"""The main job from end to end: source -> tallies -> ledger -> ranking -> publish."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sflydwh import interrupts, ltv
from sflydwh.errors import InputError, SflyError
from sflydwh.files.durable import write_file
from sflydwh.formats.model import SITE_VISIT
from sflydwh.ltv import Account, RankedCustomer
from sflydwh.output.dat import dat_lines, is_formula
from sflydwh.output.names import RunName
from sflydwh.output.place import Place, place_of
from sflydwh.output.publish import Staged, publish
from sflydwh.runs.account import Summary, told_at_ingest, write_summary
from sflydwh.runs.rejects import check_accepted, kept_on_failure, staged_rejects
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Source
from sflydwh.runs.wording import NO_VISITS, named, superseded_warnings, unknown_types_warnings
from sflydwh.runs.workplace import Job, Workplace, workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Answer:
    """What a run gives.

    Attributes:
        best: the top customers, the best first.
        summary: the account of the run.
    """

    best: list[RankedCustomer]
    summary: Summary


@dataclass(frozen=True)
class Places:
    """Where the files of an answer go.

    Attributes:
        output: the place of the answer.
        rejects: the place of the rejects' folder.
        work: the directory of intermediate results.
    """

    output: Place
    rejects: Place
    work: Path

    @classmethod
    def of(cls, settings: Settings) -> "Places":
        """The places that the settings name."""
        output = place_of(settings.output)
        rejects = place_of(settings.rejects) if settings.rejects else output
        work = Path(settings.staging).absolute() if settings.staging else output.staging
        return cls(output, rejects, work or Path(tempfile.gettempdir()))

    @property
    def staged_in(self) -> list[Path]:
        """The directories in which the answer and the rejects are staged."""
        return [self.output.staging or self.work, self.rejects.staging or self.work]

    def check(self) -> None:
        """Fail now where nothing could be written later."""
        for place in dict.fromkeys((self.output, self.rejects)):
            place.check()


@dataclass(frozen=True)
class Counted:
    """A source that was read.

    Attributes:
        source: the source, as it was read in the end.
        ledger: the customers with what they did, see `ltv.ledger`.
        account: what became of every piece.
        tallies: what the ledger was made of.
    """

    source: Source
    ledger: "DataFrame"
    account: Account
    tallies: "DataFrame"


class Beside(Protocol):
    """What is put in place before an answer, and taken back where none follows."""

    def put(self, name: RunName) -> None:
        """Put it in place under the run's name."""
        ...

    def take_back(self, output: Place) -> None:
        """Take it back, unless the answer is there."""
        ...


# Makes what is put in place before the answer, of the customers that were counted.
MakeBeside: TypeAlias = Callable[[Workplace, Counted, Settings], Beside]


def answer(
    job: Job, source: Source, top: int, make_beside: MakeBeside | None = None, beside_in: Path | None = None
) -> Answer:
    """The top customers by SimpleLTV, published as one file.

    Args:
        job: the engine, the settings and the start of the run.
        source: what is asked.
        top: how many customers are asked for.
        make_beside: makes what is put in place before the answer; None for nothing.
        beside_in: the directory that takes it.

    Raises:
        SflyError: the run failed; there is no .dat.
    """
    account, places = Account(), Places.of(job.settings)
    job.engine.fit_shuffles(source.size)
    folders = [*places.staged_in, *([beside_in] if beside_in else [])]
    try:
        with workplace(job.engine, places.work, folders, source.damage) as work:
            places.check()
            counted = count(work, source, job.settings)
            account, source = counted.account, counted.source
            source.check_content(account)
            rejects = rejects_of(work, counted, places)
            with kept_on_failure(rejects, RunName(job.started, top), places.rejects, work):
                check_accepted(account, job.settings.max_rejects, source.look)
                ltv.check_values_fit(account)
                best = _ranked(counted, top, job.settings)
                beside = make_beside(work, counted, job.settings) if make_beside else None
                answered = Answer(best, summary_of(job, source, account, best))
                try:
                    return _published(job, work, places, answered, top, _Ready(rejects, beside))
                except BaseException:
                    if beside:
                        beside.take_back(places.output)
                    raise
    except SflyError as failure:
        failed = replace(
            summary_of(job, source, account), error=str(failure), rejects=getattr(failure, "rejects", None)
        )
        with suppress(OSError):
            write_summary(job.settings.summary, failed.as_json())
        raise


def count(work: Workplace, source: Source, settings: Settings) -> Counted:
    """Read a source and add it up; where a shortcut to its tallies is damaged, once more without it."""
    try:
        tallies = source.tallies(work)
        ledger = tallies.transform(
            ltv.ledger,
            settings.order_updates,
            source.identity,
            are_distinct=source.are_distinct,
            by_windows=work.engine.is_quick_at_windows,
        ).transform(work.staged, "ledger")
        account = ltv.account(ledger, tallies, settings.week_start, source.identity)
        return Counted(source, ledger, account, tallies)
    except Exception as error:
        longer_way = source.without_shortcut(error)
        if longer_way is None:
            raise
        return count(work, longer_way, settings)


def rejects_of(work: Workplace, counted: Counted, places: Places) -> Path | None:
    """The rejects, staged where they will stay; None without any."""
    expected = counted.account.rejected
    if not expected:
        return None
    rejects = counted.source.rejects(work.engine, counted.account)
    path, written = staged_rejects(rejects, work.new_folder("rejects", places.rejects.staging))
    if written != expected:
        raise InputError(f"the input changed while it was read: {expected} rejects, then {written}")
    return path


def _ranked(counted: Counted, top: int, settings: Settings) -> list[RankedCustomer]:
    """The best customers, with the SimpleLTV of each."""
    formula = settings.formula or counted.source.formula
    factor = ltv.FORMULAS[formula].factor(settings.lifespan_years, counted.account.weeks or 1)
    ranking = counted.ledger.transform(ltv.ranked, top, formula, settings.week_start)
    return list(ltv.customers(ranking, factor))


@dataclass(frozen=True)
class _Ready:
    """What is ready to be put in place before the answer; None for what there is not."""

    rejects: Path | None
    beside: Beside | None


def _published(job: Job, work: Workplace, places: Places, answered: Answer, top: int, ready: _Ready) -> Answer:
    """Put the answer in place, last; the answer with the paths of what was put."""
    dat = work.new_folder("answer", places.output.staging) / "answer.dat"
    write_file(dat, (line.encode("utf-8") + b"\n" for line in dat_lines(answered.best)))
    work.check_held()
    interrupts.check()

    def placed(name: RunName) -> Summary:
        rejects_at = places.rejects.path_of(name.rejects) if ready.rejects else None
        seconds = time.monotonic() - job.clock
        return replace(answered.summary, output=places.output.path_of(name.dat), rejects=rejects_at, seconds=seconds)

    def summarise(name: RunName) -> None:
        if ready.beside:
            ready.beside.put(name)
        write_summary(job.settings.summary, placed(name).as_json())

    name = publish(Staged(dat, ready.rejects), RunName(job.started, top), places.output, places.rejects, summarise)
    return replace(answered, summary=placed(name))


def summary_of(job: Job, source: Source, account: Account, best: list[RankedCustomer] | None = None) -> Summary:
    """The account of a run with what surrounds it."""
    return Summary(
        account if source.snapshot is None else told_at_ingest(account),
        job.settings.formula or source.formula,
        source.format_name,
        source.identity,
        source.currency,
        job.engine.name,
        source.skipped_files,
        tuple(_warnings(source, account, job.settings.formula or source.formula, best or [])),
        time.monotonic() - job.clock,
        snapshot=source.snapshot,
    )


def _warnings(source: Source, account: Account, formula: str, best: list[RankedCustomer]) -> Iterator[str]:
    yield from source.warnings
    yield from unknown_types_warnings(account)
    if source.snapshot is None:
        yield from superseded_warnings(account, source.identity)
    if formula == "simple" and account.largest_spend and not account.by_type[SITE_VISIT]:
        yield NO_VISITS
    formulas = [customer.customer_id for customer in best if is_formula(customer.customer_id)]
    if formulas:
        yield f"{len(formulas)} ids in the answer would run as formulas in a spreadsheet: {named(formulas)}"
