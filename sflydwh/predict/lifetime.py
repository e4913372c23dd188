"""A customer's prediction: P(alive), purchases to come, the value of one, and predicted LTV."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sflydwh.predict.arrays import FloatArray, floats
from sflydwh.predict.gamma_gamma import expected_value
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.models import MODELS

DAYS_A_WEEK = 7
# Kept for one task: 24 MB.
_MOST_KEPT = 1_000_000
# Days since the first purchase: 27,000 years.
_MOST_DAYS = 10_000_000


@dataclass(frozen=True)
class Prediction:
    """All that it takes to score customers: plain values, so that every task can have them.

    Attributes:
        model: name of the model of counts.
        parameters: its parameters.
        spend_parameters: of Gamma-Gamma; None where there is no spend model.
        horizon: the weeks to come.
    """

    model: str
    parameters: tuple[float, ...]
    spend_parameters: tuple[float, ...] | None
    horizon: Horizon


class Scores(NamedTuple):
    """What is expected of each customer, shape (n,).

    Attributes:
        p_alive: probability of still being a customer.
        expected_purchases: expected purchase days within the horizon.
        expected_value: expected value of one of these purchases; NaN without a spend model.
        predicted_ltv: expected discounted value of all of them; NaN without a spend model.
    """

    p_alive: FloatArray
    expected_purchases: FloatArray
    expected_value: FloatArray
    predicted_ltv: FloatArray


@dataclass
class Scorer:
    """Scores customers batch after batch, and remembers what customers of one frequency and age have in common.

    Purchases expected of a customer who is alive cost most and depend on frequency and age only, of which 10 million
    customers of two years have some 10,000 pairs. A task makes one scorer.
    """

    prediction: Prediction
    _known: "_Known" = field(init=False)

    def __post_init__(self) -> None:
        self._known = _Known(self.prediction)

    def scores(
        self,
        frequency: npt.ArrayLike,
        recency_days: npt.ArrayLike,
        age_days: npt.ArrayLike,
        monetary_value: npt.ArrayLike,
    ) -> Scores:
        """Score customers with a purchase day: whole days, money; a monetary value of NaN where frequency is 0."""
        x, recency, age, m = floats(frequency, recency_days, age_days, monetary_value)
        model, parameters = MODELS[self.prediction.model], self.prediction.parameters
        alive = model.p_alive(parameters, x, recency / DAYS_A_WEEK, age / DAYS_A_WEEK)
        purchases, discounted = (alive * expected for expected in self._known.expected(x, age))
        spend = self.prediction.spend_parameters
        value = np.full_like(x, np.nan) if spend is None else expected_value(spend, x, m)
        return Scores(alive, purchases, value, discounted * value)


class _Known:
    """Purchases expected of customers who are alive, plain and discounted, by frequency and age."""

    def __init__(self, prediction: Prediction) -> None:
        self._prediction = prediction
        self._keys = np.empty(0, dtype=np.int64)
        self._expected = np.empty((2, 0))

    def expected(self, frequency: FloatArray, age_days: FloatArray) -> FloatArray:
        """Shape (2, n)."""
        keys = (np.rint(frequency) * _MOST_DAYS + np.rint(age_days)).astype(np.int64)
        wanted, place = np.unique(keys, return_inverse=True)
        new = np.setdiff1d(wanted, self._keys, assume_unique=True)
        if len(self._keys) + len(new) > _MOST_KEPT:
            self._keep(wanted, self._calculated(wanted))
        elif len(new):
            all_keys = np.concatenate([self._keys, new])
            order = np.argsort(all_keys)
            self._keep(all_keys[order], np.concatenate([self._expected, self._calculated(new)], axis=1)[:, order])
        return self._expected[:, np.searchsorted(self._keys, wanted)][:, place]

    def _keep(self, keys: npt.NDArray[np.int64], expected: FloatArray) -> None:
        self._keys, self._expected = keys, expected

    def _calculated(self, keys: npt.NDArray[np.int64]) -> FloatArray:
        frequency, age_days = np.divmod(keys, _MOST_DAYS)
        return expected_if_alive(self._prediction, frequency.astype(np.float64), age_days / DAYS_A_WEEK)


def expected_if_alive(prediction: Prediction, frequency: FloatArray, age: FloatArray) -> FloatArray:
    """Purchases within the horizon of customers alive at an age in weeks: plain and discounted, shape (2, n)."""
    model, parameters = MODELS[prediction.model], np.array(prediction.parameters)
    times, weights = prediction.horizon.discounting()
    # The last time is the horizon itself.
    purchases = model.expected_if_alive(parameters, frequency, age, times)
    discounted = np.zeros_like(age)
    for weight, within in zip(weights, purchases, strict=True):
        discounted += weight * within
    return np.stack([purchases[-1], discounted])
