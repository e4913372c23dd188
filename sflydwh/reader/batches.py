"""The record batches that the reader gives: of events to count, of pieces to store, or of rejects."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from sflydwh.formats.columns import COUNTED, PIECES, REJECTS, Columns
from sflydwh.formats.format import Format
from sflydwh.formats.judgement import Accepted, Ignored, Rejected
from sflydwh.formats.model import (
    AFTER_AS_OF,
    BY_KEY,
    COUNT,
    CURRENCY_SEEN,
    CUSTOMER_PATH,
    IGNORED,
    KINDS,
    NONE,
    ORDER,
    REJECTED,
    ROUNDED,
    SETTLED,
    UNKNOWN,
)
from sflydwh.reader.pieces import Limits, Piece
from sflydwh.reader.settled import Settled, SettledEvent

if TYPE_CHECKING:
    from sflydwh.reader.records import Records
    from sflydwh.reader.tokens import Bytes


class Gives(Enum):
    """Which rows a reader gives."""

    COUNTED = "counted"
    PIECES = "pieces"
    REJECTS = "rejects"

    @property
    def columns(self) -> Columns:
        """The columns of a row."""
        return _COLUMNS[self]


_COLUMNS: Final = {Gives.COUNTED: COUNTED, Gives.PIECES: PIECES, Gives.REJECTS: REJECTS}


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        log_format: the log's format.
        identity: `time`, `key` or `none`, rule 1.
        limits: the limits of sizes and memory.
        gives: which rows are wanted.
        is_fast: whether to use the fast path, which takes a while to load.
        before: the microseconds since 1970 from which on events are ignored; None for never.
    """

    log_format: Format
    identity: str
    limits: Limits
    gives: Gives = Gives.COUNTED
    is_fast: bool = True
    before: int | None = None


@dataclass(frozen=True)
class Where:
    """The place of a file in the whole input.

    Attributes:
        path: the file, as it is named in rejects.
        base: the position of its first byte.
        split: the number of the split.
        digest: the digest of its content; None if no row needs it.
    """

    path: str
    base: int
    split: int
    digest: str | None = None


class Taken(NamedTuple):
    """The records of a block that the fast path read.

    Attributes:
        data: the block.
        records: the records.
        offset: where the block begins in the file.
    """

    data: "Bytes"
    records: "Records"
    offset: int


def exact_batches(
    pieces: Iterable[Piece], where: Where, reading: Reading, settled: Settled | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of pieces that the exact path judged.

    Args:
        pieces: the pieces.
        where: the place of their file.
        reading: how they were read.
        settled: packs the settled events; None to give a row for each.
    """
    if reading.before is not None:
        pieces = [_not_later(piece, reading.before) for piece in pieces]
    if reading.gives is Gives.COUNTED:
        rows, packed = _counted_rows(pieces, where, reading, settled is not None)
        if settled and packed:
            yield from settled.add_judged(packed)
    elif reading.gives is Gives.PIECES:
        rows = _piece_rows(pieces, where, reading)
    else:
        rows = [_raw(piece, where, piece.outcome.reason) for piece in pieces if isinstance(piece.outcome, Rejected)]
    if rows:
        yield reading.gives.columns.batch(rows)


def _not_later(piece: Piece, before: int) -> Piece:
    """The piece; ignored if it is an event at or after an instant."""
    found = piece.outcome
    is_later = isinstance(found, Accepted) and found.micros >= before
    return piece._replace(outcome=Ignored(AFTER_AS_OF, None)) if is_later else piece


def count_batch(names: Counter[tuple[int, str]], split: int, gives: Gives) -> pa.RecordBatch:
    """A row for each name, with the number of its pieces.

    Args:
        names: how many pieces each kind and name has.
        split: the number of the split, by which rejects are found again.
        gives: what is wanted of the pieces.
    """
    return gives.columns.batch(_count_rows(names, split, gives))


def _count_rows(names: Counter[tuple[int, str]], split: int, gives: Gives) -> list[dict[str, Any]]:
    column = "label" if gives is Gives.COUNTED else "event_type"
    return [
        {"kind": kind, column: name, "place": split if kind == REJECTED else None, "pieces": count}
        for (kind, name), count in sorted(names.items())
    ]


def _counted_rows(
    pieces: Iterable[Piece], where: Where, reading: Reading, packs: bool
) -> tuple[list[dict[str, Any]], list[SettledEvent]]:
    rows: list[dict[str, Any]] = []
    settled: list[SettledEvent] = []
    names = Counter[tuple[int, str]]()
    for piece in pieces:
        found = piece.outcome
        names.update(_names(found, reading.log_format))
        if isinstance(found, Accepted):
            kind = KINDS.get(found.type, UNKNOWN)
            if packs and kind in SETTLED:
                settled.append((found.customer_id, kind, found.micros))
            else:
                rows.append(_counted_row(found, kind, where.base + piece.offset, reading.identity))
    return rows + _count_rows(names, where.split, Gives.COUNTED), settled


def _names(found: Accepted | Rejected | Ignored, log_format: Format) -> list[tuple[int, str]]:
    """The names under which a piece is counted, in addition to its own row."""
    if isinstance(found, Rejected):
        seen = [(COUNT, f"{CURRENCY_SEEN}{found.currency}")] if found.currency else []
        return [(REJECTED, found.reason), *seen]
    if isinstance(found, Ignored):
        return [(IGNORED, found.name)]
    names = [(COUNT, f"{CUSTOMER_PATH}{log_format.path_of(found.customer_place)}")]
    return [*names, (COUNT, ROUNDED)] if found.was_rounded else names


def _counted_row(event: Accepted, kind: int, position: int, identity: str) -> dict[str, Any]:
    row: dict[str, Any] = {"customer_id": event.customer_id, "kind": kind, "pieces": 1, "events": 1}
    row["first_time"] = row["last_time"] = event.micros
    row["identity"] = (event.key or "") if identity == BY_KEY else None
    if event.type == ORDER:
        return {**row, "place": position, "label": event.key, "is_update": int(event.is_update), "amount": event.amount}
    return {**row, "label": event.type} if kind == UNKNOWN else row


def _piece_rows(pieces: Iterable[Piece], where: Where, reading: Reading) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    names = Counter[tuple[int, str]]()
    for piece in pieces:
        found = piece.outcome
        if isinstance(found, Rejected):
            rows.append(_raw(piece, where, found.reason))
        elif isinstance(found, Accepted):
            rows.append({**_raw(piece, where, None), **_kept(found, piece, where, reading.identity)})
        names.update(name for name in _names(found, reading.log_format) if name[0] != REJECTED)
    return rows + _count_rows(names, where.split, Gives.PIECES)


def _kept(event: Accepted, piece: Piece, where: Where, identity: str) -> dict[str, Any]:
    identities = {BY_KEY: event.key or "", NONE: f"{where.digest}:{piece.offset}"}
    return {
        "customer_id": event.customer_id,
        "event_time": event.micros,
        "event_type": event.type,
        "verb": event.verb,
        "key": event.key,
        "identity": identities.get(identity),
        "amount": event.amount,
        "kind": KINDS.get(event.type, UNKNOWN),
    }


def _raw(piece: Piece, where: Where, reason: str | None) -> dict[str, Any]:
    return {
        "position": where.base + piece.offset,
        "reason": reason,
        "source_file": where.path,
        "source_offset": piece.offset,
        "raw": piece.raw,
        "header": piece.header,
        "kind": REJECTED,
        "pieces": 1,
    }
