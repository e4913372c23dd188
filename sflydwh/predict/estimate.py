"""Maximum likelihood estimates of the parameters, with standard errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from sflydwh.predict.arrays import FloatArray, Terms
from sflydwh.predict.maximum import FLAT, Maximum, maximum

_Numbers: TypeAlias = tuple[float, ...]


@dataclass(frozen=True)
class Fit:
    """A model fitted to a customer base, or the reason why the fit failed.

    Attributes:
        model: the model's name.
        parameter_names: in the order of the numbers below.
        converged: whether the fit converged; if not, there are no numbers.
        reason: why the fit did not converge, in one line; empty if it did.
        parameters: the estimates; empty without convergence.
        standard_errors: of the parameters; None if the likelihood gives none.
        no_standard_errors: why there are no standard errors, in one line; else empty.
        covariance: of the logarithms of the parameters, row by row; None without standard errors.
        log_likelihood: over all customers; None without convergence.
    """

    model: str
    parameter_names: tuple[str, ...]
    converged: bool
    reason: str = ""
    parameters: _Numbers = ()
    standard_errors: _Numbers | None = None
    no_standard_errors: str = ""
    covariance: tuple[_Numbers, ...] | None = None
    log_likelihood: float | None = None


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of groups of customers.

    Attributes:
        terms: parameters -> what a customer of each group adds to the log-likelihood.
        customers: in each group, shape (n,).
    """

    terms: Callable[[FloatArray], Terms]
    customers: FloatArray

    @property
    def number(self) -> float:
        """Of customers."""
        return float(np.sum(self.customers))

    def loss(self, log_parameters: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log-likelihood per customer, and its gradient in log parameters."""
        value, gradient = self.terms(np.exp(log_parameters))
        number = self.number
        return -float(np.sum(self.customers * value)) / number, -np.sum(self.customers * gradient, axis=1) / number


def estimate(
    model: str, names: tuple[str, ...], few: Likelihood, likelihood: Likelihood, starts: Sequence[Sequence[float]]
) -> Fit:
    """Fit a model: compare starting points on a few groups, and refine the best one on all groups."""
    found = maximum(few.loss, likelihood.loss, starts)
    reason = _why_not_converged(names, found)
    if reason:
        return Fit(model, names, converged=False, reason=reason)
    parameters = np.exp(found.log_parameters)
    value = -found.loss * likelihood.number
    fit = Fit(model, names, converged=True, parameters=_plain(parameters), log_likelihood=value)
    covariance = _covariance(found.hessian, likelihood.number)
    if covariance is None:
        why = "the log-likelihood is flat at its maximum (its Hessian is not negative definite)"
        return replace(fit, no_standard_errors=why)
    # The delta method: the standard error of a parameter is that of its logarithm times itself.
    errors = parameters * np.sqrt(np.diag(covariance))
    return replace(fit, standard_errors=_plain(errors), covariance=tuple(_plain(row) for row in covariance))


def _why_not_converged(names: Sequence[str], found: Maximum) -> str:
    """In one line; empty where the fit converged."""
    if not np.all(np.isfinite(found.hessian)) or not np.isfinite(found.loss):
        return "the log-likelihood is not finite near the best parameters found"
    for name, log_parameter, is_inside in zip(names, found.log_parameters, found.is_inside, strict=True):
        if not is_inside:
            where = "infinity" if log_parameter > 0 else "0"
            return f"{name} runs to {where}: these customers do not determine it"
    if found.steepness >= FLAT:
        return f"no maximum found: the gradient per customer is still {found.steepness:.2g}, and it takes {FLAT:.0e}"
    return ""


def _covariance(hessian: FloatArray, number: float) -> FloatArray | None:
    """Of the log parameters; None where the Hessian is not positive definite (to the digits that it has)."""
    curvature, axes = np.linalg.eigh(hessian)
    if curvature[0] <= 1e-9 * max(1.0, curvature[-1]):
        return None
    scaled = axes / np.sqrt(curvature * number)
    return np.asarray(np.sum(scaled[:, np.newaxis, :] * scaled[np.newaxis, :, :], axis=2))


def _plain(values: FloatArray) -> _Numbers:
    return tuple(float(value) for value in values)
