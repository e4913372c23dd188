"""The models' numeric forms, beside integration with mpmath over a grid."""

import numpy as np
import pytest

from sflydwh.predict.beta_geometric import BG_NBD
from sflydwh.predict.gamma_gamma import terms as spend_terms
from sflydwh.predict.models import MODELS
from tests.predict.grid import cases, known, reference


@pytest.mark.parametrize("name", list(MODELS))
def test_models_are_right_over_the_grid(name: str) -> None:
    model, found = MODELS[name], known(name)
    assert len(found) == len(list(cases()))
    wrong = []
    for case, right in found:
        theta, x, t_x, T, weeks = case
        [likely] = model.log_likelihood(theta, x, t_x, T)
        [alive] = model.p_alive(theta, x, t_x, T)
        [purchases] = model.expected_purchases(theta, x, t_x, T, weeks)
        ours = np.array([likely, alive, purchases])
        # Denormal numbers have no digits to compare; a log-likelihood near 0 is compared as the likelihood.
        error = np.abs(ours - right) / np.maximum(np.abs(right), [1.0, 1e-290, 1e-290])
        if not np.all(error < 1e-8):
            wrong.append((case, right, ours))
    assert not wrong, wrong[:5]


def test_the_reference_is_kept_right() -> None:
    found = known("mbg-nbd")
    for case, right in found[125:127]:
        assert reference("mbg-nbd", case) == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("name", list(MODELS))
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    chance = np.random.default_rng(5)
    x = chance.integers(0, 30, 50).astype(float)
    T = chance.uniform(1, 100, 50)
    t_x = np.where(x > 0, T * chance.uniform(0, 1, 50), 0)
    for theta in np.exp(chance.uniform(-2, 3, (10, 4))):
        found = MODELS[name].terms(theta, x, t_x, T).gradient
        for place in range(4):
            step = np.exp(np.eye(4)[place] * 1e-5)
            up, down = (MODELS[name].terms(each, x, t_x, T).value for each in (theta * step, theta / step))
            np.testing.assert_allclose(found[place], (up - down) / 2e-5, rtol=1e-5, atol=1e-5)


def test_gradients_of_spend_are_those_of_finite_differences() -> None:
    chance = np.random.default_rng(6)
    x, m = chance.integers(1, 30, 50).astype(float), chance.uniform(1, 100, 50)
    for theta in np.exp(chance.uniform(-1, 3, (10, 3))):
        found = spend_terms(theta, x, m).gradient
        for place in range(3):
            step = np.exp(np.eye(3)[place] * 1e-5)
            up, down = (spend_terms(each, x, m).value for each in (theta * step, theta / step))
            np.testing.assert_allclose(found[place], (up - down) / 2e-5, rtol=1e-5, atol=1e-5)


def test_a_customer_of_one_day_is_alive_with_bg_nbd() -> None:
    assert BG_NBD.p_alive([0.2, 4, 0.8, 2], 0, 0, [0, 10, 1000]).tolist() == [1, 1, 1]
