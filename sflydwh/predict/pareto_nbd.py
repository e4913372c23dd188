"""Pareto/NBD: a customer may stop buying at any moment, at a rate of its own.

Schmittlein, Morrison and Colombo (1987), Counting your customers: who are they and what will they do next?,
Management Science 33(1); the likelihood before its integral over the time of dropping out is taken as in Fader and
Hardie (2005), A note on deriving the Pareto/NBD model and related expressions, equations 17 and 18:

    Gamma(r + x) / Gamma(r) alpha^r beta^s [ (alpha + T)^-(r + x) (beta + T)^-s
        + s integral from t_x to T of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy ]

The integral's closed form is a difference of two hypergeometric functions, in two cases (alpha above and below beta),
and has no closed derivative in r and s. Its terms are positive and smooth: Gauss-Legendre takes it, and its
derivatives with it.

Parameters: r, alpha (weeks) of the Gamma distributed purchase rate; s, beta (weeks) of the Gamma distributed dropout
rate.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, exprel

from sflydwh.predict.arrays import FloatArray, Terms, blocks
from sflydwh.predict.count_model import CountModel
from sflydwh.predict.nbd import purchases_while_alive

_NODES, _WEIGHTS = (
    (values + shift) / 2 for values, shift in zip(np.polynomial.legendre.leggauss(40), (1, 0), strict=True)
)
# The integral is cut where its terms fall below e^-45 of the first.
_DEPTH = 45.0
# Where the last purchase is on the day of the prediction: an integral over next to nothing.
_NOTHING = 1e-300


class _Dropout(NamedTuple):
    """The integral over the time y of dropping out, for n histories.

    Attributes:
        log_integral: its logarithm, without the first term's size, shape (n,).
        log_alpha: log((alpha + y) / (alpha + t_x)) at the nodes, shape (n, nodes).
        log_beta: the same of beta.
        weight: of each node; those of a history add up to 1.
    """

    log_integral: FloatArray
    log_alpha: FloatArray
    log_beta: FloatArray
    weight: FloatArray


def _dropout(parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> _Dropout:
    r, alpha, s, beta = parameters
    k, A, B = (values[:, np.newaxis] for values in (r + frequency, alpha + recency, beta + recency))
    # Nodes in log(1 + (y - t_x) / scale): the terms fall on that scale first, then by powers of y.
    scale = 1 / ((k + 1) / A + (s + 1) / B)
    end = np.minimum(A * np.expm1(np.minimum(_DEPTH / k, 600)), B * np.expm1(min(_DEPTH / (s + 1), 600)))
    end = np.clip((age - recency)[:, np.newaxis], _NOTHING, end)
    length = np.log1p(end / scale)
    node = length * _NODES
    since = scale * np.expm1(node)
    log_alpha, log_beta = np.log1p(since / A), np.log1p(since / B)
    weight = np.exp(node - k * log_alpha - (s + 1) * log_beta) * _WEIGHTS
    total = np.sum(weight, axis=1, keepdims=True)
    return _Dropout(np.log(scale * length * total)[:, 0], log_alpha, log_beta, weight / total)


def _log_odds_dead(parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
    odds = np.empty(len(age))
    for rows in blocks(len(age)):
        x, t_x, T = frequency[rows], recency[rows], age[rows]
        odds[rows] = _odds(parameters, x, t_x, T, _dropout(parameters, x, t_x, T).log_integral)
    return odds


def _odds(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, log_integral: FloatArray
) -> FloatArray:
    r, alpha, s, beta = parameters
    silence = age - recency
    lived = (r + frequency) * np.log1p(silence / (alpha + recency)) + s * np.log1p(silence / (beta + recency))
    return np.asarray(np.log(s) - np.log(beta + recency) + lived + log_integral)


def _terms(parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Terms:
    r, alpha, s, beta = parameters
    bought = purchases_while_alive(r, alpha, frequency, age)
    lived = np.log1p(age / beta)
    gradient = np.concatenate([bought.gradient, [-s * lived, s * age / (beta + age)]])
    value = bought.value - s * lived
    for rows in blocks(len(age)):
        x, t_x, T = frequency[rows], recency[rows], age[rows]
        dropout = _dropout(parameters, x, t_x, T)
        odds = _odds(parameters, x, t_x, T, dropout.log_integral)
        value[rows] += np.logaddexp(0, odds)
        gradient[:, rows] += expit(odds) * _odds_gradient(parameters, x, t_x, T, dropout)
    return Terms(value, gradient)


def _odds_gradient(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, dropout: _Dropout
) -> FloatArray:
    """Gradient of the log-odds: means over the time of dropping out, given that it lies between t_x and T."""
    r, alpha, s, beta = parameters
    A, B, silence = alpha + recency, beta + recency, age - recency
    weight, k = dropout.weight, r + frequency
    in_r = r * (np.log1p(silence / A) - np.sum(weight * dropout.log_alpha, axis=1))
    in_s = 1 + s * (np.log1p(silence / B) - np.sum(weight * dropout.log_beta, axis=1))
    # The means of 1 / (alpha + y) and 1 / (beta + y).
    over_alpha = np.sum(weight * np.exp(-dropout.log_alpha), axis=1) / A
    over_beta = np.sum(weight * np.exp(-dropout.log_beta), axis=1) / B
    in_alpha = alpha * k * (1 / (alpha + age) - over_alpha)
    in_beta = beta * (s / (beta + age) - (s + 1) * over_beta)
    return np.stack([in_r, in_alpha, in_s, in_beta])


def _expected_if_alive(parameters: FloatArray, frequency: FloatArray, age: FloatArray, weeks: FloatArray) -> FloatArray:
    """(r + x) (beta + T) / ((alpha + T) (s - 1)) [1 - ((beta + T) / (beta + T + t))^(s - 1)], at s = 1 too."""
    r, alpha, s, beta = parameters
    grown = np.log1p(weeks[:, np.newaxis] / (beta + age))
    return np.asarray((r + frequency) * (beta + age) / (alpha + age) * grown * exprel((1 - s) * grown))


PARETO_NBD = CountModel(
    "pareto-nbd", "Pareto/NBD", ("r", "alpha", "s", "beta"), _terms, _log_odds_dead, _expected_if_alive
)
