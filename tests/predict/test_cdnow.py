"""CDNOW's customers: what the papers and other programs publish of them."""

import numpy as np
import pytest

from sflydwh.predict.arrays import FloatArray
from sflydwh.predict.estimate import Fit
from sflydwh.predict.fit import best, fit_counts, fit_spend
from sflydwh.predict.gamma_gamma import correlation
from sflydwh.predict.histories import Histories, histories
from sflydwh.predict.horizon import Horizon
from sflydwh.predict.lifetime import Prediction, Scorer, Scores
from sflydwh.predict.measures import accuracy, by_frequency, outcomes, ranking
from sflydwh.predict.models import MODELS
from sflydwh.predict.totals import expected_purchases, expected_spend
from tests.predict import cdnow
from tests.predict.cdnow import Customers


def rounded(value: float | None) -> float:
    assert value is not None
    return round(value, 3)


HOLDOUT = Horizon(39)


def grouped(customers: Customers) -> Histories:
    return histories(customers.x, customers.t_x, customers.T, 1, customers.x * customers.m)


@pytest.fixture(scope="module")
def sample() -> Customers:
    return cdnow.sample()


@pytest.fixture(scope="module")
def whole() -> Customers:
    return cdnow.whole()


@pytest.fixture(scope="module")
def fits(sample: Customers) -> dict[str, Fit]:
    return {name: fit_counts(model, grouped(sample)) for name, model in MODELS.items()}


@pytest.fixture(scope="module")
def spend(sample: Customers) -> Fit:
    return fit_spend(sample.x, sample.m)


def assert_fit(fit: Fit, parameters: list[float], log_likelihood: float, digits: float) -> None:
    assert fit.converged, fit.reason
    np.testing.assert_allclose(fit.parameters, parameters, rtol=digits)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=6e-4)


def test_the_sample(sample: Customers) -> None:
    assert len(sample.x) == 2357
    assert len(grouped(sample)) == 1016
    assert (sample.holdout_purchases.sum(), round(sample.holdout_spend.sum(), 2)) == (1882, 70976.39)


@pytest.mark.parametrize(
    ("name", "parameters", "log_likelihood", "digits"),
    [
        ("bg-nbd", [0.2425945, 4.4136019, 0.7929199, 2.4258881], -9582.429, 1e-4),
        ("mbg-nbd", [0.525, 6.183, 0.891, 1.614], -9582.136, 1e-3),
        ("pareto-nbd", [0.55315, 10.57633, 0.60625, 11.67150], -9594.976, 1e-3),
    ],
)
def test_counts_of_the_sample(
    fits: dict[str, Fit], name: str, parameters: list[float], log_likelihood: float, digits: float
) -> None:
    assert_fit(fits[name], parameters, log_likelihood, digits)


def test_standard_errors_of_the_sample(fits: dict[str, Fit]) -> None:
    errors = fits["pareto-nbd"].standard_errors
    assert errors is not None
    np.testing.assert_allclose(errors, [0.0476, 0.8427, 0.1873, 6.2105], rtol=1e-3)


def test_the_best_model_of_the_sample(fits: dict[str, Fit]) -> None:
    assert best(fits.values()) is fits["mbg-nbd"]


def test_spend_of_the_sample(sample: Customers, spend: Fit) -> None:
    assert np.sum((sample.x > 0) & (sample.m > 0)) == 946
    np.testing.assert_allclose(spend.parameters, [6.25, 3.74, 15.44], rtol=2e-3)
    assert spend.log_likelihood == pytest.approx(-4055.918, abs=6e-4)


def test_frequency_and_value_are_hardly_correlated(sample: Customers) -> None:
    spent = (sample.x > 0) & (sample.m > 0)
    found = correlation(sample.x[spent], sample.m[spent])
    assert found == pytest.approx(np.corrcoef(sample.x[spent], sample.m[spent])[0, 1], abs=1e-12)
    assert found == pytest.approx(0.1139, abs=5e-5)


def test_single_customers(fits: dict[str, Fit]) -> None:
    def purchases(name: str, x: float, t_x: float, T: float, weeks: float) -> float:
        return float(MODELS[name].expected_purchases(fits[name].parameters, x, t_x, T, weeks)[0])

    def alive(name: str) -> float:
        return float(MODELS[name].p_alive(fits[name].parameters, 26, 30.857, 31)[0])

    assert purchases("bg-nbd", 2, 30.43, 38.86, 39) == pytest.approx(1.226, abs=5e-4)
    assert purchases("bg-nbd", 26, 30.857, 31, 52) == pytest.approx(25.757, abs=5e-4)
    assert purchases("pareto-nbd", 26, 30.857, 31, 52) == pytest.approx(25.456, abs=1.5e-3)
    assert alive("bg-nbd") == pytest.approx(0.96885, abs=5e-6)
    assert alive("pareto-nbd") == pytest.approx(0.99787, abs=6e-6)


