"""The fields of events taken by the fast path, as Arrow columns.

A column's memory is Arrow's own. Were it Python's, an engine could not let go of it
without the interpreter's lock, which may be held by a thread that waits for that engine.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import MISSING, Bytes, Places
from sflydwh.reader.plain import NOT_PLAIN, plain_amount, plain_instant

# Most texts are short: they are copied in one step, at the cost of some room after the last one.
_STEP: Final = 16
_TEXT: Final = pa.string()
_INSTANT: Final = pa.timestamp("us")
_DOLLARS: Final = pa.decimal128(18, 4)

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Read(NamedTuple):
    """Values read where the texts are plain, the texts of the others, and which those are that were read."""

    values: pa.Array
    texts: pa.Array
    is_read: Flags


def places(starts: Places, offset: int) -> pa.Array:
    """Places in a block that lies at an offset, as offsets themselves."""
    buffer, numbers = with_room(len(starts), np.int64)
    np.add(starts, np.int64(offset), out=numbers)
    return pa.Array.from_buffers(pa.int64(), len(starts), [None, buffer])


def texts(data: Bytes, starts: Places, lengths: Places, kind: pa.DataType = _TEXT) -> pa.Array:
    """Texts, or bytes, that lie in a block; null where the length is `MISSING`."""
    if (lengths == MISSING).all():
        return pa.nulls(len(lengths), kind)
    offsets_buffer, offsets = with_room(len(starts) + 1, np.int32)
    is_there = np.empty(len(starts), bool)
    size = _offsets(lengths, offsets, is_there)
    content_buffer, content = with_room(size + _STEP, np.uint8)
    _copy(data, starts, offsets, content)
    return pa.Array.from_buffers(kind, len(starts), [validity(is_there), offsets_buffer, content_buffer])


def instants(data: Bytes, starts: Places, lengths: Places) -> Read:
    """Event times: timestamps in UTC where they are plain, texts elsewhere."""
    buffer, micros = with_room(len(starts), np.int64)
    left, is_read = np.empty(len(starts), np.int32), np.empty(len(starts), bool)
    _read_instants(data, starts, lengths, micros, left, is_read)
    values = pa.Array.from_buffers(_INSTANT, len(starts), [validity(is_read), buffer])
    return Read(values, _texts_left(data, starts, left, is_read), is_read)


def amounts(data: Bytes, starts: Places, lengths: Places) -> Read:
    """Amounts: decimal(18,4) US dollars where they are plain, texts elsewhere."""
    buffer, halves = with_room(2 * len(starts), np.int64)
    left, is_read = np.empty(len(starts), np.int32), np.empty(len(starts), bool)
    _read_amounts(data, starts, lengths, halves, left, is_read)
    values = pa.Array.from_buffers(_DOLLARS, len(starts), [validity(is_read), buffer])
    return Read(values, _texts_left(data, starts, left, is_read), is_read)


def _texts_left(data: Bytes, starts: Places, lengths: Places, is_read: Flags) -> pa.Array:
    if is_read.all():
        return pa.nulls(len(starts), _TEXT)
    return texts(data, starts, lengths)


def with_room(count: int, kind: Any) -> tuple[pa.Buffer, NDArray[Any]]:
    """Room for numbers in memory of Arrow's, and a view to write them."""
    buffer = pa.allocate_buffer(max(1, count) * np.dtype(kind).itemsize)
    return buffer, np.frombuffer(buffer, kind, count)


def validity(is_there: Flags) -> pa.Buffer | None:
    """Arrow's bitmap; None where all are there."""
    if is_there.all():
        return None
    bits = np.packbits(is_there, bitorder="little")
    buffer, view = with_room(len(bits), np.uint8)
    view[:] = bits
    return buffer


@compiled
def _offsets(lengths: Places, offsets: Places, is_there: Flags) -> int:
    size = 0
    for row in range(len(lengths)):
        offsets[row] = size
        size += max(0, lengths[row])
        is_there[row] = lengths[row] != MISSING
    offsets[len(lengths)] = size
    return size


@compiled
def _copy(data: Bytes, starts: Places, offsets: Places, content: Bytes) -> None:
    for row in range(len(starts)):
        to, end = offsets[row], offsets[row + 1]
        if to == end:
            continue
        start = starts[row]
        if start + _STEP <= len(data) and end - to <= _STEP:
            for place in range(_STEP):
                content[to + place] = data[start + place]
        else:
            for place in range(end - to):
                content[to + place] = data[start + place]


@compiled
def _read_instants(data: Bytes, starts: Places, lengths: Places, micros: Numbers, left: Places, is_read: Flags) -> None:
    for row in range(len(starts)):
        micros[row] = plain_instant(data, starts[row], lengths[row])
        is_read[row] = micros[row] != NOT_PLAIN
        left[row] = MISSING if is_read[row] else lengths[row]


@compiled
def _read_amounts(data: Bytes, starts: Places, lengths: Places, halves: Numbers, left: Places, is_read: Flags) -> None:
    for row in range(len(starts)):
        value = NOT_PLAIN
        if lengths[row] != MISSING:
            value = plain_amount(data, starts[row], lengths[row])
        is_read[row] = value != NOT_PLAIN
        left[row] = MISSING if is_read[row] else lengths[row]
        # 128 bits, the lower half first.
        halves[2 * row] = value
        halves[2 * row + 1] = -1 if value < 0 else 0
