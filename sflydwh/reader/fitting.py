"""Which built-in format fits a log, judged by the log's first bytes."""

from typing import Final, NamedTuple

from sflydwh.errors import InputError
from sflydwh.formats.format import Format
from sflydwh.formats.judgement import Accepted, Ignored, Outcome, Rejected
from sflydwh.formats.model import KINDS, UNSUPPORTED_CURRENCY
from sflydwh.formats.named import format_of, names
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import exact_pieces

# How much of a log is judged, in bytes.
JUDGED_BYTES: Final = 64 << 10


class _Head:
    """The first bytes of a log, as a source."""

    can_be_cut = False
    start = 0

    def __init__(self, data: bytes) -> None:
        self.path = "the log"
        self.end = len(data)
        self._data = data

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


class Fit(NamedTuple):
    """How well a format fits.

    Attributes:
        accepted: records that are events of the model's four types, in whatever currency.
        ignored: records that the format leaves aside.
        read: all records.
    """

    accepted: int
    ignored: int
    read: int

    @property
    def is_good(self) -> bool:
        """Whether the format takes some records, and rejects fewer than half."""
        return self.accepted > 0 and 2 * (self.accepted + self.ignored) > self.read


def fit(head: bytes, log_format: Format) -> Fit:
    """How well a format fits the first bytes of a log; none fits where a column of a CSV file is missing."""
    try:
        found = [piece.outcome for piece in exact_pieces(_Head(head), log_format, Limits())]
    except InputError:
        return Fit(0, 0, 0)
    accepted = sum(_is_event(outcome) for outcome in found)
    return Fit(accepted, sum(isinstance(outcome, Ignored) for outcome in found), len(found))


def _is_event(found: Outcome) -> bool:
    """Whether a record is an event of the model's types; an amount in another currency makes it no other record."""
    if isinstance(found, Rejected):
        return found.reason == UNSUPPORTED_CURRENCY
    return isinstance(found, Accepted) and found.type in KINDS


def best_fit(head: bytes) -> str | None:
    """The name of the built-in format that takes the most records; None where none fits.

    Args:
        head: the first bytes of the content, unpacked; of more than `JUDGED_BYTES`, only so many are judged.

    >>> best_fit(b'{"type": "page", "userId": "a", "timestamp": "2024-01-01"}')
    'segment'
    >>> best_fit(b"a,b") is None
    True
    """
    found = [(fit(head[:JUDGED_BYTES], format_of(name)), name) for name in names()]
    good = [(each.accepted, name) for each, name in found if each.is_good]
    return max(good, key=lambda each: each[0])[1] if good else None