def test_a_customer_of_known_parameters() -> None:
    [found] = MODELS["bg-nbd"].expected_purchases([0.11, 2.24, 0.31, 0.5], 0, 0, 1, 30)
    assert found == pytest.approx(0.564588615533, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "purchases", "money"),
    [("bg-nbd", 1653.41, 59931.63), ("mbg-nbd", 1576.73, 57128.10), ("pareto-nbd", 1665.51, 60449.31)],
)
def test_totals(sample: Customers, fits: dict[str, Fit], spend: Fit, name: str, purchases: float, money: float) -> None:
    counted = expected_purchases(fits[name], grouped(sample), HOLDOUT)
    worth = expected_spend(fits[name], spend, grouped(sample), HOLDOUT)
    assert counted.value == pytest.approx(purchases, rel=1e-4)
    assert worth.value == pytest.approx(money, rel=1e-4)
    scores = scored(sample, fits[name], spend)
    assert counted.value == pytest.approx(scores.expected_purchases.sum(), rel=1e-12)
    assert worth.value == pytest.approx(scores.predicted_ltv.sum(), rel=1e-12)


def test_intervals_of_the_totals(sample: Customers, fits: dict[str, Fit], spend: Fit) -> None:
    counted = expected_purchases(fits["bg-nbd"], grouped(sample), HOLDOUT)
    worth = expected_spend(fits["bg-nbd"], spend, grouped(sample), HOLDOUT)
    assert counted.interval == pytest.approx((1535.5, 1780.4), rel=1e-3)
    assert worth.interval == pytest.approx((55531, 64681), rel=1e-3)


def scored(customers: Customers, fit: Fit, spend: Fit) -> Scores:
    scorer = Scorer(Prediction(fit.model, fit.parameters, spend.parameters, HOLDOUT))
    value = np.where(customers.x > 0, customers.m, np.nan)
    return scorer.scores(customers.x, days(customers.t_x), days(customers.T), value)


def days(weeks: FloatArray) -> FloatArray:
    return np.rint(weeks * 7)


def test_the_holdout_by_frequency(sample: Customers, fits: dict[str, Fit], spend: Fit) -> None:
    scores = scored(sample, fits["bg-nbd"], spend)
    rows = by_frequency(sample.x, scores.expected_purchases, sample.holdout_purchases)
    means = [(row.actual / row.customers, row.score / row.customers) for row in rows]
    np.testing.assert_allclose(
        means,
        np.transpose(
            [
                [0.2367, 0.6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594],
                [0.2251, 0.5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570],
            ]
        ),
        rtol=1e-4,
        atol=5e-5,
    )


def test_the_model_beside_the_past_carried_forward(sample: Customers, fits: dict[str, Fit], spend: Fit) -> None:
    purchases = scored(sample, fits["bg-nbd"], spend).expected_purchases
    model = outcomes(purchases, sample.holdout_purchases)
    past = outcomes(sample.x / sample.T * 39, sample.holdout_purchases)
    # From separate arithmetic on the same customers.
    error = purchases - sample.holdout_purchases
    assert accuracy(model).ratio == pytest.approx(1653.41 / 1882, rel=1e-4)
    assert accuracy(model).mean_absolute_error == pytest.approx(np.mean(np.abs(error)), rel=1e-12)
    assert accuracy(model).root_mean_square_error == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)
    # The model is closer, and names the best tenth better; over all customers the past ranks as well.
    assert (rounded(accuracy(model).mean_absolute_error), rounded(accuracy(past).mean_absolute_error)) == (
        0.785,
        1.024,
    )
    assert (rounded(ranking(model).best_tenth), rounded(ranking(past).best_tenth)) == (0.469, 0.459)
    assert (rounded(ranking(model).gini), rounded(ranking(past).gini)) == (0.662, 0.666)


@pytest.mark.parametrize(
    ("name", "parameters", "log_likelihood"),
    [
        ("bg-nbd", [0.25162, 4.78894, 0.72343, 2.16109], -95368.444),
        ("mbg-nbd", [0.63714, 7.31029, 0.80747, 1.22839], -95336.958),
        ("pareto-nbd", [0.59742, 11.58566, 0.52219, 8.82776], -95415.119),
    ],
)
def test_the_whole_base(whole: Customers, name: str, parameters: list[float], log_likelihood: float) -> None:
    assert len(whole.x) == 23_570
    assert_fit(fit_counts(MODELS[name], grouped(whole)), parameters, log_likelihood, 2e-5)


def test_spend_of_the_whole_base(whole: Customers) -> None:
    assert np.sum((whole.x > 0) & (whole.m > 0)) == 9450
    np.testing.assert_allclose(fit_spend(whole.x, whole.m).parameters, [6.27536, 3.62445, 14.98369], rtol=2e-6)
