"""Customers counted by purchase history, which is all that a fit needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sflydwh.predict.arrays import FloatArray, floats


@dataclass(frozen=True)
class Histories:
    """Groups of customers, each history once, sorted by (frequency, recency, age).

    Attributes:
        frequency: x, purchase days after the first.
        recency: t_x, weeks from the first purchase day to the last.
        age: T, weeks from the first purchase day to the day of the prediction.
        customers: how many customers have this history.
        spend: what they spent together after their first purchase days: the sum of frequency times monetary value
            over those customers for which it is positive.
    """

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    customers: FloatArray
    spend: FloatArray

    def __len__(self) -> int:
        """The number of groups."""
        return len(self.customers)

    @property
    def keys(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Frequency, recency and age, as the models take them."""
        return self.frequency, self.recency, self.age

    def every(self, groups: int) -> "Histories":
        """At most this many of the groups, evenly spaced, with their customers."""
        return Histories(*(every(column, groups) for column in (*self.keys, self.customers, self.spend)))


def histories(
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    age: npt.ArrayLike,
    customers: npt.ArrayLike = 1,
    spend: npt.ArrayLike = 0,
) -> Histories:
    """Group histories given in any order, with repetitions: the same customers give the same bytes.

    >>> found = histories([1, 0, 1], [2, 0, 2], [4, 3, 4], [1, 5, 2])
    >>> found.frequency, found.customers
    (array([0., 1.]), array([5., 3.]))
    """
    columns = floats(frequency, recency, age, customers, spend)
    keys, sums = grouped(columns[:3], columns[3:])
    return Histories(*keys, *sums)


def grouped(keys: Sequence[FloatArray], values: Sequence[FloatArray]) -> tuple[list[FloatArray], list[FloatArray]]:
    """The distinct keys, sorted, and the sums of the values of each: the same bytes for rows in any order.

    >>> grouped([np.array([2.0, 1.0, 2.0])], [np.array([5.0, 6.0, 7.0])])
    ([array([1., 2.])], [array([ 6., 12.])])
    """
    # The values are sorted too: floats are summed in an order of their own.
    columns = [*keys, *values]
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    is_first = np.zeros(len(order), dtype=bool)
    is_first[:1] = True
    for key in ordered[: len(keys)]:
        is_first[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(is_first)
    sums = [np.add.reduceat(column, first) if len(first) else column for column in ordered[len(keys) :]]
    return [column[first] for column in ordered[: len(keys)]], sums


def every(column: FloatArray, rows: int) -> FloatArray:
    """At most this many of the rows, evenly spaced.

    >>> every(np.arange(10.0), 4)
    array([0., 2., 5., 7.])
    """
    number = min(len(column), rows)
    return column[np.arange(number) * len(column) // max(number, 1)]
