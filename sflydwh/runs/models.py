"""The models of a run: fitted on the driver to counts of histories."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from sflydwh.errors import NothingToPredictError
from sflydwh.predict.estimate import Fit
from sflydwh.predict.fit import best, fit_counts, fit_spend
from sflydwh.predict.gamma_gamma import correlation
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.lifetime import Prediction
from sflydwh.predict.models import MODELS
from sflydwh.runs.histories import Base

AUTO: Final = "auto"
_STRONG_CORRELATION: Final = 0.3


@dataclass(frozen=True)
class Fitted:
    """The fitted models.

    Attributes:
        counts: the fits of all purchase models that were tried.
        chosen: the one used for predictions; None if none converged.
        spend: the spend model, converged or not.
        correlation: of frequency and monetary value; None if one is constant.
        left_out: how many customers have a frequency above 0 but a monetary value of 0 or less.
    """

    counts: tuple[Fit, ...]
    chosen: Fit | None
    spend: Fit
    correlation: float | None
    left_out: int

    def prediction(self, horizon: Horizon) -> Prediction:
        """What the tasks need to score customers.

        Raises:
            NothingToPredictError: no purchase model converged.
        """
        chosen = self.best()
        spend = self.spend.parameters if self.spend.converged else None
        return Prediction(chosen.model, chosen.parameters, spend, horizon)

    def best(self) -> Fit:
        """The fit used for predictions.

        Raises:
            NothingToPredictError: no purchase model converged.
        """
        if self.chosen is None:
            why = "; ".join(f"{MODELS[fit.model].title}: {fit.reason}" for fit in self.counts)
            raise NothingToPredictError(
                f"no model converged ({why}); it takes more data: simple_ltv.py ranks by what was spent, "
                "and its --customers gives every customer"
            )
        return self.chosen

    def warnings(self) -> Iterator[str]:
        """Warnings about the fits."""
        for fit in self.counts:
            if not fit.converged:
                title = MODELS[fit.model].title
                yield f"{title} did not converge: {fit.reason}; more data may help, or another --model"
        if not self.spend.converged:
            yield (
                f"no spend model: {self.spend.reason}; customers are ranked by expected purchases, "
                "and what they will spend is left empty"
            )
        if self.correlation is not None and abs(self.correlation) > _STRONG_CORRELATION:
            yield (
                f"how often and for how much customers buy is correlated ({self.correlation:.2f}); "
                "the spend model takes them to be independent"
            )


def fitted(base: Base, model: str) -> Fitted:
    """Fit the models.

    Args:
        base: the customers.
        model: a name in `MODELS`, or `auto`: the one with the highest log-likelihood.
    """
    asked = MODELS.values() if model == AUTO else [MODELS[model]]
    x, value, customers = base.spenders
    # NumPy and SciPy release the interpreter's lock, so that threads run in parallel.
    with ThreadPoolExecutor() as pool:
        of_spend = pool.submit(fit_spend, x, value, customers)
        counts = tuple(pool.map(lambda each: fit_counts(each, base.histories), asked))
        spend = of_spend.result()
    spent = value > 0
    return Fitted(
        counts,
        best(counts),
        spend,
        correlation(x[spent], value[spent], customers[spent]) if spent.any() else None,
        int(customers[~spent].sum()),
    )


def six(value: float | None) -> float | None:
    """A number rounded to six significant digits.

    >>> six(1653.41234), six(None)
    (1653.41, None)
    """
    return None if value is None else float(f"{value:.6g}")


def fit_as_json(fit: Fit) -> dict[str, Any]:
    """A fit for the JSON summary."""
    named = dict(zip(fit.parameter_names, map(six, fit.parameters), strict=False))
    errors = fit.standard_errors and dict(zip(fit.parameter_names, map(six, fit.standard_errors), strict=True))
    return {
        "parameters": named or None,
        "standard_errors": errors or None,
        "log_likelihood": None if fit.log_likelihood is None else round(fit.log_likelihood, 3),
        "converged": fit.converged,
        "reason": fit.reason or fit.no_standard_errors or None,
    }


def fit_as_text(fit: Fit) -> str:
    """A fit in a line."""
    numbers = zip(fit.parameter_names, fit.parameters, strict=True)
    return ", ".join([*(f"{name} {value:.6g}" for name, value in numbers), f"log-likelihood {fit.log_likelihood:.3f}"])
