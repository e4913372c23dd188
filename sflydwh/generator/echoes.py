"""Events that refer to earlier ones: order updates, repeated order keys, duplicates.

All of them look back over the rows before them: those of their own batch and a sample kept of the batches before.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

EVENT = np.dtype([("kind", "u1"), ("customer", "i8"), ("time_ms", "i8"), ("key", "u8"), ("detail", "u8")])
Rows = NDArray[np.void]


class Kind(IntEnum):
    """What a row stands for; DUPLICATE only until its original is chosen."""

    CUSTOMER_NEW = 0
    CUSTOMER_UPDATE = 1
    SITE_VISIT = 2
    IMAGE = 3
    ORDER_NEW = 4
    ORDER_AGAIN = 5
    ORDER_UPDATE = 6
    DUPLICATE = 7


def with_first_customers(rows: Rows, known: NDArray[np.bool_]) -> Rows:
    """Make the first CUSTOMER event of each customer a NEW one, and note it in `known`.

    `known` is as small as the caller likes: customers that share a slot share one NEW event.
    """
    positions = np.flatnonzero(rows["kind"] == Kind.CUSTOMER_UPDATE)
    slots, firsts = np.unique(rows["customer"][positions] % len(known), return_index=True)
    rows["kind"][positions[firsts[~known[slots]]]] = Kind.CUSTOMER_NEW
    known[slots] = True
    return rows


def with_order_echoes(rows: Rows, picks: NDArray[np.uint64]) -> Rows:
    """Give order updates and repeats the customer and the key of an earlier order.

    Without an earlier order they become new orders.
    """
    kinds = rows["kind"]
    echoes = np.flatnonzero((kinds == Kind.ORDER_UPDATE) | (kinds == Kind.ORDER_AGAIN))
    orders = np.flatnonzero(kinds == Kind.ORDER_NEW)
    found, originals, orphans = _matched(echoes, orders, picks)
    rows["customer"][found] = rows["customer"][originals]
    rows["key"][found] = rows["key"][originals]
    kinds[orphans] = Kind.ORDER_NEW
    return rows


def with_duplicates(rows: Rows, picks: NDArray[np.uint64]) -> Rows:
    """Make the rows marked so exact copies of an earlier event, or every second one a copy with other attributes.

    Without an earlier event they become visits.
    """
    kinds = rows["kind"]
    found, originals, orphans = _matched(
        np.flatnonzero(kinds == Kind.DUPLICATE), np.flatnonzero(kinds != Kind.DUPLICATE), picks
    )
    own_details = rows["detail"][found]
    rows[found] = rows[originals]
    rows["detail"][found[::2]] = own_details[::2]
    kinds[orphans] = Kind.SITE_VISIT
    return rows


def _matched(
    echoes: NDArray[np.intp], originals: NDArray[np.intp], picks: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Pair each echo with one of the originals before it; give echoes, originals and the echoes that have none."""
    choices = np.searchsorted(originals, echoes).astype(np.uint64)
    has_choice = choices > 0
    found = echoes[has_choice]
    picked = (picks[found] % choices[has_choice]).astype(np.intp)
    return found, originals[picked], echoes[~has_choice]
