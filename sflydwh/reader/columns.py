"""What the fast path took of a block, as the batches that the reader gives.

A column's memory is Arrow's own. Were it Python's, an engine could not let go of it
without the interpreter's lock, which may be held by a thread that waits for that engine.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sflydwh.formats import model
from sflydwh.formats.columns import AMOUNT, BYTES, INSTANT, TEXT
from sflydwh.formats.format import Format
from sflydwh.formats.model import AFTER_AS_OF, BY_KEY, COUNT, CUSTOMER_PATH, IGNORED, KINDS, ORDER, ROUNDED
from sflydwh.reader.batches import Gives, Reading, Where, count_batch
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import LENGTH, START, WHAT, Places
from sflydwh.reader.grammar import TEXT as TEXT_FOUND
from sflydwh.reader.records import AMOUNT as AMOUNT_MADE
from sflydwh.reader.records import (
    BEGIN,
    CUSTOMER_MADE,
    END,
    KEY_MADE,
    MICROS,
    NAME_MADE,
    ROUNDED_MADE,
    RULE_MADE,
    UPDATE_MADE,
    Records,
)
from sflydwh.reader.tables import NONE, Ints
from sflydwh.reader.tokens import Bytes

MISSING: Final = -1
NO_IDENTITY: Final = model.NONE
# Most texts are short: they are copied in one step, at the cost of some room after the last one.
_STEP: Final = 16
_ORDER: Final = KINDS[ORDER]
_TYPES: Final = pa.array([None, *KINDS], TEXT.arrow)

Flags = NDArray[np.bool_]


def taken_batches(
    data: Bytes, records: Records, where: Where, offset: int, reading: Reading
) -> Iterator[pa.RecordBatch]:
    """What was taken of a block, as is wanted of it.

    Args:
        data: the block.
        records: what was taken of it.
        where: the place of the file in the whole input.
        offset: the place of the block in the file.
        reading: how it is read.
    """
    if reading.gives is Gives.REJECTS:
        return
    is_event = records.kind != IGNORED
    later = 0
    if reading.before is not None:
        is_later = is_event & (records.values[:, MICROS] >= reading.before)
        later = int(is_later.sum())
        records, is_event = records.chosen(~is_later), is_event[~is_later]
    names = _names(data, records, reading.log_format)
    if later:
        names[IGNORED, AFTER_AS_OF] += later
    events = records if is_event.all() else records.chosen(is_event)
    if len(events.kind):
        columns = _counted if reading.gives is Gives.COUNTED else _pieces
        found = columns(data, events, where, offset, reading)
        yield pa.RecordBatch.from_arrays(
            [found[name] for name in reading.gives.columns], schema=reading.gives.columns.arrow
        )
    if names:
        yield count_batch(names, where.split, reading.gives)


def _names(data: Bytes, records: Records, log_format: Format) -> Counter[tuple[int, str]]:
    """Under which names records are counted beside their own rows."""
    names = Counter[tuple[int, str]]()
    is_event = records.kind != IGNORED
    for place, count in enumerate(np.bincount(records.made[is_event, CUSTOMER_MADE], minlength=1).tolist()):
        if count:
            names[COUNT, f"{CUSTOMER_PATH}{log_format.path_of(place)}"] = count
    if rounded := int(records.made[is_event, ROUNDED_MADE].sum()):
        names[COUNT, ROUNDED] = rounded
    if not is_event.all():
        ignored = records.chosen(~is_event)
        for name in pc.value_counts(pc.fill_null(_at(data, ignored, ignored.made[:, NAME_MADE]), "")).to_pylist():
            names[IGNORED, name["values"]] = name["counts"]
    return names


def _counted(data: Bytes, events: Records, where: Where, offset: int, reading: Reading) -> dict[str, pa.Array]:
    """Events to be counted."""
    is_order = events.kind == _ORDER
    count = len(events.kind)
    is_keyed, keys = reading.identity == BY_KEY, events.made[:, KEY_MADE]
    return {
        "customer_id": _at(data, events, events.made[:, CUSTOMER_MADE]),
        "event_time": _instants(events.values[:, MICROS]),
        "kind": _numbers(events.kind),
        "place": _numbers(events.made[:, BEGIN].astype(np.int64) + (where.base + offset), is_order),
        "label": _at(data, events, np.where(is_order, keys, NONE)),
        "identity": pc.fill_null(_at(data, events, events.made[:, KEY_MADE]), "")
        if is_keyed
        else pa.nulls(count, TEXT.arrow),
        "is_update": _numbers(events.made[:, UPDATE_MADE], is_order),
        "amount": _amounts(events.values[:, AMOUNT_MADE], is_order),
        "pieces": _numbers(np.ones(count, np.int64)),
    }


def _pieces(data: Bytes, events: Records, where: Where, offset: int, reading: Reading) -> dict[str, pa.Array]:
    """Events to be kept, with their bytes."""
    starts, ends = events.made[:, BEGIN], events.made[:, END]
    count = len(events.kind)
    offsets = starts.astype(np.int64) + offset
    key = _at(data, events, events.made[:, KEY_MADE])
    identity = pa.nulls(count, TEXT.arrow)
    if reading.identity == BY_KEY:
        identity = pc.fill_null(key, "")
    elif reading.identity == NO_IDENTITY:
        identity = pc.binary_join_element_wise(str(where.digest), _numbers(offsets).cast(TEXT.arrow), ":")
    return {
        "position": _numbers(offsets + where.base),
        "kind": _numbers(events.kind),
        "reason": pa.nulls(count, TEXT.arrow),
        "customer_id": _at(data, events, events.made[:, CUSTOMER_MADE]),
        "event_time": _instants(events.values[:, MICROS]),
        "event_type": _TYPES.take(_numbers(events.kind)),
        "verb": _verbs(data, events, reading.log_format),
        "key": key,
        "identity": identity,
        "amount": _amounts(events.values[:, AMOUNT_MADE], events.kind == _ORDER),
        "pieces": _numbers(np.ones(count, np.int64)),
        "source_file": pa.repeat(pa.scalar(where.path, TEXT.arrow), count),
        "source_offset": _numbers(offsets),
        "raw": texts(data, starts, ends - starts, BYTES.arrow),
        "header": pa.nulls(count, TEXT.arrow),
    }


def _verbs(data: Bytes, events: Records, log_format: Format) -> pa.Array:
    """The verb of each event: its rule's constant, or the text at the rule's place."""
    verbs = [rule.verb for rule in log_format.rules]
    constants = pa.array([verb if isinstance(verb, str) else None for verb in verbs], TEXT.arrow)
    found = constants.take(_numbers(events.made[:, RULE_MADE]))
    place_of = np.array([NONE if isinstance(verb, str) else verb for verb in verbs], np.int32)[
        events.made[:, RULE_MADE]
    ]
    if (place_of == NONE).all():
        return found
    is_text = events.found[np.arange(len(place_of)), place_of, WHAT] == TEXT_FOUND
    own = _at(data, events, np.where(is_text, place_of, NONE))
    return pc.if_else(_flags(place_of == NONE), found, own)


def _at(data: Bytes, records: Records, places: Ints) -> pa.Array:
    """The text at a place of each record; null where that is `NONE`."""
    rows = np.arange(len(places))
    lengths = np.where(places == NONE, MISSING, records.found[rows, places, LENGTH])
    return texts(data, records.found[rows, places, START], lengths)


def _instants(micros: NDArray[np.int64]) -> pa.Array:
    return _numbers(micros).view(INSTANT.arrow)


def _amounts(values: NDArray[np.int64], is_there: Flags) -> pa.Array:
    """Amounts in ten thousandths as decimals: 128 bits, the lower half first."""
    buffer, halves = with_room(2 * len(values), np.int64)
    halves[::2] = np.where(is_there, values, 0)
    halves[1::2] = halves[::2] >> 63
    return pa.Array.from_buffers(AMOUNT.arrow, len(values), [validity(is_there), buffer])


def _numbers(values: NDArray[Any], is_there: Flags | None = None) -> pa.Array:
    """Numbers in memory of Arrow's; null where they are not there."""
    buffer, room = with_room(len(values), values.dtype)
    room[:] = values
    bits = None if is_there is None else validity(is_there)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [bits, buffer])


def _flags(values: Flags) -> pa.Array:
    buffer, view = with_room(-(-len(values) // 8), np.uint8)
    view[:] = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, buffer])


def texts(data: Bytes, starts: Places, lengths: Places, kind: pa.DataType = TEXT.arrow) -> pa.Array:
    """Texts, or bytes, that lie in a block; null where the length is `MISSING`."""
    if (lengths == MISSING).all():
        return pa.nulls(len(lengths), kind)
    offsets_buffer, offsets = with_room(len(starts) + 1, np.int32)
    is_there = np.empty(len(starts), bool)
    size = _offsets(lengths, offsets, is_there)
    content_buffer, content = with_room(size + _STEP, np.uint8)
    _copy(data, starts, offsets, content)
    return pa.Array.from_buffers(kind, len(starts), [validity(is_there), offsets_buffer, content_buffer])


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
