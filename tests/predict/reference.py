"""The models from their stories, by integration with mpmath: what the product's formulas are compared with.

A customer buys at a Gamma distributed rate; given how easily it drops out (a probability p at each purchase, or a rate
mu), all is elementary, and the mean over p or mu is an integral. No formula of the product is used.
"""

from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp

DIGITS = 22
# Integrands are followed until they have fallen by this much in the logarithm.
DEPTH = 55

Logarithm = Callable[[mp.mpf], mp.mpf]


class Reference(NamedTuple):
    """Log-likelihood, P(alive) and expected purchases of one customer."""

    log_likelihood: float
    p_alive: float
    expected_purchases: float


def integral(logarithm: Logarithm) -> mp.mpf:
    """The integral over the real line of a function with one peak, given as its logarithm; returned as a logarithm."""
    peak = _peak(logarithm)
    height = logarithm(peak)
    edges = []
    for side in (-1, 1):
        far = mp.mpf(1) / 1024
        while height - logarithm(peak + side * far) < DEPTH:
            far *= 2
        edges += [peak + side * far / 4**step for step in range(9)]
    total = mp.quad(
        lambda v: mp.exp(logarithm(v) - height), sorted([*edges, peak]), method="gauss-legendre", maxdegree=5
    )
    return height + mp.log(total)


def _peak(logarithm: Logarithm) -> mp.mpf:
    low, high = -(mp.mpf(2) ** 20), mp.mpf(2) ** 20
    while high - low > mp.mpf(1) / 4096:
        third = (high - low) / 3
        if logarithm(low + third) < logarithm(high - third):
            low += third
        else:
            high -= third
    return (low + high) / 2


def _log_shares(v: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """Log p and log (1 - p) at logit(p) = v."""
    return -mp.log1p(mp.exp(-v)), -mp.log1p(mp.exp(v))


def beta_geometric(chances: int, parameters: tuple[float, ...], x: int, t_x: float, T: float, t: float) -> Reference:
    """BG/NBD and MBG/NBD: in x purchases after the first a customer had so many chances to drop out."""
    with mp.workdps(DIGITS):
        r, alpha, a, b, t_x, T, t = map(mp.mpf, (*parameters, t_x, T, t))
        k, n = r + x, chances

        def over_p(stays: int, drops: int, also: Logarithm = lambda _: mp.mpf(0)) -> mp.mpf:
            """Log of the integral of p^(a - 1 + drops) (1 - p)^(b - 1 + stays) and another factor."""

            def logarithm(v: mp.mpf) -> mp.mpf:
                log_p, log_q = _log_shares(v)
                return (a + drops) * log_p + (b + stays) * log_q + also(log_p)

            return integral(logarithm)

        def purchases(log_p: mp.mpf) -> mp.mpf:
            return mp.log(-mp.expm1(-k * mp.log1p(mp.exp(log_p) * t / (alpha + T)))) - log_p

        bought = mp.loggamma(k) - mp.loggamma(r) + r * mp.log(alpha)
        prior = over_p(0, 0)
        alive = over_p(n, 0) - k * mp.log(alpha + T)
        dead = over_p(n - 1, 1) - k * mp.log(alpha + t_x) if n else mp.mpf("-inf")
        both = alive + mp.log1p(mp.exp(dead - alive))
        future = over_p(n, 0, purchases) - k * mp.log(alpha + T)
        return Reference(float(bought + both - prior), float(mp.exp(alive - both)), float(mp.exp(future - both)))


def pareto(parameters: tuple[float, ...], x: int, t_x: float, T: float, t: float) -> Reference:
    """Pareto/NBD: a customer drops out at a Gamma distributed rate."""
    with mp.workdps(DIGITS):
        r, alpha, s, beta, t_x, T, t = map(mp.mpf, (*parameters, t_x, T, t))
        k = r + x

        def at(log_y: mp.mpf) -> mp.mpf:
            """Log-density of dropping out after a silence of y, and of the purchases until then."""
            y = t_x + mp.exp(log_y)
            return log_y - k * mp.log(alpha + y) - (s + 1) * mp.log(beta + y)

        def purchases(log_mu: mp.mpf) -> mp.mpf:
            """Log of the density of the dropout rate mu, times (1 - exp(-mu t)) / mu."""
            mu = mp.exp(log_mu)
            return s * log_mu - (beta + T) * mu + mp.log(-mp.expm1(-mu * t)) - log_mu

        bought = mp.loggamma(k) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
        alive = -k * mp.log(alpha + T) - s * mp.log(beta + T)
        dead = mp.log(s) + _up_to(at, mp.log(T - t_x)) if t_x < T else mp.mpf("-inf")
        both = alive + mp.log1p(mp.exp(dead - alive))
        future = integral(purchases) + s * mp.log(beta + T) - mp.loggamma(s) + mp.log(k / (alpha + T))
        return Reference(float(bought + both), float(mp.exp(alive - both)), float(mp.exp(future + alive - both)))


def _up_to(logarithm: Logarithm, end: mp.mpf) -> mp.mpf:
    """The integral up to an end, by v -> end - exp(-v) + ... of the whole line."""
    # v = end - log(1 + exp(-w)): w runs over all numbers, and the factor is dv/dw.
    return integral(lambda w: logarithm(end - mp.log1p(mp.exp(-w))) - mp.log1p(mp.exp(w)))
