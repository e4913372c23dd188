"""Batches from the records that the fast path read."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sflydwh.formats import model
from sflydwh.formats.columns import BYTES, TEXT, TIMES
from sflydwh.formats.format import Format
from sflydwh.formats.model import AFTER_AS_OF, BY_KEY, COUNT, CUSTOMER_PATH, IGNORED, KINDS, ORDER, ROUNDED
from sflydwh.reader.arrays import MISSING, amounts, flags, instants, numbers, texts
from sflydwh.reader.batches import Gives, Reading, Taken, Where
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import LENGTH, START, WHAT, Found, Places
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
from sflydwh.reader.settled import Settled
from sflydwh.reader.tables import NONE, Ints
from sflydwh.reader.tokens import Bytes

NO_IDENTITY: Final = model.NONE
_ORDER: Final = KINDS[ORDER]
_TYPES: Final = pa.array([None, *KINDS], TEXT.arrow)


def taken_batches(
    taken: Taken, where: Where, reading: Reading, names: Counter[tuple[int, str]], settled: Settled | None = None
) -> Iterator[pa.RecordBatch]:
    """The batches of one block.

    Args:
        taken: the records.
        where: the place of the file in the whole input.
        reading: how it is read.
        names: counts of the names under which pieces are counted; the counts of this block are added to it.
        settled: packs the settled events; None to give a row for each.
    """
    if reading.gives is Gives.REJECTS:
        return
    data, records, offset = taken
    is_event = records.kind != IGNORED
    later = 0
    if reading.before is not None:
        is_later = is_event & (records.values[:, MICROS] >= reading.before)
        later = int(is_later.sum())
        records, is_event = records.chosen(~is_later), is_event[~is_later]
    events = records if is_event.all() else records.chosen(is_event)
    names.update(_names(events, reading.log_format))
    if events is not records:
        names.update(_ignored_names(data, records.chosen(~is_event)))
    if later:
        names[IGNORED, AFTER_AS_OF] += later
    if settled:
        yield from settled.add(data, records)
        events = events.chosen(events.kind == _ORDER)
    if len(events.kind):
        columns = _counted if reading.gives is Gives.COUNTED else _pieces
        found = columns(data, events, where, offset, reading)
        yield pa.RecordBatch.from_arrays(
            [found[name] for name in reading.gives.columns], schema=reading.gives.columns.arrow
        )


def _names(events: Records, log_format: Format) -> Counter[tuple[int, str]]:
    """The names under which events are counted, in addition to their own rows."""
    names = Counter[tuple[int, str]]()
    for place, count in enumerate(np.bincount(events.made[:, CUSTOMER_MADE], minlength=1).tolist()):
        if count:
            names[COUNT, f"{CUSTOMER_PATH}{log_format.path_of(place)}"] = count
    if rounded := int(events.made[:, ROUNDED_MADE].sum()):
        names[COUNT, ROUNDED] = rounded
    return names


def _ignored_names(data: Bytes, ignored: Records) -> Counter[tuple[int, str]]:
    """The names under which ignored records are counted."""
    found = pc.value_counts(pc.fill_null(_at(data, ignored, ignored.made[:, NAME_MADE]), ""))
    return Counter({(IGNORED, name["values"]): name["counts"] for name in found.to_pylist()})


def _counted(data: Bytes, events: Records, where: Where, offset: int, reading: Reading) -> dict[str, pa.Array]:
    """The columns of events to count."""
    is_order = events.kind == _ORDER
    count = len(events.kind)
    is_keyed, keys = reading.identity == BY_KEY, events.made[:, KEY_MADE]
    return {
        "customer_id": _at(data, events, events.made[:, CUSTOMER_MADE]),
        "first_time": (time := instants(events.values[:, MICROS])),
        "last_time": time,
        "kind": numbers(events.kind),
        "place": numbers(events.made[:, BEGIN].astype(np.int64) + (where.base + offset), is_order),
        "label": _at(data, events, np.where(is_order, keys, NONE)),
        "identity": pc.fill_null(_at(data, events, events.made[:, KEY_MADE]), "")
        if is_keyed
        else pa.nulls(count, TEXT.arrow),
        "is_update": numbers(events.made[:, UPDATE_MADE], is_order),
        "amount": amounts(events.values[:, AMOUNT_MADE], is_order),
        "pieces": (one := numbers(np.ones(count, np.int64))),
        "events": one,
        "times": pa.nulls(count, TIMES.arrow),
    }


def _pieces(data: Bytes, events: Records, where: Where, offset: int, reading: Reading) -> dict[str, pa.Array]:
    """The columns of events to store, with their bytes."""
    starts, ends = events.made[:, BEGIN], events.made[:, END]
    count = len(events.kind)
    offsets = starts.astype(np.int64) + offset
    key = _at(data, events, events.made[:, KEY_MADE])
    identity = pa.nulls(count, TEXT.arrow)
    if reading.identity == BY_KEY:
        identity = pc.fill_null(key, "")
    elif reading.identity == NO_IDENTITY:
        identity = pc.binary_join_element_wise(str(where.digest), numbers(offsets).cast(TEXT.arrow), ":")
    return {
        "position": numbers(offsets + where.base),
        "kind": numbers(events.kind),
        "reason": pa.nulls(count, TEXT.arrow),
        "customer_id": _at(data, events, events.made[:, CUSTOMER_MADE]),
        "event_time": instants(events.values[:, MICROS]),
        "event_type": _TYPES.take(numbers(events.kind)),
        "verb": _verbs(data, events, reading.log_format),
        "key": key,
        "identity": identity,
        "amount": amounts(events.values[:, AMOUNT_MADE], events.kind == _ORDER),
        "pieces": numbers(np.ones(count, np.int64)),
        "source_file": pa.repeat(pa.scalar(where.path, TEXT.arrow), count),
        "source_offset": numbers(offsets),
        "raw": texts(data, starts, ends - starts, BYTES.arrow),
        "header": pa.nulls(count, TEXT.arrow),
    }


def _verbs(data: Bytes, events: Records, log_format: Format) -> pa.Array:
    """The verb of each event: its rule's constant, or the text at the rule's place."""
    verbs = [rule.verb for rule in log_format.rules]
    constants = pa.array([verb if isinstance(verb, str) else None for verb in verbs], TEXT.arrow)
    found = constants.take(numbers(events.made[:, RULE_MADE]))
    place_of = np.array([NONE if isinstance(verb, str) else verb for verb in verbs], np.int32)[
        events.made[:, RULE_MADE]
    ]
    if (place_of == NONE).all():
        return found
    is_text = events.found[np.arange(len(place_of)), place_of, WHAT] == TEXT_FOUND
    own = _at(data, events, np.where(is_text, place_of, NONE))
    return pc.if_else(flags(place_of == NONE), found, own)


def _at(data: Bytes, records: Records, places: Ints) -> pa.Array:
    """The text at one place of each record; null where the place is `NONE`."""
    starts, lengths = np.empty((2, len(places)), np.int32)
    _extents(records.found, places, starts, lengths)
    return texts(data, starts, lengths)


@compiled
def _extents(found: Found, places: Ints, starts: Places, lengths: Places) -> None:
    for row in range(len(places)):
        place = places[row]
        starts[row] = found[row, place, START]
        lengths[row] = MISSING if place == NONE else found[row, place, LENGTH]
