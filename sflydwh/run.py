"""The main job from end to end: read, judge, add up, rank, publish."""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from errno import EACCES, EDQUOT, EFBIG, EIO, ENOSPC, EROFS
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sflydwh import events, interrupts, ltv
from sflydwh.errors import InputError, RunError, SflyError
from sflydwh.inputs import Inputs
from sflydwh.ltv import Account, RankedCustomer
from sflydwh.output.dat import dat_lines, is_formula
from sflydwh.output.directory import write_file
from sflydwh.output.names import REJECTS_FILE, RunName
from sflydwh.output.place import place_of, replace
from sflydwh.output.publish import Staged, keep_failed_rejects, publish
from sflydwh.output.rejects import reject_lines
from sflydwh.output.staging import check_held, seen_from_outside, staging
from sflydwh.output.table import printable
from sflydwh.progress import progress
from sflydwh.reader import FORMAT_NAME, EventsDataSource, Limits, bytes_read, reader_options
from sflydwh.session import SAIL, SPARK, Engine
from sflydwh.settings import Settings
from sflydwh.summary import Summary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MOST_NAMED: Final = 5
# An error of the reader's comes back inside the engine's own.
_READER_ERROR: Final = re.compile(r"InputError: ([^\n]*)")
# What a disk may say, inside the engine's own words.
_SYSTEM_ERROR: Final = re.compile("|".join(map(os.strerror, (ENOSPC, EDQUOT, EROFS, EACCES, EFBIG, EIO))))
_PYTHON_ERROR: Final = re.compile(r"[A-Za-z_.]+(?:Error|Exception): ")


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
        inputs: the files, in input order.
        top: how many customers are asked for.
        settings: how to run.
        started: local start time, which names the output.
        clock: monotonic start time in seconds.
    """

    def __init__(
        self,
        engine: Engine,
        inputs: Inputs,
        top: int,
        settings: Settings,
        started: datetime,
        clock: float,
    ) -> None:
        self._engine = engine
        self._inputs = inputs
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
        engine.session.dataSource.register(EventsDataSource)
        engine.fit_shuffles(inputs.size)

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
            failure = as_run_error(error, self._work)
            self._summarise_failure(str(failure))
            raise failure from error

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
        tallies = self._staged(self._pieces().transform(events.events).transform(ltv.tallies), stages.work / "tallies")
        ledger = self._staged(tallies.transform(ltv.ledger, self._settings.order_updates), stages.work / "ledger")
        self._account = ltv.account(ledger, ltv.reject_counts(tallies), self._settings.week_start)
        rejects = self._staged_rejects(stages.rejects / "rejects.jsonl")
        self._check(rejects)
        self._best = self._ranked(ledger)
        dat = stages.answer / "answer.dat"
        write_file(dat, (line.encode("utf-8") + b"\n" for line in dat_lines(self._best)))
        for stage in stages:
            check_held(stage)
        interrupts.check()
        staged = Staged(dat, rejects)
        name = publish(staged, self._name, self._output, self._rejects, self._write_summary)
        return Answer(self._best, self._summary(name))

    def _pieces(self, **which: Any) -> "DataFrame":
        options = reader_options(
            self._inputs,
            self._engine.split_bytes(self._inputs.size),
            Limits(event_bytes=self._settings.max_event_bytes),
            **which,
        )
        return self._engine.session.read.format(FORMAT_NAME).options(**options).load()

    def _staged(self, frame: "DataFrame", folder: Path) -> "DataFrame":
        """A frame computed once and kept as Parquet, so that nothing under it is read again."""
        with self._progress(folder.name):
            frame.write.option("compression", self._engine.staging_codec).parquet(folder.as_uri())
        if self._engine.name == SPARK and not self._engine.is_remote and not any(folder.glob("*.parquet")):
            raise RunError(f"the executors do not write to the {self._work} of this machine; share that directory")
        return self._engine.session.read.schema(frame.schema).parquet(folder.as_uri())

    def _staged_rejects(self, path: Path) -> Path | None:
        """The rejects, from a second look at the splits that have some and at no others."""
        if not self._account.rejected:
            return None
        rejects = self._pieces(with_raw=True, only_splits=sorted(self._account.rejects_by_split)).transform(events.rejects)
        with self._progress("rejects"):
            written = write_file(path, reject_lines(rejects))
        if written != self._account.rejected:
            raise InputError(f"the input changed while it was read: {self._account.rejected} rejects, then {written}")
        return path

    def _progress(self, doing: str) -> AbstractContextManager[None]:
        """Signs of life; the reader's meter runs where the reader runs in this process."""
        before, size = bytes_read(), max(1, self._inputs.size)
        is_metered = doing == "tallies" and self._engine.name == SAIL
        return progress(doing, lambda: (bytes_read() - before) / size if is_metered else None, sys.stderr)

    def _check(self, rejects: Path | None) -> None:
        """Fail where there is no answer to give; the rejects stay."""
        account, most = self._account, self._settings.max_rejects
        problem = None
        if most is not None and account.rejected > most:
            problem = f"{account.rejected:,} events were rejected, above --max-rejects {most:,}"
        elif account.read and not account.accepted:
            problem = f"none of the {account.read:,} events was accepted"
        if problem and rejects:
            kept = keep_failed_rejects(rejects, self._name, self._rejects)
            self._rejects_at = self._rejects.path_of(kept.failed_rejects)
            raise RunError(f"{problem}; see {self._rejects_at}/{REJECTS_FILE}")
        ltv.check_values_fit(account)

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
        )

    def _warnings(self) -> Iterator[str]:
        if self._account.unknown_types:
            names = ", ".join(printable(name) for name in self._account.unknown_types[:_MOST_NAMED])
            yield f"{len(self._account.unknown_types)} unknown event types were accepted: {names}"
        formulas = [customer.customer_id for customer in self._best if is_formula(customer.customer_id)]
        if formulas:
            ids = ", ".join(printable(name) for name in formulas[:_MOST_NAMED])
            yield f"{len(formulas)} ids in the answer would run as formulas in a spreadsheet: {ids}"

    def _write_summary(self, name: RunName | None, error: str | None = None) -> None:
        if self._settings.summary:
            replace(self._settings.summary, self._summary(name, error).as_json())

    def _summarise_failure(self, error: str) -> None:
        with suppress(OSError):
            self._write_summary(None, error)


def as_run_error(error: Exception, output: Path) -> SflyError:
    """An error of the engine, the system or our own as one line for the user.

    Args:
        error: what was raised.
        output: the directory that the run works in.
    """
    if isinstance(error, SflyError):
        return error
    if isinstance(error, OSError) and error.strerror:
        return RunError(f"cannot write {seen_from_outside(error.filename or str(output))}: {error.strerror}")
    text = str(error)
    if ours := _READER_ERROR.search(text):
        return InputError(ours[1])
    if of_system := _SYSTEM_ERROR.search(text):
        return RunError(f"the engine failed while it worked in {output}: {of_system[0]}")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    raised = [line for line in lines if _PYTHON_ERROR.match(line)]
    return RunError(f"the engine failed: {(raised or lines)[0]}")
