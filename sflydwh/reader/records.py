"""The records of a block that the fast path found, as arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.grammar import Found

# What became of a record: what it is, the rule that took it, the places of its customer and its key and of the name
# of an ignored record, whether it is an UPDATE and whether digits of its amount were rounded away.
KIND_MADE, RULE_MADE, CUSTOMER_MADE, KEY_MADE, NAME_MADE, UPDATE_MADE, ROUNDED_MADE, BEGIN, END = range(9)
# Its time in microseconds, and of an ORDER its amount in ten thousandths.
MICROS, AMOUNT = range(2)

Made = NDArray[np.int32]
Values = NDArray[np.int64]


class Records(NamedTuple):
    """Records of a block, a row of each array for each record.

    Attributes:
        found: for each place of the format, what is there, where its text begins and how long it is.
        made: what the record became, and where it begins and ends.
        values: its time and amount.
    """

    found: Found
    made: Made
    values: Values

    @property
    def kind(self) -> Made:
        """The kind of each event, or `IGNORED`."""
        return self.made[:, KIND_MADE]

    def first(self, count: int) -> "Records":
        """The first so many of the records, in the same memory."""
        return Records(self.found[:count], self.made[:count], self.values[:count])

    def chosen(self, is_chosen: NDArray[np.bool_]) -> "Records":
        """The records that are chosen; taken by number, which is five times as fast as by flag."""
        rows = np.flatnonzero(is_chosen)
        return Records(self.found.take(rows, axis=0), self.made.take(rows, axis=0), self.values.take(rows, axis=0))


def room_for(rows: int, places: int) -> Records:
    """Arrays for so many records of a format with so many places."""
    return Records(np.empty((rows, places, 3), np.int32), np.empty((rows, 9), np.int32), np.empty((rows, 2), np.int64))
