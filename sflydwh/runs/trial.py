"""A format tried on the first records of a log: the outcome of each, and what looks wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

from sflydwh.formats.format import Format
from sflydwh.formats.judgement import Accepted, Ignored, Outcome, Rejected
from sflydwh.formats.model import BY_KEY, MISSING_CUSTOMER_ID, NONE, ORDER
from sflydwh.formats.paths import Step
from sflydwh.formats.values import JSON_BLANKS, JsonObject, csv_record, is_nothing
from sflydwh.output.terminal import printable
from sflydwh.reader.csv_records import fields_of
from sflydwh.reader.pieces import Piece
from sflydwh.reader.strict import decoded

# The widths of the columns: 99 in total, with the gaps between them.
_COLUMNS: Final = {"#": 3, "rule": 4, "event": 21, "customer": 16, "time": 19, "key": 12, "amount": 12}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WIDTH: Final = 100


class Trial:
    """The outcomes of the records of a log.

    Args:
        log_format: the format that is tried.
        shown: for how many records to keep a row.

    Attributes:
        rows: the outcomes of the first records, a text per column.
        read: how many records were read.
    """

    def __init__(self, log_format: Format, shown: int) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.read = 0
        self._format = log_format
        self._shown = shown
        self._by_rule: Counter[int | None] = Counter()
        self._reasons: Counter[str] = Counter()
        self._times: list[int] = []
        self._amounts: set[Decimal] = set()
        self._days: set[int] = set()
        self._worth: dict[tuple[object, ...], Decimal | None] = {}
        self._disagreeing = 0
        self._unseen = set(log_format.places.paths)

    def add(self, piece: Piece) -> None:
        """Judge a record and count its outcome."""
        self.read += 1
        outcome = piece.outcome
        if len(self.rows) < self._shown:
            self.rows.append((str(self.read), *_cells(outcome)))
        self._see_paths(piece)
        if not isinstance(outcome, Rejected):
            self._by_rule[outcome.rule] += 1
        if isinstance(outcome, Rejected):
            self._reasons[outcome.reason] += 1
        elif isinstance(outcome, Accepted):
            self._add_event(outcome)

    def _add_event(self, event: Accepted) -> None:
        span = self._times or [event.micros]
        self._times = [min(span[0], event.micros), max(span[-1], event.micros)]
        self._days.add((_EPOCH + timedelta(microseconds=event.micros)).day)
        if event.type != ORDER or event.amount is None:
            return
        self._amounts.add(event.amount)
        if event.is_update or self._format.identity == NONE:
            return
        key = event.key if self._format.identity == BY_KEY else None
        identity = (event.customer_id, event.micros, key)
        if self._worth.setdefault(identity, event.amount) != event.amount:
            self._disagreeing += 1

    def _see_paths(self, piece: Piece) -> None:
        record = self._record(piece) if self._unseen else None
        slots = None if record is None else self._format.places.find(record)
        if slots is not None:
            paths = self._format.places.paths
            self._unseen -= {path for path, value in zip(paths, slots, strict=True) if not is_nothing(value)}

    def _record(self, piece: Piece) -> JsonObject | None:
        separation = self._format.csv
        if separation is None:
            return decoded(piece.raw)
        fields = fields_of(piece.raw, separation)
        header = separation.header if piece.header is None else fields_of(piece.header.encode("utf-8"), separation)
        if fields is None or not header or len(fields) != len(header):
            return None
        return csv_record([name.strip(JSON_BLANKS) for name in header], fields)

    def lines(self) -> Iterator[str]:
        """The lines to print, of at most 100 columns."""
        yield from _table([tuple(_COLUMNS), *self.rows])
        yield ""
        yield f"read {self.read:,} records"
        for number, rule in enumerate(self._format.rules):
            yield f"rule {number + 1:<3} {rule.type:<12} {self._by_rule[number]:,}"
        if self._by_rule[None]:
            yield f"no rule  unknown type {self._by_rule[None]:,}"
        for reason, count in sorted(self._reasons.items(), key=lambda each: (-each[1], each[0])):
            yield f"rejected {reason} {count:,}"
        if self._times:
            yield f"time     {_time(self._times[0])} to {_time(self._times[-1])}"
        for place in sorted(map(self._named, self._unseen)):
            yield printable(f"no record has {place}", _WIDTH)
        for warning in self.warnings():
            yield f"warning: {warning}"

    def _named(self, path: tuple[Step, ...]) -> str:
        return self._format.path_of(self._format.places.paths.index(path))

    def warnings(self) -> Iterator[str]:
        """Warnings of common mistakes in a format."""
        if self._amounts == {Decimal(0)}:
            yield "all amounts are 0; check the path of the amount"
        patterns = {rule.time.unit for rule in (self._format.fallback, *self._format.rules)}
        if self._days and max(self._days) <= 12 and any("%d" in unit and "%m" in unit for unit in patterns):
            yield "no day is above 12; check that %d and %m are not swapped"
        if 10 * self._reasons[MISSING_CUSTOMER_ID] > self.read:
            yield f"{self._reasons[MISSING_CUSTOMER_ID]:,} of {self.read:,} records have no customer"
        if self._disagreeing:
            yield f'{self._disagreeing:,} ORDERs share an identity; for line items, use identity = "none"'


def tried(pieces: Iterable[Piece], log_format: Format, shown: int, most: int) -> Trial:
    """Try a format.

    Args:
        pieces: the records of a log.
        log_format: the format.
        shown: for how many records to keep a row.
        most: how many records to read at most.
    """
    trial = Trial(log_format, shown)
    for piece in pieces:
        if trial.read == most:
            break
        trial.add(piece)
    return trial


def _cells(outcome: Outcome) -> tuple[str, ...]:
    rule = "-" if outcome.rule is None else str(outcome.rule + 1)
    if isinstance(outcome, Rejected):
        return rule, outcome.reason, "", "", "", outcome.currency or ""
    if isinstance(outcome, Ignored):
        return rule, f"ignored {outcome.name}".rstrip(), "", "", "", ""
    event = f"{outcome.type} {outcome.verb}" if outcome.is_update else outcome.type
    return rule, event, outcome.customer_id, _time(outcome.micros), outcome.key or "", _money(outcome.amount)


def _time(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None).isoformat(timespec="seconds")


def _money(amount: Decimal | None) -> str:
    """An amount with two decimals, or four if it needs them."""
    if amount is None:
        return ""
    text = f"{amount:.4f}"
    return text.removesuffix("00")


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    cut = [[printable(cell, width) for cell, width in zip(row, _COLUMNS.values(), strict=True)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0], cells[-1] = row[0].rjust(widths[0]), row[-1].rjust(widths[-1])
        yield "  ".join(cells).rstrip()
