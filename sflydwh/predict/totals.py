"""What all customers together are expected to buy and spend, and how far that depends on the estimates.

The intervals tell what the data leave open about the parameters (delta method in the logarithm of a total), not what
luck will add or take.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sflydwh.predict.arrays import FloatArray
from sflydwh.predict.estimate import Fit
from sflydwh.predict.gamma_gamma import value_of_spend
from sflydwh.predict.histories import Histories
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.lifetime import Prediction, expected_if_alive
from sflydwh.predict.models import MODELS

# Standard errors to the 5 % and the 95 % point of a normal distribution.
_NINETY_PERCENT = 1.645
_STEP = 1e-4


@dataclass(frozen=True)
class Total:
    """A sum over customers.

    Attributes:
        value: the sum.
        log_standard_error: of its logarithm; None where the parameters have no standard errors.
    """

    value: float
    log_standard_error: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 5 % and the 95 % point, as far as the parameters are uncertain."""
        if self.log_standard_error is None:
            return None
        factor = float(np.exp(_NINETY_PERCENT * self.log_standard_error))
        return self.value / factor, self.value * factor


def expected_purchases(counts: Fit, customers: Histories, horizon: Horizon) -> Total:
    """Purchases of all customers within the horizon."""

    def log_total(log_parameters: FloatArray) -> float:
        purchases, _ = _purchases(counts.model, log_parameters, customers, horizon)
        return _log(np.sum(customers.customers * purchases))

    place = np.log(counts.parameters)
    return _total(log_total(place), [_variance(log_total, place, counts)])


def expected_spend(counts: Fit, spend: Fit, customers: Histories, horizon: Horizon) -> Total:
    """Worth of these purchases, discounted; what is known of the two models is taken to be independent."""
    count_place, spend_place = np.log(counts.parameters), np.log(spend.parameters)

    def values(log_parameters: FloatArray) -> FloatArray:
        return value_of_spend(np.exp(log_parameters), customers.frequency, customers.customers, customers.spend)

    def discounted(log_parameters: FloatArray) -> FloatArray:
        _, purchases = _purchases(counts.model, log_parameters, customers, horizon)
        return purchases

    value, purchases = values(spend_place), discounted(count_place)
    variances = [
        _variance(lambda place: _log(np.sum(discounted(place) * value)), count_place, counts),
        _variance(lambda place: _log(np.sum(purchases * values(place))), spend_place, spend),
    ]
    return _total(_log(np.sum(purchases * value)), variances)


def _purchases(
    model: str, log_parameters: FloatArray, customers: Histories, horizon: Horizon
) -> tuple[FloatArray, FloatArray]:
    """Plain and discounted, of one customer of each history."""
    parameters = np.exp(log_parameters)
    pairs, place = np.unique(np.stack([customers.frequency, customers.age]), axis=1, return_inverse=True)
    prediction = Prediction(model, tuple(parameters), None, horizon)
    alive = MODELS[model].p_alive(parameters, *customers.keys)
    plain, discounted = expected_if_alive(prediction, *pairs)[:, place.ravel()] * alive
    return plain, discounted


def _total(log_value: float, variances: list[float | None]) -> Total:
    known = [variance for variance in variances if variance is not None]
    error = float(np.sqrt(sum(known))) if len(known) == len(variances) else None
    return Total(float(np.exp(log_value)), error)


def _variance(log_total: Callable[[FloatArray], float], place: FloatArray, fit: Fit) -> float | None:
    """Of the log of a total, from the covariance of the log parameters."""
    if fit.covariance is None:
        return None
    steps = np.eye(len(place)) * _STEP
    slope = np.array([(log_total(place + step) - log_total(place - step)) / (2 * _STEP) for step in steps])
    return float(np.sum(np.array(fit.covariance) * slope[:, np.newaxis] * slope[np.newaxis, :]))


def _log(value: float) -> float:
    return float(np.log(value)) if value > 0 else -np.inf
