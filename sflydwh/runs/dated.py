"""A source up to a day: events of later UTC days are dropped before rule 7 is applied, and counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as F

from sflydwh.engine.engine import Engine
from sflydwh.errors import NothingToPredictError, RunError, UsageError
from sflydwh.formats.columns import TALLIES
from sflydwh.formats.model import AFTER_AS_OF, IGNORED
from sflydwh.ltv import Account
from sflydwh.runs.source import Logs, Source, Table
from sflydwh.runs.workplace import Workplace
from sflydwh.table import tallies as sums
from sflydwh.table.snapshot import Snapshot

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

EPOCH: Final = date(1970, 1, 1)
_MICROS_OF_DAY: Final = 86_400_000_000


def day_number(day: date) -> int:
    """A day as the number of days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


def day_named(text: str) -> date:
    """The day in the text of an option, `YYYY-MM-DD`.

    Raises:
        UsageError: it is not a day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of-date must be a day such as 2017-06-30, not {text!r}") from None


@dataclass(frozen=True)
class UpTo:
    """A source without the events of the UTC days after a day.

    What is left out counts among the ignored, as `after_as_of`.

    Attributes:
        whole: the source with all days.
        day: the last day that counts.
    """

    whole: Logs | Table
    day: date

    @property
    def size(self) -> int:
        """The total number of bytes."""
        return self.whole.size

    @property
    def are_distinct(self) -> bool:
        """Whether no event occurs twice."""
        return self.whole.are_distinct

    @property
    def identity(self) -> str:
        """Which events count as the same event: `time`, `key` or `none`."""
        return self.whole.identity

    @property
    def currency(self) -> str:
        """The currency code of all amounts."""
        return self.whole.currency

    @property
    def formula(self) -> str:
        """The default formula of SimpleLTV."""
        return self.whole.formula

    @property
    def format_name(self) -> str | None:
        """The name of the format of logs; None for a table."""
        return self.whole.format_name

    @property
    def skipped_files(self) -> int:
        """How many hidden files in directories were skipped."""
        return self.whole.skipped_files

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of it, a line each."""
        return self.whole.warnings

    @property
    def snapshot(self) -> Snapshot | None:
        """The version of the event table that is read; None for logs."""
        return self.whole.snapshot

    def tallies(self, work: Workplace) -> "DataFrame":
        """The tallies of the events up to the day; for a table, from its events, because the rollup has no days."""
        if isinstance(self.whole, Table):
            events = self.whole.snapshot.events(work.engine)
            kept = events.where(~self._is_later()).transform(sums.tallies, self.whole.snapshot.kept)
            return work.staged(kept.unionByName(events.where(self._is_later()).transform(_counted)), "tallies")
        return self.whole.tallies(work, day_number(self.day + timedelta(days=1)) * _MICROS_OF_DAY)

    def _is_later(self) -> "Column":
        return F.col("event_time") >= F.lit(_start_of(self.day + timedelta(days=1))).cast("timestamp_ntz")

    def rejects(self, engine: Engine, account: Account) -> "DataFrame":
        """The rejects of all days, because a reject has no day."""
        return self.whole.rejects(engine, account)

    def check_content(self, account: Account) -> None:
        """Check that there are events up to the day.

        Raises:
            RunError: there are none.
        """
        self.whole.check_content(account)
        if account.ignored[AFTER_AS_OF] and not account.of_the_model:
            raise NothingToPredictError(f"there is no event on or before {self.day}; give a later --as-of-date")

    def look(self) -> str | None:
        """What logs without an accepted event look like; None if nothing is recognised."""
        return self.whole.look()

    def damage(self) -> RunError | None:
        """An error that names a damaged file, if one may have made the engine fail."""
        return self.whole.damage()

    def without_shortcut(self, error: Exception) -> "Source | None":
        """None: this source uses no rollup."""


def up_to(source: Logs | Table, day: date | None) -> "Logs | Table | UpTo":
    """A source up to a day; the source itself if no day is given."""
    if day is None or day == date.max:
        return source
    return UpTo(source, day)


def _start_of(day: date) -> str:
    return datetime(day.year, day.month, day.day).isoformat(" ")  # noqa: DTZ001


def _counted(left_out: "DataFrame") -> "DataFrame":
    """One row of tallies that counts all events left out."""
    values = {"kind": F.lit(IGNORED), "label": F.lit(AFTER_AS_OF), "pieces": F.col("pieces"), "events": F.lit(0)}
    counted = left_out.agg(F.count(F.lit(1)).alias("pieces")).where(F.col("pieces") > 0)
    return counted.select(*(values.get(name, F.lit(None)).cast(kind.sql).alias(name) for name, kind in TALLIES.items()))
