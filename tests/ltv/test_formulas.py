"""SimpleLTV as exact decimals on both engines."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

from chispa import assert_df_equality
from hypothesis import given
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.ltv import FORMULAS
from tests.events import a_few

LARGEST = Decimal("999999999999999999999999999999.9999")


def assert_values(engine: Engine, name: str, rows: list[tuple[int, Decimal, Decimal]]) -> None:
    schema = "visits bigint, spend decimal(38,4)"
    frame = engine.session.createDataFrame([row[:2] for row in rows], schema)
    assert_df_equality(
        frame.withColumn("value", FORMULAS[name].value(frame.visits, frame.spend)),
        engine.session.createDataFrame(rows, f"{schema}, value decimal(38,4)"),
        ignore_nullable=True,
    )


def test_simple_is_visits_times_spend(engine: Engine) -> None:
    rows: list[tuple[int, str, str]] = [
        (2, "21.2", "42.4"),
        (0, "5", "0"),
        (3, "-0.0001", "-0.0003"),
        (7, "0", "0"),
        (10**4, str(LARGEST), "9" * 34),
    ]
    assert_values(engine, "simple", [(visits, Decimal(spend), Decimal(value)) for visits, spend, value in rows])


def test_weekly_is_the_spend_whatever_the_visits(engine: Engine) -> None:
    rows = [(2, Decimal("21.2")), (0, Decimal(5)), (3, Decimal("-0.0001")), (1, LARGEST)]
    assert_values(engine, "weekly", [(visits, spend, spend) for visits, spend in rows])


SPEND = st.decimals(-(10**20), 10**20, places=4)


@a_few
@given(st.lists(st.tuples(st.integers(0, 10**9), SPEND), min_size=50, max_size=50))
def test_no_digit_is_lost(engine: Engine, rows: list[tuple[int, Decimal]]) -> None:
    with localcontext(Context(prec=60)):
        exact = [(visits, spend, visits * spend) for visits, spend in rows]
    assert_values(engine, "simple", exact)


def test_the_factor_of_simple_is_52_weeks_times_the_lifespan() -> None:
    assert FORMULAS["simple"].factor(Decimal(10), 3) == 520
    assert FORMULAS["simple"].factor(Decimal("2.5"), 1) == 130


def test_the_factor_of_weekly_is_spread_over_the_weeks() -> None:
    assert FORMULAS["weekly"].factor(Decimal(10), 1) == 520
    assert FORMULAS["weekly"].factor(Decimal("0.1"), 7) == Fraction(52, 70)
