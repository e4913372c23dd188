"""The distribution of spend over purchasers, from counts of equal spend."""

from dataclasses import dataclass

import numpy as np

from sflydwh.report.facts import SPEND_EDGES, Spenders

_TENTHS = 10
_POINTS = 40
_MOST_BINS = 10
# The bins at both ends have at least this share of the customers.
_TAIL = 0.01


@dataclass(frozen=True)
class Concentration:
    """The distribution of spend over purchasers.

    Attributes:
        tenths: share of spend of each tenth of purchasers, the best first.
        lorenz: points of the Lorenz curve: share of purchasers, lowest spend first, and their share of spend.
        half: the smallest share of purchasers that brought half of the spend.
        median: the median spend, to 4 significant digits.
        bins: lower edge, upper edge (exclusive) and number of customers; an edge is None if the bin is open there.
    """

    tenths: tuple[float, ...]
    lorenz: tuple[tuple[float, float], ...]
    half: float
    median: float
    bins: tuple[tuple[float | None, float | None, int], ...]

    @classmethod
    def of(cls, spenders: tuple[Spenders, ...]) -> "Concentration | None":
        """The distribution for purchasers in order of spend, the lowest first; None if total spend is not positive.

        Purchasers of equal spend are divided between tenths proportionally.
        """
        total = sum(each.total for each in spenders)
        if total <= 0:
            return None
        customers = np.cumsum([0.0, *(each.customers for each in spenders)])
        spend = np.cumsum([0.0, *(each.total for each in spenders)])
        across, up = customers / customers[-1], spend / spend[-1]
        edges = np.interp(np.arange(_TENTHS + 1) / _TENTHS, across, up)
        points = np.arange(_POINTS + 1) / _POINTS
        rising = np.maximum.accumulate(up)
        middle = spenders[min(int(np.searchsorted(customers, customers[-1] / 2)) - 1, len(spenders) - 1)]
        return cls(
            tuple(float(part) for part in np.diff(edges)[::-1]),
            tuple((float(x), float(y)) for x, y in zip(points, np.interp(points, across, up), strict=True)),
            float(1 - np.interp(0.5, rising, across)),
            middle.spend,
            _bins(spenders),
        )


def _bins(spenders: tuple[Spenders, ...]) -> tuple[tuple[float | None, float | None, int], ...]:
    counts = [0] * (len(SPEND_EDGES) + 1)
    for each in spenders:
        counts[each.bin] += each.customers
    above = np.cumsum(counts[:0:-1])[::-1]
    if not len(above) or not above[0]:
        return ((None, 0.0, counts[0]),)
    # Position 0 is the bin from 0 to the first edge above it.
    last = int(np.flatnonzero(above >= max(above[0] * _TAIL, 1))[-1])
    first = max(int(np.flatnonzero(above[0] - above <= above[0] * _TAIL)[-1]), last - _MOST_BINS + 1)
    found: list[tuple[float | None, float | None, int]] = [(None, 0.0, counts[0])] if counts[0] else []
    for at in range(first, last + 1):
        low = 0.0 if at == first else SPEND_EDGES[at]
        high = None if at == last or at + 1 == len(SPEND_EDGES) else SPEND_EDGES[at + 1]
        below = above[0] if at == first else above[at]
        found.append((low, high, int(below - (0 if high is None else above[at + 1]))))
    return tuple(found)
