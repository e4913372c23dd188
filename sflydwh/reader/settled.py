"""Pack the settled events of a split: one row for each customer and kind instead of one for each event.

Settled events are CUSTOMER, SITE_VISIT and IMAGE events where the identity is not `key`. Only their
number matters, and rule 1 compares only their customer, kind and time. Otherwise an engine would hold
each of them in a hash table until the last one is read. Packed, it has to look at single times only
where those of two rows overlap, see `ltv.settled`.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import pyarrow as pa

from sflydwh.formats.columns import COUNTED

if TYPE_CHECKING:
    from sflydwh.reader.records import Records
    from sflydwh.reader.tokens import Bytes

# An event that was judged: its customer, kind and microseconds.
SettledEvent: TypeAlias = tuple[str, int, int]

# The times in one row: a customer with more has several rows, one after the other in time.
MOST_TIMES: Final = 1 << 16


class Settled(Protocol):
    """Collects settled events and gives rows of `COUNTED`."""

    def add(self, data: "Bytes", records: "Records") -> Iterator[pa.RecordBatch]:
        """Add those that the fast path read. Gives rows of all events so far if they are many."""
        ...

    def add_judged(self, events: Sequence[SettledEvent]) -> Iterator[pa.RecordBatch]:
        """Add events that the exact path judged. Likewise."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows of all events that were not given yet."""
        ...


class Plain:
    """The implementation in plain Python, for inputs so small that loading compiled code would take longer.

    Args:
        are_distinct: whether every event counts; their times are not needed then.
        most_times: how many times a row has.
    """

    def __init__(self, are_distinct: bool, most_times: int = MOST_TIMES) -> None:
        self._are_distinct = are_distinct
        self._most_times = most_times
        self._found: dict[tuple[str, int], list[int]] = {}

    def add(self, data: "Bytes", records: "Records") -> Iterator[pa.RecordBatch]:
        """Never called: there is no fast path without compiled code."""
        raise NotImplementedError

    def add_judged(self, events: Sequence[SettledEvent]) -> Iterator[pa.RecordBatch]:
        """Add events."""
        for customer_id, kind, micros in events:
            self._found.setdefault((customer_id, kind), []).append(micros)
        return iter(())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows of all events."""
        rows = [
            row for (customer_id, kind), times in self._found.items() for row in self._rows(customer_id, kind, times)
        ]
        self._found = {}
        if rows:
            yield COUNTED.batch(rows)

    def _rows(self, customer_id: str, kind: int, found: list[int]) -> Iterator[dict[str, Any]]:
        times = sorted(found if self._are_distinct else set(found))
        for begin in range(0, len(times), self._most_times):
            some = times[begin : begin + self._most_times]
            yield {
                "customer_id": customer_id,
                "kind": kind,
                "pieces": 0 if begin else len(found),
                "events": len(some),
                "first_time": some[0],
                "last_time": some[-1],
                "times": None if self._are_distinct else some,
            }
