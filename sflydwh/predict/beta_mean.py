"""Expected purchases of a customer who is alive and who drops out, with probability p, at each purchase.

With a rate Gamma distributed (shape k, rate A) and p fixed, the purchases expected in t weeks are
[1 - (1 + p t / A)^-k] / p (Fader, Hardie and Lee 2005, equation 9, before the mean over p). The mean over a Beta
distributed p has a closed form by Gauss's hypergeometric function, which cancels for p's first parameter near 1 and
which SciPy cannot evaluate for large parameters. The integral is over positive, smooth terms: here the trapezoid rule
takes it in logit(p), where the Beta density is log-concave and the rule converges exponentially. Beyond the nodes the
density falls exponentially, and the rest of the sum is a geometric series.
"""

import numpy as np

from sflydwh.predict.arrays import FloatArray, blocks

_NODES = 160
# Left out of the density: e^-40 of its height.
_DEPTH = 40.0
# Beyond the outermost nodes p or 1 - p is so small that the terms are exponential to 11 digits.
_DIGITS = 11 * np.log(10)


def mean_purchases(
    first: FloatArray, second: FloatArray, shape: FloatArray, rate: FloatArray, times: FloatArray
) -> FloatArray:
    """Mean over p ~ Beta(first, second) of [1 - (1 + p t / rate)^-shape] / p.

    The customers' arguments are positive and of shape (n,), the times t of shape (m,) and 0 or more; the means are of
    shape (m, n). The relative error is below 1e-9 for parameters of 1e-4 to 1e5.
    """
    mean = np.empty((len(times), len(first)))
    for rows in blocks(len(first)):
        a, b, k, A = (values[rows, np.newaxis] for values in (first, second, shape, rate))
        log_p, weight = _nodes(a, b, (k + 1) * (np.max(times, initial=0.0) / A))
        p = np.exp(log_p)
        over_p, p_over_rate = weight / np.sum(weight, axis=1, keepdims=True) / p, p / A
        for place, time in enumerate(times):
            mean[place, rows] = -np.sum(over_p * np.expm1(-k * np.log1p(p_over_rate * time)), axis=1)
    return mean


def _nodes(a: FloatArray, b: FloatArray, steepness: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log p at the nodes and the nodes' weights, shape (n, nodes); the weights of a row have any sum."""
    mode = np.log(a / b)
    width = np.sqrt(2 * _DEPTH * (1 / a + 1 / b))
    low = np.maximum(mode - width - _DEPTH / a, -_DIGITS - np.log(a + b + steepness + 2))
    high = np.minimum(mode + width + _DEPTH / b, _DIGITS + np.log(a + b + 2))
    step = (high - low) / (_NODES - 1)
    logit = low + step * np.arange(_NODES)
    softplus = np.log1p(np.exp(-np.abs(logit)))
    log_p = np.minimum(logit, 0) - softplus
    log_density = a * log_p - b * (np.maximum(logit, 0) + softplus)
    weight = np.exp(log_density - np.max(log_density, axis=1, keepdims=True))
    # The geometric series of all nodes further out.
    weight[:, :1] /= -np.expm1(-a * step)
    weight[:, -1:] /= -np.expm1(-b * step)
    return log_p, weight
