"""The columns of the event table and of its rollup, and the key of an event."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sflydwh.formats.columns import AMOUNT, DAY, INSTANT, LONG, TALLIES, TEXT, Columns
from sflydwh.formats.model import FORMULAS, IDENTITIES, SIMPLE, TIME
from sflydwh.table.layout import Layout

# Versions of the table's format; a release refuses versions that it does not know. A table that
# version 1 can represent is written as version 1, so that older releases can use it.
FIRST, FORMAT = 1, 2
FORMAT_RECORD: Final = "sflydwh.format"
# Each change of the events records the next number, so that of two changes based on the same version one fails.
BATCH_RECORD: Final = "sflydwh.batch"

COMPRESSION: Final = "zstd"

_IDENTITY_RECORD: Final = "sflydwh.identity"
_CURRENCY_RECORD: Final = "sflydwh.currency"
_FORMULA_RECORD: Final = "sflydwh.formula"
_KEY: Final = ("customer_id", "event_time", "event_type")
_EVENTS: Final = Columns(
    customer_id=TEXT,
    event_time=INSTANT,
    event_type=TEXT,
    verb=TEXT,
    key=TEXT,
    amount=AMOUNT,
    attributes=TEXT,
    source_file=TEXT,
    source_offset=LONG,
    batch=LONG,
    event_week=DAY,
)


@dataclass(frozen=True)
class Kept:
    """What the first ingest decides for a table.

    Attributes:
        identity: which events count as the same event: `time`, `key` or `none`, rule 1.
        currency: the currency code of all amounts.
        formula: the default formula of SimpleLTV, rule 9.
    """

    identity: str = TIME
    currency: str = "USD"
    formula: str = SIMPLE

    @property
    def format(self) -> int:
        """The lowest version of the table's format that can represent it."""
        return FIRST if self == Kept() else FORMAT

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of an event's key."""
        return _KEY if self.identity == TIME else (*_KEY, "identity")

    @property
    def columns(self) -> Columns:
        """The columns of the events."""
        if self.format == FIRST:
            return _EVENTS
        week = Columns(event_week=DAY)
        return Columns(_EVENTS.without("event_week") | {"identity": TEXT, "position": LONG} | week)

    @property
    def layout(self) -> Layout:
        """The layout of the table."""
        return Layout(
            "events",
            f"All events of a web shop, each once: its key is ({', '.join(self.key)}).",
            self.columns.delta,
            partition="event_week",
            time="event_time",
        )

    @property
    def records(self) -> dict[str, int]:
        """The records for the table's log, which holds only numbers; none for version 1."""
        if self.format == FIRST:
            return {}
        return {
            _IDENTITY_RECORD: IDENTITIES.index(self.identity),
            _CURRENCY_RECORD: int.from_bytes(self.currency.encode("ascii"), "big"),
            _FORMULA_RECORD: FORMULAS.index(self.formula),
        }

    @classmethod
    def of(cls, record: Callable[[str], int | None]) -> "Kept":
        """The decisions recorded in a table's log; those of version 1 if there are no records.

        >>> kept = Kept("none", "EUR", "weekly")
        >>> Kept.of(kept.records.get) == kept, Kept.of({}.get) == Kept()
        (True, True)
        """
        identity, currency, formula = map(record, (_IDENTITY_RECORD, _CURRENCY_RECORD, _FORMULA_RECORD))
        if identity is None or currency is None or formula is None:
            return cls()
        return cls(IDENTITIES[identity], currency.to_bytes(3, "big").decode("ascii"), FORMULAS[formula])


PARTITION: Final = "event_week"

ROLLED_UP: Final = Columns(TALLIES | Columns(batch=LONG))
ROLLUP: Final = Layout(
    "rollup",
    "The events added up by customer, each ORDER event by itself; made from the events, and made again at will.",
    ROLLED_UP.delta,
    partition="batch",
)

_EPOCH: Final = date(1970, 1, 1)


def source_record(source: str) -> str:
    """The name under which the log records the batch of a file."""
    return f"sflydwh.source.{source}"


def read_record(source: str) -> str:
    """The name under which the log records the format with which a file was read."""
    return f"sflydwh.read.{source}"


def format_number(digest: str) -> int:
    """A format's digest, as a number for the log."""
    return int(digest[:14], 16)


def week_name(week: int) -> str:
    """A week as a value of `event_week`.

    Args:
        week: its Monday, in days since 1970-01-01.

    >>> week_name(17168), week_name(-719162)
    ('2017-01-02', '0001-01-01')
    """
    return (_EPOCH + timedelta(days=week)).isoformat()


def week_number(name: str) -> int:
    """A value of `event_week` as days since 1970-01-01.

    >>> week_number("2017-01-02")
    17168
    """
    return (date.fromisoformat(name) - _EPOCH).days
