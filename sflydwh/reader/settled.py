"""Settled events of a split: a row for those of each customer and kind, in place of a row an event.

A settled event adds nothing but itself, and rule 1 needs no more of it than customer, kind and
time: these are CUSTOMER, SITE_VISIT and IMAGE events where the identity is no key. An engine would
hold each of them in a hash table until the last one is read. Packed, an engine
looks at times again only where those of two rows overlap, see `ltv.settled`.
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
    """Takes settled events, and gives rows of `COUNTED`."""

    def add(self, data: "Bytes", records: "Records") -> Iterator[pa.RecordBatch]:
        """Take those that the fast path read; rows of all so far where they are many."""
        ...

    def add_judged(self, events: Sequence[SettledEvent]) -> Iterator[pa.RecordBatch]:
        """Take some that were judged exactly; likewise."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows of all that are left."""
        ...


class Plain:
    """In plain Python, for inputs that are not worth the time that compiled code takes to load.

    Args:
        are_distinct: whether no two events are one; their times are not kept then.
        most_times: how many times a row has.
    """

    def __init__(self, are_distinct: bool, most_times: int = MOST_TIMES) -> None:
        self._are_distinct = are_distinct
        self._most_times = most_times
        self._found: dict[tuple[str, int], list[int]] = {}

    def add(self, data: "Bytes", records: "Records") -> Iterator[pa.RecordBatch]:
        """Never: there is no fast path without compiled code."""
        raise NotImplementedError

    def add_judged(self, events: Sequence[SettledEvent]) -> Iterator[pa.RecordBatch]:
        """Take some."""
        for customer_id, kind, micros in events:
            self._found.setdefault((customer_id, kind), []).append(micros)
        return iter(())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows of all."""
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
