"""Gamma-Gamma: the value of a customer's purchases.

Fader and Hardie (2013), The Gamma-Gamma model of monetary value, equations 1a and 5; Fader, Hardie and Lee (2005),
RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing Research 42(4).

A customer's purchases are Gamma distributed with shape p and rate nu; over customers nu is Gamma distributed with
shape q and rate gamma (money). The model assumes that the number of purchases and their values are independent.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

from sflydwh.predict.arrays import FloatArray, Terms, floats

PARAMETER_NAMES = ("p", "q", "gamma")


def terms(parameters: FloatArray, frequency: FloatArray, monetary_value: FloatArray) -> Terms:
    """Log-density of the mean m of x purchases, both above 0, with its gradient in log p, log q and log gamma.

    Gamma(p x + q) / (Gamma(p x) Gamma(q)) gamma^q m^(p x - 1) x^(p x) / (gamma + m x)^(p x + q).
    """
    p, q, gamma = parameters
    x, m = frequency, monetary_value
    shape, spent = p * x, m * x
    # Logarithms of ratios: sums of large logarithms would cancel.
    log_gamma = -np.log1p(spent / gamma)
    log_spent = -np.log1p(gamma / spent)
    value = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * log_gamma + shape * log_spent - np.log(m)
    both = digamma(shape + q)
    in_p = shape * (both - digamma(shape) + log_spent)
    in_q = q * (both - digamma(q) + log_gamma)
    in_gamma = (q * spent - shape * gamma) / (gamma + spent)
    return Terms(value, np.stack([in_p, in_q, in_gamma]))


def log_likelihood(parameters: npt.ArrayLike, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> FloatArray:
    """Log-likelihood of one customer with each frequency and monetary value, both above 0."""
    (theta,) = floats(parameters)
    return terms(theta, *floats(frequency, monetary_value)).value


def expected_value(parameters: npt.ArrayLike, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> FloatArray:
    """The expected value of a further purchase of each customer, in the unit of gamma; q must be above 1.

    p (gamma + m x) / (p x + q - 1). A monetary value that is negative or NaN (no purchase after the first) counts
    as 0.

    >>> expected_value([6.25, 3.74, 15.44], [0, 2], [float("nan"), 30]).round(2)
    array([35.22, 30.94])
    """
    x, m = floats(frequency, monetary_value)
    return value_of_spend(parameters, x, 1, x * np.fmax(m, 0))


def value_of_spend(
    parameters: npt.ArrayLike, frequency: npt.ArrayLike, customers: npt.ArrayLike, spend: npt.ArrayLike
) -> FloatArray:
    """The sum of the expected values over customers of one frequency, from what they spent after their first day."""
    p, q, gamma = floats(parameters)[0]
    x, count, spent = floats(frequency, customers, spend)
    return np.asarray(p * (gamma * count + spent) / (p * x + q - 1))


def correlation(frequency: npt.ArrayLike, monetary_value: npt.ArrayLike, customers: npt.ArrayLike = 1) -> float | None:
    """Pearson's correlation of frequency and monetary value over groups of customers; None where one is constant.

    >>> correlation([1, 2, 3], [10, 20, 60])
    0.944911...
    """
    x, m, count = floats(frequency, monetary_value, customers)
    order = np.lexsort([count, m, x])
    x, m, count = x[order], m[order], count[order]
    if not len(x) or x.min() == x.max() or m.min() == m.max():
        return None
    x, m = (values - np.sum(values * count) / np.sum(count) for values in (x, m))
    covariance = np.sum(x * m * count)
    return float(covariance / np.sqrt(np.sum(x * x * count) * np.sum(m * m * count)))
