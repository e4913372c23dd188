"""What a run is asked of: event logs, or a version of the event table. Both give tallies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError, SflyError
from sflydwh.events import events, rejects
from sflydwh.inputs.find import Inputs
from sflydwh.ltv import Account
from sflydwh.reader import FORMAT_NAME, EventsDataSource, Limits, reader_options
from sflydwh.runs.workplace import Workplace
from sflydwh.table.snapshot import Snapshot

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Source(Protocol):
    """Where the events of a run come from."""

    @property
    def size(self) -> int:
        """Bytes altogether."""
        ...

    @property
    def are_distinct(self) -> bool:
        """Whether no event is given again."""
        ...

    @property
    def skipped_files(self) -> int:
        """How many hidden files lay in a directory and are not read."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it."""
        ...

    @property
    def snapshot(self) -> Snapshot | None:
        """The version of the event table that is asked; None for logs."""
        ...

    def tallies(self, work: Workplace) -> "DataFrame":
        """The events added up as far as one look allows, see `ltv.tallies`; they can be read several times."""
        ...

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """The rejects that an account counts, in input order, see `events.rejects`."""
        ...

    def damage(self) -> RunError | None:
        """The damaged file over which an engine may have stumbled, if it was one."""
        ...

    def without_shortcut(self, error: Exception) -> "Source | None":
        """The same events by a longer way, where a damaged shortcut is to blame for an error; else None."""
        ...


@dataclass(frozen=True)
class Logs:
    """Event logs.

    Attributes:
        inputs: the files, in input order.
        max_event_bytes: a larger piece is `too_large`.
    """

    inputs: Inputs
    max_event_bytes: int
    are_distinct: bool = False
    warnings: tuple[str, ...] = ()
    snapshot: None = None

    @property
    def size(self) -> int:
        """Bytes altogether."""
        return self.inputs.size

    @property
    def skipped_files(self) -> int:
        """Hidden files that lay in a directory."""
        return len(self.inputs.skipped)

    def pieces(
        self,
        engine: Engine,
        with_raw: bool = False,
        only_splits: Sequence[int] | None = None,
        settles: bool = False,
    ) -> "DataFrame":
        """The rows of the reader.

        Args:
            engine: the engine that reads them.
            with_raw: whether each piece's bytes and its place are given too.
            only_splits: if given, only the splits of these numbers are read.
            settles: whether the reader settles events that need no judgement; with the bytes it leaves these out.
        """
        engine.session.dataSource.register(EventsDataSource)
        limits = Limits(event_bytes=self.max_event_bytes)
        options = reader_options(self.inputs, engine.split_bytes(self.size), limits, with_raw, only_splits, settles)
        return engine.session.read.format(FORMAT_NAME).options(**options).load()

    def tallies(self, work: Workplace) -> "DataFrame":
        """The tallies, from one look at the files."""
        found = self.pieces(work.engine, settles=True).transform(events).transform(ltv.tallies)
        return work.staged(found, "tallies", reads_bytes=self.size)

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """The rejects, from a second look at the splits that have some and at no others."""
        only_splits = sorted(account.rejects_by_split)
        return self.pieces(engine, with_raw=True, only_splits=only_splits, settles=True).transform(rejects)

    def damage(self) -> RunError | None:
        """None: the reader tells of damaged files itself."""
        return None

    def without_shortcut(self, error: Exception) -> None:
        """None: there is no shortcut."""


@dataclass(frozen=True)
class Table:
    """A version of the event table.

    Attributes:
        snapshot: the version.
        uses_rollup: whether its rollup may serve in place of its events.
    """

    snapshot: Snapshot
    uses_rollup: bool = True
    are_distinct: bool = True
    skipped_files: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return self.snapshot.size

    def tallies(self, work: Workplace) -> "DataFrame":
        """The rollup, where there is one of this version; else the tallies of the events."""
        rolled_up = self.snapshot.stored_tallies(work.engine) if self.uses_rollup else None
        return work.staged(self.snapshot.tallies(work.engine), "tallies") if rolled_up is None else rolled_up

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """Never: a table holds accepted events only."""
        raise NotImplementedError

    def damage(self) -> RunError | None:
        """The first file of the events that cannot be read."""
        return self.snapshot.find_damage()

    def without_shortcut(self, error: Exception) -> "Table | None":
        """The same version without its rollup, where that is damaged."""
        damage = self.snapshot.find_rollup_damage() if self.uses_rollup else None
        if damage is None:
            return None
        told = error if isinstance(error, SflyError) else damage
        warning = f"the rollup is damaged and was not used; maintain.py makes it again: {told}"
        return replace(self, uses_rollup=False, warnings=(warning,))
