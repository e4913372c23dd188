"""Measures of a forecast: scores compared with the actual figures, over rows of customers with equal values.

A row is (score, actual, customers). All functions give the same bytes for any order of the rows.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sflydwh.predict.arrays import FloatArray, floats
from sflydwh.predict.histories import grouped

TENTHS = 10
# Customers with a higher frequency are grouped together.
_LAST_FREQUENCY = 7


@dataclass(frozen=True)
class Outcomes:
    """Customers by score and actual figure, each pair once, sorted.

    Attributes:
        score: the method's score of a customer: a forecast, or any number that ranks.
        actual: the actual purchases or spend in the holdout.
        customers: how many have this score and this actual figure.
    """

    score: FloatArray
    actual: FloatArray
    customers: FloatArray


@dataclass(frozen=True)
class Ranking:
    """How well a method ranked customers; each figure is None if it is not defined.

    Attributes:
        spearman: rank correlation of score and actual, ties at their mean ranks.
        best_tenth: share of the actual total that the tenth of customers with the highest scores brought.
        gini: of the gain curve, divided by that of a perfect ranking: 1 is perfect, 0 no better than chance.
    """

    spearman: float | None
    best_tenth: float | None
    gini: float | None


@dataclass(frozen=True)
class Accuracy:
    """How close the forecasts were; each figure is None if it is not defined.

    Attributes:
        predicted: the sum of the forecasts.
        actual: the sum of the actual figures.
        ratio: predicted over actual.
        mean_absolute_error: over customers.
        root_mean_square_error: over customers.
    """

    predicted: float
    actual: float
    ratio: float | None
    mean_absolute_error: float | None
    root_mean_square_error: float | None


@dataclass(frozen=True)
class Part:
    """A part of the customers: their number, and the sums of their scores and actual figures."""

    customers: float
    score: float
    actual: float


def outcomes(score: npt.ArrayLike, actual: npt.ArrayLike, customers: npt.ArrayLike = 1) -> Outcomes:
    """Sort and merge rows in any order.

    >>> outcomes([2, 1, 2], [5, 0, 5], [1, 4, 2])
    Outcomes(score=array([1., 2.]), actual=array([0., 5.]), customers=array([4., 3.]))
    """
    given = floats(score, actual, customers)
    kept = given[2] > 0
    (scores, actuals), (count,) = grouped([given[0][kept], given[1][kept]], [given[2][kept]])
    return Outcomes(scores, actuals, count)


def accuracy(rows: Outcomes) -> Accuracy:
    """How close forecasts were, in total and customer by customer."""
    customers = math.fsum(rows.customers)
    predicted, actual = math.fsum(rows.score * rows.customers), math.fsum(rows.actual * rows.customers)
    error = rows.score - rows.actual
    absolute, square = math.fsum(np.abs(error) * rows.customers), math.fsum(error * error * rows.customers)
    return Accuracy(
        predicted,
        actual,
        predicted / actual if actual > 0 else None,
        absolute / customers if customers else None,
        math.sqrt(square / customers) if customers else None,
    )


def ranking(rows: Outcomes) -> Ranking:
    """How well a method ranked; ties across the edge of the tenth are divided proportionally."""
    by_score, perfect = _gain(rows.score, rows), _gain(rows.actual, rows)
    total = math.fsum(rows.actual * rows.customers)
    if total <= 0:
        return Ranking(_spearman(rows), None, None)
    best = float(np.interp(by_score.customers[-1] / TENTHS, by_score.customers, by_score.actual)) / total
    most = perfect.area()
    return Ranking(_spearman(rows), best, by_score.area() / most if most > 0 else None)


def tenths(rows: Outcomes) -> list[Part]:
    """The customers in tenths, those with the highest scores first; ties are divided proportionally."""
    gain = _gain(rows.score, rows)
    edges = gain.customers[-1] * np.arange(TENTHS + 1) / TENTHS
    columns = (gain.customers, gain.score, gain.actual)
    sums = (np.diff(np.interp(edges, gain.customers, column)) for column in columns)
    return [Part(*(float(value) for value in row)) for row in zip(*sums, strict=True)]


def by_frequency(
    frequency: npt.ArrayLike, score: npt.ArrayLike, actual: npt.ArrayLike, customers: npt.ArrayLike = 1
) -> list[Part]:
    """The customers of frequency 0, 1 and so on; the last part holds those of 7 and more."""
    x, scores, actuals, count = floats(frequency, score, actual, customers)
    parts = []
    for value in range(_LAST_FREQUENCY + 1):
        chosen = x >= value if value == _LAST_FREQUENCY else x == value
        number = count[chosen]
        sums = (math.fsum(number), math.fsum(scores[chosen] * number), math.fsum(actuals[chosen] * number))
        parts.append(Part(*sums))
    return parts


@dataclass(frozen=True)
class _Gain:
    """Running sums over customers from the best down, one step for each distinct value ranked by; the first is 0."""

    customers: FloatArray
    score: FloatArray
    actual: FloatArray

    def area(self) -> float:
        """Between the gain curve and the diagonal, of one unit square, by trapezoids; the total must not be 0."""
        share = self.actual / self.actual[-1]
        widths = np.diff(self.customers) / self.customers[-1]
        return math.fsum(widths * (share[1:] + share[:-1])) / 2 - 0.5


def _gain(ranked_by: FloatArray, rows: Outcomes) -> _Gain:
    sums = [rows.customers, rows.score * rows.customers, rows.actual * rows.customers]
    _, columns = grouped([-ranked_by], sums)
    return _Gain(*(np.concatenate([[0.0], np.cumsum(column)]) for column in columns))


def _spearman(rows: Outcomes) -> float | None:
    """Pearson's correlation of the mean ranks; None where one side is constant."""
    customers = rows.customers
    ranks = [_centred_ranks(column, customers) for column in (rows.score, rows.actual)]
    spread = math.prod(math.fsum(rank * rank * customers) for rank in ranks)
    if spread <= 0:
        return None
    return math.fsum(ranks[0] * ranks[1] * customers) / math.sqrt(spread)


def _centred_ranks(values: FloatArray, customers: FloatArray) -> FloatArray:
    """Mean rank of each row's customers, less the mean of all ranks."""
    (distinct,), (count,) = grouped([values], [customers])
    last = np.cumsum(count)
    mean_rank = last - (count - 1) / 2
    all_mean = (np.sum(count) + 1) / 2
    return np.asarray(mean_rank[np.searchsorted(distinct, values)] - all_mean)
