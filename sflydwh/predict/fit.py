"""Fits of the models to a customer base, and the choice among them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sflydwh.predict import gamma_gamma
from sflydwh.predict.arrays import FloatArray, floats
from sflydwh.predict.count_model import CountModel
from sflydwh.predict.estimate import Fit, Likelihood, estimate
from sflydwh.predict.histories import Histories, every, grouped

SPEND_MODEL = "gamma-gamma"
# With fewer customers there is no spend model.
FEWEST_SPENDERS = 10

# The number of groups on which starting points are compared.
_FEW = 2000
# Rare and frequent buyers, early and late dropout: r, alpha, then the two parameters of dropping out.
_COUNT_STARTS = ((1, 1, 1, 1), (0.3, 5, 1, 3), (0.6, 10, 0.6, 12), (2, 20, 0.3, 5), (1, 50, 3, 30))
# p, q, gamma; money in a unit near the mean monetary value.
_SPEND_STARTS = ((1, 2, 1), (6, 4, 0.5), (2, 10, 5), (20, 3, 0.1))


def fit_counts(model: CountModel, customers: Histories) -> Fit:
    """Fit a purchase model. It never raises: a fit that did not converge has a reason."""
    refused = partial(Fit, model.name, model.parameter_names, converged=False)
    if not len(customers):
        return refused(reason="there are no customers who bought")
    if not np.any(customers.frequency):
        return refused(reason="no customer bought on a second day")
    if len(customers) == 1:
        return refused(reason="all customers have the same history")
    few = customers.every(_FEW)
    return estimate(model.name, model.parameter_names, _counts(model, few), _counts(model, customers), _COUNT_STARTS)


def _counts(model: CountModel, groups: Histories) -> Likelihood:
    return Likelihood(lambda parameters: model.terms(parameters, *groups.keys), groups.customers)


def fit_spend(frequency: npt.ArrayLike, monetary_value: npt.ArrayLike, customers: npt.ArrayLike = 1) -> Fit:
    """Fit Gamma-Gamma to groups of customers with frequency and monetary value above 0; the others are left out.

    The parameter gamma is in the unit of the monetary values. It never raises: if there is no spend model, because
    the fit did not converge, q is 1 or less, or there are too few customers, the result has a reason.
    """
    x, m, count = floats(frequency, monetary_value, customers)
    kept = (x > 0) & (m > 0) & (count > 0)
    (x, m), (count,) = grouped([x[kept], m[kept]], [count[kept]])
    number = float(np.sum(count))
    refused = partial(Fit, SPEND_MODEL, gamma_gamma.PARAMETER_NAMES, converged=False)
    if number < FEWEST_SPENDERS:
        return refused(reason=f"{number:.0f} customers spent on a second day; it takes {FEWEST_SPENDERS}")
    if np.min(m) == np.max(m):
        return refused(reason="all customers have the same monetary value")
    # So that the limits of the search do not depend on the currency.
    unit = 10.0 ** int(np.rint(np.log10(np.sum(m * count) / number)))
    m = m / unit
    few = (every(column, _FEW) for column in (x, m, count))
    fit = estimate(SPEND_MODEL, gamma_gamma.PARAMETER_NAMES, _spend(*few), _spend(x, m, count), _SPEND_STARTS)
    return _with_mean(_in_money(fit, unit, number))


def _spend(x: FloatArray, m: FloatArray, count: FloatArray) -> Likelihood:
    return Likelihood(lambda parameters: gamma_gamma.terms(parameters, x, m), count)


def _in_money(fit: Fit, unit: float, number: float) -> Fit:
    """The fit in another unit of money: gamma grows with it, densities shrink."""
    if fit.log_likelihood is None:
        return fit
    p, q, gamma = fit.parameters
    errors = fit.standard_errors and (*fit.standard_errors[:2], fit.standard_errors[2] * unit)
    value = fit.log_likelihood - number * float(np.log(unit))
    return replace(fit, parameters=(p, q, gamma * unit), standard_errors=errors, log_likelihood=value)


def _with_mean(fit: Fit) -> Fit:
    """The fit, refused where the mean over customers is infinite."""
    if fit.converged and fit.parameters[1] <= 1:
        reason = f"q is {fit.parameters[1]:.3g}: with 1 or less the mean purchase of a new customer is infinite"
        return Fit(fit.model, fit.parameter_names, converged=False, reason=reason)
    return fit


def best(fits: Iterable[Fit]) -> Fit | None:
    """The fit with the highest log-likelihood among those that converged, the first of equals; None without one."""
    converged = [(fit.log_likelihood, fit) for fit in fits if fit.log_likelihood is not None]
    return max(converged, key=lambda pair: pair[0], default=(0.0, None))[1]
