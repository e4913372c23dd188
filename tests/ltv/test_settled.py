"""Rule 1 where the reader gives one row for many events."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from sflydwh.engine.engine import Engine
from sflydwh.formats.columns import COUNTED
from sflydwh.formats.model import UNKNOWN
from sflydwh.ltv.settled import merged
from tests.ltv import same

EPOCH = datetime(1970, 1, 1)
# A customer's id, its kind, and the times of some of its events in a split.
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([1, 2, UNKNOWN]), st.sets(st.integers(-3, 12), min_size=1)),
    max_size=9,
)


def row_of(customer_id: str, kind: int, times: set[int], is_packed: bool) -> dict[str, Any]:
    """One row; the pieces are twice the events. An unknown type has a name of its own."""
    found = sorted(times)
    first, last = (EPOCH + timedelta(microseconds=found[place]) for place in (0, -1))
    return {
        "customer_id": customer_id, "kind": kind, "label": "CART" if kind == UNKNOWN else None,
        "pieces": 2 * len(found), "events": len(found), "first_time": first, "last_time": last,
        "times": found if is_packed else None,
    }  # fmt: skip


@pytest.mark.parametrize("by_windows", [False, True])
@given(ROWS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("a", 1, {1, 5}), ("a", 1, {2, 3}), ("a", 1, {8}), ("b", 1, {5}), ("b", 1, {5, 6})])
@example([("a", 1, {1, 9}), ("a", 1, {2, 3}), ("a", 1, {9, 10})])
@example([("a", 1, {1, 2}), ("a", 1, {3}), ("a", 1, {4, 5})])
def test_each_event_counts_once(engine: Engine, by_windows: bool, rows: Sequence[tuple[str, int, set[int]]]) -> None:
    # An event of an unknown type is a row of its own.
    log = [
        row_of(customer_id, kind, some, kind != UNKNOWN)
        for customer_id, kind, times in rows
        for some in ([{time} for time in times] if kind == UNKNOWN else [times])
    ]
    times = defaultdict[tuple[str, int], set[int]](set)
    pieces = defaultdict[tuple[str, int], int](int)
    for customer_id, kind, some in rows:
        times[customer_id, kind] |= some
        pieces[customer_id, kind] += 2 * len(some)
    events = engine.session.createDataFrame([tuple(map(row.get, COUNTED)) for row in log], COUNTED.sql)
    found = merged(events, by_windows).groupBy("customer_id", "kind", "label").agg(
        F.sum("pieces").alias("pieces"), F.sum("events").alias("events"),
        F.min("first_time").alias("first_time"), F.max("last_time").alias("last_time"),
    )  # fmt: skip
    right = [
        (
            customer_id, kind, "CART" if kind == UNKNOWN else None, pieces[customer_id, kind], len(some),
            *(EPOCH + timedelta(microseconds=each) for each in (min(some), max(some))),
        )
        for (customer_id, kind), some in times.items()
    ]  # fmt: skip
    same(found, right, "customer_id string, kind int, label string, pieces bigint, events bigint, "
         "first_time timestamp_ntz, last_time timestamp_ntz")  # fmt: skip
