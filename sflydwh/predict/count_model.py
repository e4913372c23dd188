"""The interface of a purchase model: likelihood, P(alive) and expected purchases of a history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sflydwh.predict.arrays import FloatArray, Terms, floats

# Parameters, frequency, recency, age.
_OfHistories: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class CountModel:
    """A model of how often customers buy, and of when they stop.

    The parameters are positive, in the order of their names. A history (x, t_x, T) is frequency, recency in weeks and
    age in weeks; arrays and numbers are broadcast against each other.

    Attributes:
        name: its name on the command line, such as `bg-nbd`.
        title: its name in the papers, such as `BG/NBD`.
        parameter_names: the names of the parameters in the papers.
        terms: (parameters, x, t_x, T) -> what a customer of each history adds to the log-likelihood, with gradient.
        log_odds_dead: (parameters, x, t_x, T) -> log of P(dead) / P(alive) at T; minus infinity where nobody is dead.
        expected_if_alive: (parameters, x, T, weeks) -> purchases expected within each number of weeks after T if alive
            at T, shape (weeks, n).
    """

    name: str
    title: str
    parameter_names: tuple[str, ...]
    terms: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Terms]
    log_odds_dead: _OfHistories
    expected_if_alive: _OfHistories

    def log_likelihood(
        self, parameters: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Log-likelihood of one customer of each history."""
        return self.terms(*_given(parameters, frequency, recency, age)).value

    def p_alive(
        self, parameters: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> FloatArray:
        """Probability that a customer of each history is still one at T."""
        # In logs: at 100,000 purchases the odds themselves overflow.
        return np.asarray(expit(-self.log_odds_dead(*_given(parameters, frequency, recency, age))))

    def expected_purchases(
        self,
        parameters: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        weeks: float,
    ) -> FloatArray:
        """Purchases that a customer of each history is expected to make in the weeks after T."""
        theta, x, t_x, T = _given(parameters, frequency, recency, age)
        (expected,) = self.expected_if_alive(theta, x, T, np.array([weeks], dtype=np.float64))
        return np.asarray(expected * self.p_alive(theta, x, t_x, T))


def _given(
    parameters: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    (theta,) = floats(parameters)
    x, t_x, T = floats(frequency, recency, age)
    return theta, x, t_x, T
