"""The main job from end to end: read, judge, add up, rank, publish."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sflydwh import events, interrupts, ltv
from sflydwh.engine.engine import Engine
from sflydwh.engine.failures import as_run_error, is_unexplained
from sflydwh.engine.staged import shown_progress, staged
from sflydwh.errors import InputError, RunError, SflyError
from sflydwh.files.durable import write_file
from sflydwh.files.staging import check_held, staging
from sflydwh.inputs.find import Inputs
from sflydwh.ltv import Account, RankedCustomer
from sflydwh.output.dat import dat_lines, is_formula
from sflydwh.output.names import REJECTS_FILE, RunName
from sflydwh.output.place import place_of, replace
from sflydwh.output.publish import Staged, keep_rejects, publish
from sflydwh.output.rejects import reject_lines
from sflydwh.runs.account import Summary, named, unknown_types_warning
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Logs
from sflydwh.table.snapshot import Snapshot

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


class _Stages(NamedTuple):
    """The staging folders of intermediate results, of the answer and of the rejects; often one and the same."""

    work: Path
    answer: Path
    rejects: Path


class Run:
    """One run of the main job.

    Args:
        engine: the engine to run on.
        source: the files, in input order, or a version of the event table.
        top: how many customers are asked for.
        settings: how to run.
        started: local start time, which names the output.
        clock: monotonic start time in seconds.
    """

    def __init__(
        self,
        engine: Engine,
        source: Inputs | Snapshot,
        top: int,
        settings: Settings,
        started: datetime,
        clock: float,
    ) -> None:
        self._engine = engine
        self._snapshot = source if isinstance(source, Snapshot) else None
        self._inputs = source if isinstance(source, Inputs) else Inputs()
        self._settings = settings
        self._top = top
        self._name = RunName(started, top)
        self._output = place_of(settings.output)
        self._rejects = place_of(settings.rejects) if settings.rejects else self._output
        self._work = self._output.staging or Path(tempfile.gettempdir())
        if settings.staging:
            self._work = Path(settings.staging).absolute()
        self._clock = clock
        self._account = Account()
        self._best: list[RankedCustomer] = []
        self._rejects_at: str | None = None
        self._rollup_warning: str | None = None
        self._logs = Logs(engine, self._inputs, settings.max_event_bytes)
        engine.fit_shuffles(source.size)

    def answer(self) -> Answer:
        """Run the job.

        Raises:
            RunError: the run failed; there is no .dat.
        """
        try:
            for place in dict.fromkeys((self._output, self._rejects)):
                place.check()
            with ExitStack() as stack:
                return self._answer_or_loss(self._stages(stack))
        except Exception as error:
            failure = as_run_error(self._damage(error) or error, self._work)
            self._summarise_failure(str(failure))
            raise failure from error

    def _damage(self, error: Exception) -> Exception | None:
        """The damaged file of the table over which an engine may have stumbled."""
        return self._snapshot.damage() if self._snapshot and is_unexplained(error) else None

    def _stages(self, stack: ExitStack) -> _Stages:
        """Staging folders where they must be, one in each directory."""
        directories = [self._work, self._output.staging or self._work, self._rejects.staging or self._work]
        made = {directory: stack.enter_context(staging(directory)) for directory in dict.fromkeys(directories)}
        return _Stages(*(made[directory] for directory in directories))

    def _answer_or_loss(self, stages: _Stages) -> Answer:
        """The answer; where it fails because its staging is gone, that is what is told."""
        try:
            return self._answer(stages)
        except Exception:
            for stage in stages:
                check_held(stage)
            raise

    def _answer(self, stages: _Stages) -> Answer:
        tallies, ledger = self._rolled_up(stages.work) or self._added_up(stages.work)
        self._account = ltv.account(ledger, ltv.reject_counts(tallies), self._settings.week_start)
        rejects = self._staged_rejects(stages.rejects / "rejects.jsonl")
        try:
            return self._published(ledger, rejects, stages)
        except Exception:
            if rejects and rejects.exists() and not self._rejects_at:
                with suppress(OSError, RunError):
                    check_held(stages.rejects)
                    self._keep_failed(rejects)
            raise

    def _published(self, ledger: "DataFrame", rejects: Path | None, stages: _Stages) -> Answer:
        self._check(rejects)
        self._best = self._ranked(ledger)
        dat = stages.answer / "answer.dat"
        write_file(dat, (line.encode("utf-8") + b"\n" for line in dat_lines(self._best)))
        for stage in stages:
            check_held(stage)
        interrupts.check()
        name = publish(Staged(dat, rejects), self._name, self._output, self._rejects, self._write_summary)
        return Answer(self._best, self._summary(name))

    def _rolled_up(self, work: Path) -> "tuple[DataFrame, DataFrame] | None":
        """The tallies and the ledger of the table's rollup; None where there is none to be used."""
        if self._snapshot is None:
            return None
        try:
            tallies = self._snapshot.stored_tallies(self._engine)
            return None if tallies is None else (tallies, self._ledger(tallies, work / "of_rollup" / "ledger"))
        except Exception as error:
            damage = self._snapshot.rollup_damage()
            if damage is None:
                raise
            told = error if isinstance(error, SflyError) else damage
            self._rollup_warning = f"the rollup is damaged and was not used; maintain.py makes it again: {told}"
            return None

    def _added_up(self, work: Path) -> "tuple[DataFrame, DataFrame]":
        """The tallies of the logs or of the table's events, kept where they can be read several times; the ledger."""
        if self._snapshot is None:
            found = self._logs.pieces(settles=True).transform(events.events).transform(ltv.tallies)
        else:
            found = self._snapshot.tallies(self._engine)
        tallies = self._staged(found, work / "tallies", reads_bytes=self._inputs.size or None)
        return tallies, self._ledger(tallies, work / "ledger")

    def _ledger(self, tallies: "DataFrame", folder: Path) -> "DataFrame":
        """The customers with what they did, kept likewise."""
        found = tallies.transform(
            ltv.ledger,
            self._settings.order_updates,
            are_distinct=self._snapshot is not None,  # the table holds each event once
            by_windows=self._engine.is_quick_at_windows,
        )
        return self._staged(found, folder)

    def _staged(self, frame: "DataFrame", folder: Path, reads_bytes: int | None = None) -> "DataFrame":
        """A frame computed once and kept as Parquet, so that nothing under it is read again."""
        with shown_progress(self._engine, folder.name, reads_bytes):
            return staged(self._engine, frame, folder)

    def _staged_rejects(self, path: Path) -> Path | None:
        """The rejects, from a second look at the splits that have some and at no others."""
        if not self._account.rejected:
            return None
        pieces = self._logs.pieces(with_raw=True, only_splits=sorted(self._account.rejects_by_split), settles=True)
        rejects = pieces.transform(events.rejects)
        with shown_progress(self._engine, "rejects"):
            written = write_file(path, reject_lines(rejects))
        if written != self._account.rejected:
            raise InputError(f"the input changed while it was read: {self._account.rejected} rejects, then {written}")
        return path

    def _check(self, rejects: Path | None) -> None:
        """Fail where there is no answer to give; the rejects stay."""
        account, most = self._account, self._settings.max_rejects
        problem = None
        if most is not None and account.rejected > most:
            problem = f"{account.rejected:,} events were rejected, above --max-rejects {most:,}"
        elif account.read and not account.accepted:
            problem = f"none of the {account.read:,} events was accepted"
        if problem and rejects:
            raise RunError(f"{problem}; see {self._keep_failed(rejects)}/{REJECTS_FILE}")
        ltv.check_values_fit(account)

    def _keep_failed(self, rejects: Path) -> str:
        """Keep the rejects of a run that fails; the path of their folder."""
        self._rejects_at = self._rejects.path_of(keep_rejects(rejects, self._name, self._rejects, failed=True))
        return self._rejects_at

    def _ranked(self, ledger: "DataFrame") -> list[RankedCustomer]:
        settings = self._settings
        formula = ltv.FORMULAS[settings.formula]
        factor = formula.factor(settings.lifespan_years, self._account.weeks or 1)
        ranking = ltv.ranked(ledger, self._top, settings.formula, settings.week_start)
        return list(ltv.customers(ranking, factor))

    def _summary(self, name: RunName | None, error: str | None = None) -> Summary:
        if name and self._account.rejected:
            self._rejects_at = self._rejects.path_of(name.rejects)
        return Summary(
            self._account,
            self._settings.formula,
            self._engine.name,
            self._output.path_of(name.dat) if name else None,
            self._rejects_at,
            len(self._inputs.skipped),
            tuple(self._warnings()),
            time.monotonic() - self._clock,
            error,
            *((self._snapshot.path, self._snapshot.number) if self._snapshot else ()),
        )

    def _warnings(self) -> Iterator[str]:
        if self._rollup_warning:
            yield self._rollup_warning
        if self._account.unknown_types:
            yield unknown_types_warning(self._account.unknown_types)
        formulas = [customer.customer_id for customer in self._best if is_formula(customer.customer_id)]
        if formulas:
            yield f"{len(formulas)} ids in the answer would run as formulas in a spreadsheet: {named(formulas)}"

    def _write_summary(self, name: RunName | None, error: str | None = None) -> None:
        if self._settings.summary:
            replace(self._settings.summary, self._summary(name, error).as_json())

    def _summarise_failure(self, error: str) -> None:
        with suppress(OSError):
            self._write_summary(None, error)
