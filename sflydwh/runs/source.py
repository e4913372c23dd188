"""What a run is asked of: event logs, or a version of the event table. Both give tallies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.errors import InputError, RunError, SflyError
from sflydwh.events.rejects import in_input_order
from sflydwh.formats.format import Format
from sflydwh.inputs.find import Inputs
from sflydwh.ltv import Account
from sflydwh.reader.batches import Gives
from sflydwh.reader.blocks import stream_blocks
from sflydwh.reader.datasource import FORMAT_NAME, EventsDataSource, Plan, reader_options
from sflydwh.reader.pieces import Limits
from sflydwh.reader.source import open_source
from sflydwh.runs.rejects import look_at
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
    def identity(self) -> str:
        """What makes two events one: `time`, `key` or `none`, rule 1."""
        ...

    @property
    def currency(self) -> str:
        """What amounts are in."""
        ...

    @property
    def formula(self) -> str:
        """The formula of SimpleLTV where none is asked for."""
        ...

    @property
    def format_name(self) -> str | None:
        """The name of the format of logs; None for a table."""
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
        """The rejects that an account counts, in input order: `reason`, `source_file`, `offset`, `raw` and `header`."""
        ...

    def check_content(self, account: Account) -> None:
        """Fail where there was content that is no log.

        Raises:
            InputError: there was.
        """
        ...

    def look(self) -> str | None:
        """What logs without an event look like; None where nothing is known."""
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
        log_format: what names what in them.
        max_event_bytes: a larger piece is `too_large`.
        identity: what makes two events one.
        data_source: how an engine reads them; None for `EventsDataSource`.
    """

    inputs: Inputs
    log_format: Format
    max_event_bytes: int
    identity: str
    data_source: type[EventsDataSource] | None = None
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

    @property
    def currency(self) -> str:
        """The format's accepted currency."""
        return self.log_format.currency

    @property
    def formula(self) -> str:
        """That of the format."""
        return self.log_format.formula

    @property
    def format_name(self) -> str:
        """The format's name."""
        return self.log_format.name

    def read(
        self, engine: Engine, gives: Gives, only_splits: Sequence[int] | None = None, before: int | None = None
    ) -> "DataFrame":
        """The rows of the reader.

        Args:
            engine: the engine that reads them.
            gives: what is wanted of the pieces.
            only_splits: if given, only the splits of these numbers are read.
            before: the microseconds since 1970 from which on events are ignored; None for never.
        """
        engine.session.dataSource.register(self.data_source or EventsDataSource)
        limits = Limits(event_bytes=self.max_event_bytes, packed_bytes=engine.packed_bytes)
        split_bytes = engine.split_bytes(self.size)
        plan = Plan(self.inputs, split_bytes, self.log_format, self.identity, limits, gives, only_splits, before)
        return engine.session.read.format(FORMAT_NAME).options(**reader_options(plan)).load()

    def tallies(self, work: Workplace, before: int | None = None) -> "DataFrame":
        """The tallies, from one look at the files; of the events before an instant, where one is given."""
        found = self.read(work.engine, Gives.COUNTED, before=before).transform(ltv.tallies, self.identity)
        return work.staged(found, "tallies", reads_bytes=self.size)

    def check_content(self, account: Account) -> None:
        """Fail where files without a piece hold NUL bytes: what a crash left of a log.

        Raises:
            InputError: one does.
        """
        for file in [] if account.read else self.inputs:
            with open_source(*file[:3]) as source:
                if any(b"\0" in block.data for block in stream_blocks(source, 0, source.end, Limits())):
                    raise InputError(f"{source.path} holds nothing but NUL bytes; it may have been damaged")

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """The rejects, from a second look at the splits that have some and at no others."""
        return self.read(engine, Gives.REJECTS, sorted(account.rejects_by_split)).transform(in_input_order)

    def look(self) -> str | None:
        """What the first files look like."""
        return look_at(self.inputs, self.log_format)

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

    @property
    def identity(self) -> str:
        """That of the table."""
        return self.snapshot.kept.identity

    @property
    def currency(self) -> str:
        """That of the table."""
        return self.snapshot.kept.currency

    @property
    def formula(self) -> str:
        """That of the table."""
        return self.snapshot.kept.formula

    @property
    def format_name(self) -> None:
        """None: a table has events of all formats."""

    def tallies(self, work: Workplace) -> "DataFrame":
        """The rollup, where there is one of this version; else the tallies of the events."""
        rolled_up = self.snapshot.stored_tallies(work.engine) if self.uses_rollup else None
        return work.staged(self.snapshot.tallies(work.engine), "tallies") if rolled_up is None else rolled_up

    def check_content(self, account: Account) -> None:
        """Nothing: a table holds events alone."""

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """Never: a table holds accepted events only."""
        raise NotImplementedError

    def look(self) -> None:
        """None: a table holds accepted events only."""

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
