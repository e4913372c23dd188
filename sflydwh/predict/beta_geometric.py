"""BG/NBD and MBG/NBD: a customer may drop out after each purchase, with a probability of its own.

* BG/NBD: Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), equations 6
  (likelihood) and 10 (expected purchases). Nobody drops out right after the first purchase, so a customer who bought
  on one day is alive with certainty.
* MBG/NBD: Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer base
  analysis, International Journal of Research in Marketing 24(3): dropping out is possible after the first purchase too.

Parameters: r, alpha (weeks) of the Gamma distributed purchase rate; a, b of the Beta distributed dropout probability.
The models differ in how many chances to drop out a customer had in x purchases after the first: x or x + 1.
"""

from functools import partial

import numpy as np
from scipy.special import digamma, expit, gammaln

from sflydwh.predict.arrays import FloatArray, Terms
from sflydwh.predict.beta_mean import mean_purchases
from sflydwh.predict.count_model import CountModel
from sflydwh.predict.nbd import purchases_while_alive


def _terms(extra: int, parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Terms:
    r, alpha, a, b = parameters
    bought = purchases_while_alive(r, alpha, frequency, age)
    stayed = _stayed(a, b, frequency + extra)
    odds = _log_odds_dead(extra, parameters, frequency, recency, age)
    dead = expit(odds) * _odds_gradient(extra, parameters, frequency, recency, age)
    value = bought.value + stayed.value + np.logaddexp(0, odds)
    return Terms(value, np.concatenate([bought.gradient, stayed.gradient]) + dead)


def _stayed(a: float, b: float, chances: FloatArray) -> Terms:
    """Log of B(a, b + n) / B(a, b), that a customer stayed at each of n chances, with gradient in log a and log b."""
    n = chances
    value = gammaln(b + n) - gammaln(b) - gammaln(a + b + n) + gammaln(a + b)
    both = digamma(a + b) - digamma(a + b + n)
    return Terms(value, np.stack([a * both, b * (digamma(b + n) - digamma(b) + both)]))


def _log_odds_dead(
    extra: int, parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """Log of a / (b + n - 1) ((alpha + T) / (alpha + t_x))^(r + x), n chances to drop out."""
    r, alpha, a, b = parameters
    chances = frequency + extra
    since = (r + frequency) * np.log1p((age - recency) / (alpha + recency))
    could = chances > 0
    return np.where(could, np.log(a) - np.log(np.where(could, b + chances - 1, 1)) + since, -np.inf)


def _odds_gradient(
    extra: int, parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    r, alpha, _, b = parameters
    silence = age - recency
    stayed = b + frequency + extra - 1
    in_r = r * np.log1p(silence / (alpha + recency))
    in_alpha = -(r + frequency) * alpha * silence / ((alpha + age) * (alpha + recency))
    # Without a chance to drop out the odds are 0, whatever their gradient.
    in_b = -b / np.where(frequency + extra > 0, stayed, b)
    return np.stack([in_r, in_alpha, np.ones_like(in_r), in_b])


def _expected_if_alive(
    extra: int, parameters: FloatArray, frequency: FloatArray, age: FloatArray, weeks: FloatArray
) -> FloatArray:
    r, alpha, a, b = parameters
    # Given x purchases and a customer alive at T: rate ~ Gamma(r + x, alpha + T), p ~ Beta(a, b + n).
    return mean_purchases(np.full_like(age, a), b + frequency + extra, r + frequency, alpha + age, weeks)


def _model(name: str, title: str, extra: int) -> CountModel:
    return CountModel(
        name,
        title,
        ("r", "alpha", "a", "b"),
        partial(_terms, extra),
        partial(_log_odds_dead, extra),
        partial(_expected_if_alive, extra),
    )


BG_NBD = _model("bg-nbd", "BG/NBD", 0)
MBG_NBD = _model("mbg-nbd", "MBG/NBD", 1)
