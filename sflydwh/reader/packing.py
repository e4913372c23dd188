"""Pack the settled events of a split by compiled code: the same rows as `settled.Plain`, in 0.1 microseconds an event.

An event is held as two numbers: one for its customer and kind, and its time.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sflydwh.formats.columns import COUNTED, TEXT, TIMES
from sflydwh.formats.model import SETTLED
from sflydwh.reader.arrays import instants, numbers, with_room
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import LENGTH, START, Found
from sflydwh.reader.id_table import ID_BYTES, SEED, STATE_SIZE, Ends, Entries, Numbers, no_entries, number_of
from sflydwh.reader.id_table import with_room as table_with_room
from sflydwh.reader.pieces import Limits
from sflydwh.reader.records import CUSTOMER_MADE, KIND_MADE, MICROS, Made, Records, Values, room_for
from sflydwh.reader.settled import MOST_TIMES, SettledEvent
from sflydwh.reader.times_by_customer import Groups, by_group, settle
from sflydwh.reader.tokens import Bytes
from sflydwh.reader.words import Words, words_of

# The settled kinds follow one another.
_FIRST: Final = min(SETTLED)
_KINDS: Final = len(SETTLED)
# What an event takes: 12 bytes, as many in reserve, and 8 more to sort it.
EVENT_BYTES: Final = 32
# Events are given when so many bytes of ids are held.
_MOST_ID_BYTES: Final = 1 << 28
_MOST_EVENTS: Final = Limits.packed_bytes // EVENT_BYTES
# Rows that are given at a time.
_BATCH_ROWS: Final = 1 << 15

Number = TypeVar("Number", bound=np.generic)


class Packed:
    """See `settled.Settled`.

    Args:
        are_distinct: whether every event counts; their times are not needed then.
        most_times: how many times a row has.
        most_events: rows are given whenever so many events are held.
    """

    def __init__(self, are_distinct: bool, most_times: int = MOST_TIMES, most_events: int = _MOST_EVENTS) -> None:
        self._are_distinct = are_distinct
        self._most_times = most_times
        self._most_events = most_events
        self._forget()

    def _forget(self) -> None:
        self._state = np.zeros(STATE_SIZE, np.int64)
        self._entries = no_entries()
        self._ids, self._id_ends = np.empty(0, np.uint8), np.zeros(1, np.int32)
        self._held = 0
        self._groups, self._times = np.empty(0, np.int32), np.empty(0, np.int64)

    def add(self, data: Bytes, records: Records) -> Iterator[pa.RecordBatch]:
        """Hold the settled events among the records of a block."""
        events = len(records.kind)
        customers, id_bytes = self._state.tolist()
        self._groups = _grown(self._groups, self._held + events)
        self._times = _grown(self._times, self._held + events)
        self._ids = _grown(self._ids, id_bytes + len(data))
        self._id_ends = _grown(self._id_ends, customers + events + 1)
        self._entries = table_with_room(self._entries, customers + events)
        self._held = _add(
            data,
            words_of(data),
            *records,
            self._entries,
            SEED,
            self._state,
            self._ids,
            self._id_ends,
            self._groups,
            self._times,
            self._held,
        )
        if self._held >= self._most_events or self._state[ID_BYTES] >= _MOST_ID_BYTES:
            yield from self.batches()

    def add_judged(self, events: Sequence[SettledEvent]) -> Iterator[pa.RecordBatch]:
        """Hold events that the exact path judged, as records of a block made of their ids."""
        ids = [customer_id.encode() for customer_id, _, _ in events]
        records = room_for(len(events), 1)
        sizes = np.array([len(each) for each in ids], np.int32)
        records.found[:, 0, START], records.found[:, 0, LENGTH] = np.cumsum(sizes) - sizes, sizes
        records.made[:, CUSTOMER_MADE] = 0
        records.made[:, KIND_MADE] = [kind for _, kind, _ in events]
        records.values[:, MICROS] = [micros for _, _, micros in events]
        yield from self.add(np.frombuffer(b"".join(ids) + b"\n", np.uint8), records)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows of all events that are held; none is held afterwards."""
        batch = self._batch() if self._held else None
        self._forget()
        if batch is not None:
            for begin in range(0, batch.num_rows, _BATCH_ROWS):
                yield batch.slice(begin, _BATCH_ROWS)

    def _batch(self) -> pa.RecordBatch:
        customers, id_bytes = self._state.tolist()
        ends = np.zeros(customers * _KINDS + 1, np.int64)
        times_buffer, times = with_room(self._held, np.int64)
        by_group(self._groups[: self._held], self._times[: self._held], ends, times)
        most = min(self._held, len(ends) + self._held // self._most_times)
        made, offsets = np.empty((most, 4), np.int64), np.empty(most + 1, np.int32)
        rows = settle(ends, times, self._are_distinct, self._most_times, made, offsets)
        group, pieces, first, last = made[:rows].T
        offsets = offsets[: rows + 1]
        id_buffers = (numbers(self._id_ends[: customers + 1]).buffers()[1], numbers(self._ids[:id_bytes]).buffers()[1])
        ids = pa.Array.from_buffers(TEXT.arrow, customers, [None, *id_buffers])
        found = {
            "customer_id": ids.take(numbers(group // _KINDS)),
            "kind": numbers((group % _KINDS + _FIRST).astype(np.int32)),
            "pieces": numbers(pieces),
            "events": numbers(np.diff(offsets).astype(np.int64)),
            "first_time": instants(first),
            "last_time": instants(last),
        }
        if not self._are_distinct:
            values = pa.Array.from_buffers(pa.int64(), int(offsets[-1]), [None, times_buffer])
            found["times"] = pa.ListArray.from_arrays(numbers(offsets), values, TIMES.arrow)
        columns = [found[name] if name in found else pa.nulls(rows, kind.arrow) for name, kind in COUNTED.items()]
        return pa.RecordBatch.from_arrays(columns, schema=COUNTED.arrow)


def _grown(array: NDArray[Number], size: int) -> NDArray[Number]:
    """An array with room for so many values, which begins with the values of the given one."""
    if size <= len(array):
        return array
    larger = np.empty(max(size, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger


@compiled
def _add(
    data: Bytes,
    words: Words,
    found: Found,
    made: Made,
    values: Values,
    entries: Entries,
    seed: np.uint64,
    state: Numbers,
    ids: Bytes,
    id_ends: Ends,
    groups: Groups,
    times: Numbers,
    held: int,
) -> int:
    """Hold the settled events among some records. Returns how many events are held then."""
    for row in range(len(made)):
        kind = made[row, KIND_MADE]
        if kind < _FIRST or kind >= _FIRST + _KINDS:
            continue
        place = made[row, CUSTOMER_MADE]
        start, size = np.int64(found[row, place, START]), np.int64(found[row, place, LENGTH])
        customer = number_of(data, words, start, size, entries, seed, state, ids, id_ends)
        groups[held] = customer * _KINDS + kind - _FIRST
        times[held] = values[row, MICROS]
        held += 1
    return held
