"""Settled events packed: by compiled code, in plain Python, and counted one by one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sflydwh.formats.columns import COUNTED
from sflydwh.formats.model import BY_KEY, NONE, SETTLED, TIME
from sflydwh.reader.batches import Gives, Reading
from sflydwh.reader.packing import EVENT_BYTES, Packed
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import settled_of
from sflydwh.reader.settled import Plain, Settled, SettledEvent
from tests.reader.reading import SFLY

# Ids that begin alike for 15, 16 and 17 bytes, that differ in their length alone, and that hold a NUL.
IDS = ["", "a", "a\0", "é", "x" * 15, "x" * 16, "x" * 17, "x" * 16 + "y", "x" * 16 + "yz", "z" * 300]
EVENTS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(sorted(SETTLED)), st.integers(-3, 9)), max_size=60)


def given_by(settled: Settled, parts: Iterable[Sequence[SettledEvent]]) -> Iterator[dict[str, Any]]:
    batches = [batch for part in parts for batch in settled.add_judged(part)]
    for batch in [*batches, *settled.batches()]:
        batch.validate(full=True)
        assert batch.schema == COUNTED.arrow
        yield from batch.to_pylist()


def micros(instant: Any) -> int:
    return int(pa.scalar(instant, pa.timestamp("us")).cast(pa.int64()).as_py())


def check_sums(rows: Sequence[dict[str, Any]], events: Sequence[SettledEvent], are_distinct: bool) -> None:
    """The rows of a customer and kind add up to its events."""
    pieces, counts = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    times: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        key = row["customer_id"], row["kind"]
        pieces[key] += row["pieces"]
        counts[key] += row["events"]
        span = micros(row["first_time"]), micros(row["last_time"])
        if not are_distinct:
            assert (row["times"][0], row["times"][-1], len(row["times"])) == (*span, row["events"])
        times.setdefault(key, []).extend(span if are_distinct else row["times"])
    assert pieces == Counter((customer_id, kind) for customer_id, kind, _ in events)
    for key, found in times.items():
        right = [time for *of, time in events if tuple(of) == key]
        assert (min(found), max(found)) == (min(right), max(right))
        assert are_distinct or set(found) == set(right)
        assert counts[key] == (len(right) if are_distinct else len(found))


@settings(deadline=None)
@example([[(f"{number:05}", 2, number) for number in range(2000)]], False, 2)
@example([[("a", 1, -number * number % 7919) for number in range(5000)]], False, 1 << 16)
@given(st.lists(EVENTS, max_size=4), st.booleans(), st.sampled_from([1, 2, 1 << 16]))
def test_a_row_for_the_events_of_a_customer_and_kind(
    parts: list[list[SettledEvent]], are_distinct: bool, most_times: int
) -> None:
    events = [event for part in parts for event in part]
    plain = list(given_by(Plain(are_distinct, most_times), parts))
    packed = list(given_by(Packed(are_distinct, most_times), parts))
    check_sums(plain, events, are_distinct)
    assert sorted(packed, key=repr) == sorted(plain, key=repr)
    assert all(row["events"] <= most_times for row in packed)
    # Within a split each time is in one row alone.
    times = Counter((row["customer_id"], row["kind"], time) for row in packed for time in row["times"] or ())
    assert max(times.values(), default=1) == 1


@given(st.lists(EVENTS, max_size=6), st.booleans(), st.integers(1, 20))
def test_what_is_held_is_given_when_it_is_enough(
    parts: list[list[SettledEvent]], are_distinct: bool, most_events: int
) -> None:
    packed = Packed(are_distinct, 1 << 16, most_events)
    for part in parts:
        held = sum(batch.num_rows for batch in packed.add_judged(part))
        assert held or len(part) < most_events
    events = [event for part in parts for event in part]
    rows = list(given_by(Packed(are_distinct, 1 << 16, most_events), parts))
    check_sums(rows, events, are_distinct)


@pytest.mark.parametrize(
    ("gives", "identity", "is_fast", "taken_by"),
    [
        (Gives.COUNTED, TIME, True, Packed),
        (Gives.COUNTED, NONE, True, Packed),
        (Gives.COUNTED, TIME, False, Plain),
        (Gives.COUNTED, BY_KEY, True, None),
        (Gives.PIECES, TIME, True, None),
        (Gives.REJECTS, TIME, True, None),
    ],
)
def test_what_takes_settled_events(gives: Gives, identity: str, is_fast: bool, taken_by: type | None) -> None:
    found = settled_of(Reading(SFLY, identity, Limits(), gives, is_fast))
    assert type(found) is (taken_by or type(None))


def test_rows_are_given_when_as_many_events_are_held_as_the_limits_say() -> None:
    def given(most: int) -> list[int]:
        settled = settled_of(Reading(SFLY, TIME, Limits(packed_bytes=most * EVENT_BYTES)))
        assert settled
        return [batch.num_rows for batch in settled.add_judged([("a", 1, 1), ("b", 1, 2)])]

    assert given(2) == [2]
    assert given(3) == []
