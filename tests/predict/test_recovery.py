"""Made-up customers with known parameters give these back."""

import numpy as np
import pytest

from sflydwh.predict.fit import fit_counts, fit_spend
from sflydwh.predict.histories import Histories, histories
from sflydwh.predict.models import MODELS

CUSTOMERS = 6000
TRUE = {
    "bg-nbd": (0.8, 6.0, 0.9, 3.0),
    "mbg-nbd": (0.8, 6.0, 0.9, 3.0),
    "pareto-nbd": (0.8, 6.0, 0.9, 15.0),
}


def made_up(name: str, parameters: tuple[float, ...]) -> Histories:
    """Customers who behave as a model tells, purchase by purchase."""
    chance = np.random.default_rng(11)
    rows = []
    for _ in range(CUSTOMERS):
        rate = chance.gamma(parameters[0], 1 / parameters[1])
        T = chance.uniform(30, 80)
        leaves = T
        drops = 0.0
        if name == "pareto-nbd":
            leaves = min(T, chance.exponential(1 / chance.gamma(parameters[2], 1 / parameters[3])))
        else:
            drops = chance.beta(parameters[2], parameters[3])
        x, now, last = 0, 0.0, 0.0
        while not (drops and (x or name == "mbg-nbd") and chance.random() < drops):
            now += chance.exponential(1 / rate) if rate > 1e-12 else T
            if now > leaves:
                break
            x, last = x + 1, now
        rows.append((x, last, T))
    x, t_x, T = np.array(rows).T
    return histories(x, t_x, T)


@pytest.mark.parametrize("name", list(MODELS))
def test_parameters_come_back(name: str) -> None:
    fit = fit_counts(MODELS[name], made_up(name, TRUE[name]))
    assert fit.converged, fit.reason
    assert fit.standard_errors is not None
    error = (np.array(fit.parameters) - TRUE[name]) / fit.standard_errors
    assert np.all(np.abs(error) < 3), (fit, error)


def test_spend_comes_back() -> None:
    chance = np.random.default_rng(12)
    p, q, gamma = 4.0, 3.0, 20.0
    x = chance.integers(1, 8, CUSTOMERS).astype(float)
    m = chance.gamma(p * x, 1 / chance.gamma(q, 1 / gamma, CUSTOMERS)) / x
    fit = fit_spend(x, m)
    assert fit.standard_errors is not None
    assert np.all(np.abs(np.array(fit.parameters) - (p, q, gamma)) < 3 * np.array(fit.standard_errors)), fit


def test_too_few_customers_say_why() -> None:
    model = MODELS["bg-nbd"]
    assert fit_counts(model, histories([], [], [])).reason == "there are no customers who bought"
    assert fit_counts(model, histories([0, 0], [0, 0], [5, 6])).reason == "no customer bought on a second day"
    assert fit_counts(model, histories([1], [2], [5])).reason == "all customers have the same history"
    assert fit_spend([1] * 9, [5.0 + each for each in range(9)]).reason == (
        "9 customers spent on a second day; it takes 10"
    )
    assert fit_spend([1] * 20, [5.0] * 20).reason == "all customers have the same monetary value"
