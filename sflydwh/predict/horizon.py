"""The prediction horizon, with discounting of later purchases."""

from dataclasses import dataclass

import numpy as np

from sflydwh.errors import UsageError
from sflydwh.predict.arrays import FloatArray

WEEKS_A_YEAR = 52


@dataclass(frozen=True)
class Horizon:
    """How far ahead to predict, and how to discount later purchases.

    Attributes:
        weeks: whole weeks after the day of the prediction, 0 or more.
        discount_rate: rate per year; 0.15 makes a purchase after 52 weeks worth 1 / 1.15 of one today.
    """

    weeks: int
    discount_rate: float = 0.0

    def __post_init__(self) -> None:
        if self.weeks < 0:
            raise UsageError(f"a horizon has 0 weeks or more, not {self.weeks}")
        if not -1 < self.discount_rate < np.inf:
            raise UsageError(f"a discount rate is a number above -1, not {self.discount_rate}")

    def discounting(self) -> tuple[FloatArray, FloatArray]:
        """Times (weeks) and weights, so that discounted purchases are the sum of weight times purchases up to a time.

        The sum over weeks w of (E(w) - E(w - 1)) (1 + d)^(-w / 52), rearranged to one weight for each E(w); the last
        time is the horizon. Over many weeks E, which is smooth in log w, is interpolated at Chebyshev points, to 10
        digits: 25 points do for a year, 57 for 10,000 weeks.

        >>> Horizon(2, 0.1).discounting()
        (array([1., 2.]), array([0.00182786, 0.99634093]))
        """
        if not self.weeks or not self.discount_rate:
            return np.array([float(self.weeks)]), np.ones(1)
        weeks = np.arange(1.0, self.weeks + 1)
        worth = np.exp(-weeks / WEEKS_A_YEAR * np.log1p(self.discount_rate))
        weights = worth - np.append(worth[1:], 0.0)
        points = int(np.ceil(6 * np.log(self.weeks))) + 1
        if self.weeks <= points:
            return weeks, weights
        times = np.exp((1 - np.cos(np.pi * np.arange(points) / (points - 1))) * np.log(self.weeks) / 2)
        times[-1] = self.weeks
        return times, _collected(weeks, weights, times)


def _collected(weeks: FloatArray, weights: FloatArray, times: FloatArray) -> FloatArray:
    """The weights of the times that give the same sum for every polynomial in log time (barycentric formula)."""
    signs = np.where(np.arange(len(times)) % 2, -1.0, 1.0)
    signs[[0, -1]] /= 2
    collected = np.zeros(len(times))
    for week, weight in zip(np.log(weeks), weights, strict=True):
        distance = week - np.log(times)
        if np.min(np.abs(distance)) < 1e-13:
            collected[np.argmin(np.abs(distance))] += weight
            continue
        share = signs / distance
        collected += weight * share / np.sum(share)
    return collected
