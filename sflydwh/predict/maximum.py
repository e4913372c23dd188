"""The maximum of a log-likelihood in the logarithms of its parameters: L-BFGS-B from several starts, then Newton."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from sflydwh.predict.arrays import FloatArray

# Log parameters -> minus the log-likelihood per customer, and its gradient.
Loss: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray]]

# Log parameters are looked for up to this size; near exp(-37) a likelihood loses all digits, and looks far too high.
LIMIT = 12.0
# The largest gradient per customer at which a fit counts as converged.
FLAT = 1e-7

_FLATTER = 1e-11
_NEWTON_STEPS = 100
_SMALL = 1e-4


@dataclass(frozen=True)
class Maximum:
    """Where a search for a maximum ended.

    Attributes:
        log_parameters: logarithms of the parameters.
        loss: minus the log-likelihood per customer.
        gradient: of the loss, in log parameters.
        hessian: of the loss, in log parameters; symmetric.
    """

    log_parameters: FloatArray
    loss: float
    gradient: FloatArray
    hessian: FloatArray

    @property
    def steepness(self) -> float:
        """The largest slope of the loss."""
        return float(np.max(np.abs(self.gradient)))

    @property
    def is_inside(self) -> npt.NDArray[np.bool_]:
        """Which parameters did not run to their limit."""
        return np.abs(self.log_parameters) < LIMIT - 1e-6


def maximum(few: Loss, loss: Loss, starts: Sequence[Sequence[float]]) -> Maximum:
    """Search from each start with a loss of few groups, and refine the best with that of all.

    The starts are parameters, not their logarithms.
    """
    found = [_search(few, np.log(np.asarray(start, dtype=np.float64)), steps=40) for start in starts]
    best = min(found, key=lambda place: few(place)[0])
    return _newton(loss, _search(loss, best, steps=1000))


def _search(loss: Loss, start: FloatArray, steps: int) -> FloatArray:
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-LIMIT, LIMIT)] * len(start),
        options={"maxiter": steps, "ftol": 1e-13, "gtol": FLAT / 10},
    )
    return np.asarray(found.x, dtype=np.float64)


def _newton(loss: Loss, start: FloatArray) -> Maximum:
    """Newton steps for as long as they make the loss flatter."""
    here = _at(loss, start)
    # Where a parameter runs to its limit there is no maximum to refine.
    steps = _NEWTON_STEPS if np.all(here.is_inside) else 0
    for _ in range(steps):
        if here.steepness < _FLATTER or not np.all(np.isfinite(here.hessian)):
            break
        there = _step(loss, here)
        if there is None:
            break
        here = there
    return here


def _step(loss: Loss, here: Maximum) -> Maximum | None:
    """Downhill from here, where the loss or, at its rounding, its slope falls; None where neither does."""
    curvature, axes = np.linalg.eigh(here.hessian)
    # Downhill where the loss curves the other way too, and never far along a flat axis.
    curvature = np.maximum(np.abs(curvature), 1e-9)
    along = np.sum(axes * here.gradient[:, np.newaxis], axis=0) / curvature
    step = -np.sum(axes * along, axis=1)
    step /= max(1.0, float(np.max(np.abs(step))))
    for _ in range(30):
        place = np.clip(here.log_parameters + step, -LIMIT, LIMIT)
        value, gradient = loss(place)
        is_lower = value < here.loss - 1e-13 * abs(here.loss)
        is_as_low = value <= here.loss + 1e-13 * abs(here.loss)
        if is_lower or (is_as_low and np.max(np.abs(gradient)) < here.steepness):
            return _at(loss, place)
        step /= 2
    return None


def _at(loss: Loss, place: FloatArray) -> Maximum:
    value, gradient = loss(place)
    return Maximum(place, value, gradient, _hessian(loss, place))


def _hessian(loss: Loss, place: FloatArray) -> FloatArray:
    """By central differences of the gradient: exact to 8 digits."""
    rows = []
    for step in np.eye(len(place)) * _SMALL:
        _, after = loss(place + step)
        _, before = loss(place - step)
        rows.append((after - before) / (2 * _SMALL))
    hessian = np.array(rows)
    return np.asarray((hessian + hessian.T) / 2)
