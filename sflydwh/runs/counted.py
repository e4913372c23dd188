"""What every answer begins with: a source is read once and added up, and a run that fails says so in its summary."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sflydwh import ltv
from sflydwh.errors import InputError, SflyError
from sflydwh.formats.model import SITE_VISIT
from sflydwh.ltv import Account
from sflydwh.output.place import Place, place_of
from sflydwh.runs.account import Summary, told_at_ingest, write_summary
from sflydwh.runs.rejects import check_accepted, staged_rejects
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Source
from sflydwh.runs.wording import NO_VISITS, superseded_warnings, unknown_types_warnings
from sflydwh.runs.workplace import Job, Workplace, workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


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


class Steps:
    """Stages each step on the way to a ledger once; its name tells it, since the tallies and the settings are the same.

    Args:
        work: where to stage them.
    """

    def __init__(self, work: Workplace) -> None:
        self._work = work
        self._made: dict[str, DataFrame] = {}

    def __call__(self, frame: "DataFrame", name: str) -> "DataFrame":
        """The step of this name, computed."""
        if name not in self._made:
            self._made[name] = self._work.staged(frame, name)
        return self._made[name]


@dataclass(frozen=True)
class Counted:
    """A source that was read.

    Attributes:
        source: the source, as it was read in the end.
        ledger: the customers with what they did, see `ltv.ledger`.
        account: what became of every piece.
        tallies: what the ledger was made of.
        options: how they are counted; what was staged on the way to the ledger serves others too.
    """

    source: Source
    ledger: "DataFrame"
    account: Account
    tallies: "DataFrame"
    options: ltv.Options


@contextmanager
def counted_source(
    job: Job, source: Source, places: Places, staged_in: Sequence[Path] = ()
) -> Iterator[tuple[Workplace, Counted]]:
    """Read a source, and work with it.

    Args:
        job: the engine, the settings and the start of the run.
        source: what is asked.
        places: where the run works, and where its files will go.
        staged_in: the directories in which these are staged; none where there will be no file.

    Raises:
        SflyError: the run failed, also later; the summary says so.
    """
    account = Account()
    job.engine.fit_shuffles(source.size)
    try:
        with workplace(job.engine, places.work, staged_in, source.damage) as work:
            if staged_in:
                places.check()
            counted = count(work, source, job.settings)
            account, source = counted.account, counted.source
            source.check_content(account)
            yield work, counted
    except SflyError as failure:
        summary = summary_of(job, source, account)
        failed = replace(summary, error=str(failure), rejects=getattr(failure, "rejects", None))
        with suppress(OSError):
            write_summary(job.settings.summary, failed.as_json())
        raise


def count(work: Workplace, source: Source, settings: Settings) -> Counted:
    """Read a source and add it up; where a shortcut to its tallies is damaged, once more without it."""
    try:
        tallies = source.tallies(work)
        options = ltv.Options(
            settings.order_updates,
            source.identity,
            source.are_distinct,
            work.engine.is_quick_at_windows,
            Steps(work),
        )
        ledger = tallies.transform(ltv.ledger, options).transform(work.staged, "ledger")
        account = ltv.account(ledger, tallies, settings.week_start)
        return Counted(source, ledger, account, tallies, options)
    except Exception as error:
        longer_way = source.without_shortcut(error)
        if longer_way is None:
            raise
        return count(work, longer_way, settings)


def check_enough(counted: Counted, settings: Settings) -> None:
    """Fail where there is too much that is wrong, or nothing to answer from.

    Raises:
        RunError: there is.
    """
    check_accepted(counted.account, settings.max_rejects, counted.source.look)
    ltv.check_values_fit(counted.account)


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


def summary_of(job: Job, source: Source, account: Account, warnings: Iterable[str] = ()) -> Summary:
    """The account of a run with what surrounds it.

    Args:
        job: the engine, the settings and the start of the run.
        source: what was asked.
        account: what became of every piece.
        warnings: what a person should look at, beside what the account warns of.
    """
    formula = job.settings.formula or source.formula
    return Summary(
        account if source.snapshot is None else told_at_ingest(account),
        formula,
        source.format_name,
        source.identity,
        source.currency,
        job.engine.name,
        source.skipped_files,
        (*_warnings(source, account, formula), *warnings),
        time.monotonic() - job.clock,
        snapshot=source.snapshot,
    )


def _warnings(source: Source, account: Account, formula: str) -> Iterator[str]:
    yield from source.warnings
    yield from unknown_types_warnings(account)
    if source.snapshot is None:
        yield from superseded_warnings(account, source.identity)
    if formula == "simple" and account.largest_spend and not account.by_type[SITE_VISIT]:
        yield NO_VISITS
