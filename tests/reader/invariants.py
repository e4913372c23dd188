"""What holds for every input of the reader, whatever is in it."""

from collections.abc import Sequence
from typing import NamedTuple

from sflydwh.errors import InputError
from sflydwh.formats.model import TOO_LARGE
from sflydwh.reader.pieces import Limits
from sflydwh.reader.source import Source
from tests.oracle.pieces import bared
from tests.reader.reading import BOM, PACKED, Row, content, refused, rows_of, source_of


class Reading(NamedTuple):
    """How an input is read.

    Attributes:
        block_bytes: the size of a block; at least that of a byte order mark.
        event_bytes: the size above which a piece is too large, in one of the readings.
        cuts: where the input is cut into splits, modulo its size.
    """

    block_bytes: int
    event_bytes: int
    cuts: Sequence[int]


def broken_promise(data: bytes, reading: Reading) -> str | None:
    """The first promise that the reader does not keep for this input, or None."""
    try:
        with source_of(data) as source:
            if data.startswith(PACKED):
                rows_of(source, Limits())
                return None
            return _broken_promise(data, source, reading)
    except InputError as error:
        return None if data.startswith(PACKED) else f"no plain file refused: {error}"
    except Exception as error:  # a crash is what we look for
        return f"no crash: {type(error).__name__}: {error}"


def _broken_promise(data: bytes, source: Source, reading: Reading) -> str | None:
    whole = rows_of(source, Limits())
    in_blocks = Limits(block_bytes=reading.block_bytes)
    cuts = [cut % (len(data) + 1) for cut in reading.cuts]
    kept_bytes = reading.event_bytes // 2
    small = Limits(reading.event_bytes, kept_bytes, reading.block_bytes)
    holds_reject = b"raw" in data
    checks = {
        "no two rows at one offset": len({row.offset for row in whole}) == len(whole),
        "every byte of content in one row": holds_reject or is_covered(content(data), whole),
        "fast path = exact path": rows_of(source, in_blocks, is_fast=False) == whole,
        "splits = whole file, with raw = without": (
            rows_of(source, in_blocks, cuts, with_raw=False) == [row._replace(raw=None) for row in whole]
        ),
        "too large = refused at its place": (
            holds_reject or rows_of(source, small) == [limited(row, small) for row in whole]
        ),
    }
    return next((promise for promise, is_kept in checks.items() if not is_kept), None)


def is_covered(data: bytes, rows: list[Row]) -> bool:
    """Whether every byte but punctuation and a byte order mark is in exactly one row."""
    at = len(BOM) if data.startswith(BOM) else 0
    for row in rows:
        end = row.offset + len(row.raw or b"")
        if row.offset < at or bared(data[at : row.offset])[1] or data[row.offset : end] != row.raw:
            return False
        at = end
    return not bared(data[at:])[1]


def limited(row: Row, limits: Limits) -> Row:
    """What a row becomes under a limit on the size of its piece."""
    raw = row.raw or b""
    if len(raw) <= limits.event_bytes:
        return row
    return refused(row.offset, raw[: limits.kept_bytes], TOO_LARGE)
