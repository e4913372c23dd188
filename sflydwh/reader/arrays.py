"""Make Arrow arrays from NumPy arrays, and text arrays from the bytes of a block.

They use memory that Arrow allocates. To free Python's memory an engine needs the interpreter's lock,
which may be held by a thread that waits for that engine: a deadlock.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sflydwh.formats.columns import AMOUNT, INSTANT, TEXT
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import Places
from sflydwh.reader.tokens import Bytes

MISSING: Final = -1
# Most texts are short: they are copied in one step, at the cost of some room after the last one.
_STEP: Final = 16

Flags = NDArray[np.bool_]


def instants(micros: NDArray[np.int64]) -> pa.Array:
    """An array of instants, from microseconds since 1970."""
    return numbers(micros).view(INSTANT.arrow)


def amounts(values: NDArray[np.int64], is_there: Flags) -> pa.Array:
    """An array of decimals, from amounts in ten thousandths. A decimal has 128 bits, the lower half first."""
    buffer, halves = with_room(2 * len(values), np.int64)
    halves[::2] = np.where(is_there, values, 0)
    halves[1::2] = halves[::2] >> 63
    return pa.Array.from_buffers(AMOUNT.arrow, len(values), [validity(is_there), buffer])


def numbers(values: NDArray[Any], is_there: Flags | None = None) -> pa.Array:
    """An array of numbers, copied to Arrow's memory; null where `is_there` is false."""
    buffer, room = with_room(len(values), values.dtype)
    room[:] = values
    bits = None if is_there is None else validity(is_there)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [bits, buffer])


def flags(values: Flags) -> pa.Array:
    """An array of booleans."""
    buffer, view = with_room(-(-len(values) // 8), np.uint8)
    view[:] = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, buffer])


def texts(data: Bytes, starts: Places, lengths: Places, kind: pa.DataType = TEXT.arrow) -> pa.Array:
    """An array of texts or bytes, copied from a block; null where the length is `MISSING`."""
    if (lengths == MISSING).all():
        return pa.nulls(len(lengths), kind)
    offsets_buffer, offsets = with_room(len(starts) + 1, np.int32)
    is_there = np.empty(len(starts), bool)
    size = _offsets(lengths, offsets, is_there)
    content_buffer, content = with_room(size + _STEP, np.uint8)
    _copy(data, starts, offsets, content)
    return pa.Array.from_buffers(kind, len(starts), [validity(is_there), offsets_buffer, content_buffer])


def with_room(count: int, kind: Any) -> tuple[pa.Buffer, NDArray[Any]]:
    """A buffer of Arrow's for so many numbers, and a NumPy view to write them."""
    buffer = pa.allocate_buffer(max(1, count) * np.dtype(kind).itemsize)
    return buffer, np.frombuffer(buffer, kind, count)


def validity(is_there: Flags) -> pa.Buffer | None:
    """The validity bitmap of an array; None if there is no null."""
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
