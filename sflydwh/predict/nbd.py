"""The negative binomial model of purchases, which all count models share while a customer is alive (Ehrenberg 1959).

A customer buys at random at a rate of lambda a week; over customers lambda is Gamma distributed with shape r and rate
alpha (weeks).
"""

import numpy as np
from scipy.special import digamma, gammaln

from sflydwh.predict.arrays import FloatArray, Terms


def purchases_while_alive(r: float, alpha: float, frequency: FloatArray, age: FloatArray) -> Terms:
    """Log-density of x purchases at their times in T weeks, with its gradient in log r and log alpha.

    Gamma(r + x) / Gamma(r) alpha^r / (alpha + T)^(r + x).
    """
    x, T = frequency, age
    # Not r log(alpha) - r log(alpha + T): at a large alpha that cancels.
    shrink = np.log1p(T / alpha)
    value = gammaln(r + x) - gammaln(r) - r * shrink - x * np.log(alpha + T)
    in_r = r * (digamma(r + x) - digamma(r) - shrink)
    in_alpha = (r * T - x * alpha) / (alpha + T)
    return Terms(value, np.stack([in_r, in_alpha]))
