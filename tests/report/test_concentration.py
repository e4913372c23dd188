"""How spend is spread, beside a count of customers one by one."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sflydwh.report.concentration import Concentration
from tests.report.pages import spenders

AMOUNTS = st.lists(st.integers(-5_000, 99_999).map(lambda cents: cents / 100), min_size=1, max_size=60)


@given(AMOUNTS)
def test_tenths_are_those_of_customers_in_a_row(amounts: list[float]) -> None:
    found = Concentration.of(spenders(*amounts))
    total = math.fsum(amounts)
    if total <= 0.001:
        return
    assert found
    # Each customer as ten tenths of a customer, so that every group is of whole ones; ties are equal anyway.
    parts = sorted((amount / 10 for amount in amounts for _ in range(10)), reverse=True)
    size = len(amounts)
    shares = [math.fsum(parts[at * size : (at + 1) * size]) / total for at in range(10)]
    assert all(math.isclose(*pair, abs_tol=1e-6) for pair in zip(found.tenths, shares, strict=True))
    assert found.lorenz[0] == (0.0, 0.0)
    assert math.isclose(found.lorenz[-1][1], 1.0)
    assert found.median == sorted(amounts)[(size - 1) // 2]


@given(AMOUNTS)
def test_every_customer_is_in_one_bin(amounts: list[float]) -> None:
    found = Concentration.of(spenders(*amounts))
    if found is None:
        return
    for low, high, customers in found.bins:
        inside = [amount for amount in amounts if (low is None or amount >= low) and (high is None or amount < high)]
        assert len(inside) == customers
    assert sum(customers for *_, customers in found.bins) == len(amounts)


def test_half_of_the_spend() -> None:
    found = Concentration.of(spenders(*[1.0] * 50, *[50.0] * 1))
    assert found
    assert math.isclose(found.half, 1 / 51)
