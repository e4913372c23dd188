"""RFM segments: customers by how recently, how often and for how much they bought, each scored from 1 to 5."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

VISITORS = "visitors"
# In the order in which they are tried; the last two are all other purchasers, and customers who never bought.
SEGMENTS = (
    "champions",
    "loyal",
    "new",
    "promising",
    "at risk",
    "needs attention",
    "hibernating",
    "lost",
    VISITORS,
)


def recency_scores(days: npt.ArrayLike, customers: npt.ArrayLike) -> Integers:
    """Scores of distinct last purchase days, later ones higher, from how many customers each day has.

    5 - floor(5 * how many bought last strictly later / all): customers of one day share a score.

    >>> recency_scores([10, 20, 30], [1, 1, 3])
    array([1, 2, 5])
    """
    behind = _counted(-np.asarray(days), customers)
    return 5 - behind


def rising_scores(values: npt.ArrayLike, customers: npt.ArrayLike) -> Integers:
    """Scores of distinct frequencies or amounts, higher ones higher: 1 + floor(5 * how many have less / all).

    >>> rising_scores([0, 1, 2], [6, 3, 1])
    array([1, 4, 5])
    """
    return 1 + _counted(np.asarray(values), customers)


def _counted(values: npt.NDArray[np.generic], customers: npt.ArrayLike) -> Integers:
    """floor(5 * how many customers have a strictly smaller value / all), of distinct values."""
    count = np.asarray(customers, dtype=np.int64)
    order = np.argsort(values)
    smaller = np.empty_like(count)
    smaller[order] = np.cumsum(count[order]) - count[order]
    return np.asarray(5 * smaller // max(int(np.sum(count)), 1))


def segments(
    recency: npt.ArrayLike, frequency: npt.ArrayLike, monetary: npt.ArrayLike, purchase_days: npt.ArrayLike
) -> npt.NDArray[np.str_]:
    """The first segment that applies, from the three scores (1 to 5) and the number of purchase days (0: a visitor).

    >>> segments([5, 5, 2, 0], [5, 1, 5, 0], [4, 3, 1, 0], [9, 1, 7, 0])
    array(['champions', 'new', 'at risk', 'visitors'], dtype='<U15')
    """
    R, F, M, days = (np.asarray(values) for values in (recency, frequency, monetary, purchase_days))
    bought = days > 0
    conditions = (
        (R >= 4) & (F >= 4) & (M >= 4),
        (R >= 3) & (F >= 4),
        (R >= 4) & (days == 1),
        R >= 4,
        (R <= 2) & ((F >= 4) | (M >= 4)),
        R == 3,
        R == 2,
        bought,
    )
    return np.select([bought & condition for condition in conditions], SEGMENTS[:-1], VISITORS)
