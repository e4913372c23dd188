"""Sums of the largest amounts: to the cent what Python's decimals give, or a failed run."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.ltv import ranking
from tests.running import dat, event, run

CENT = Decimal("0.01")
LARGEST = "99999999999999.9999"

AMOUNTS = st.sampled_from([LARGEST, f"-{LARGEST}", "99999999999999", "0.0001", "-0.0001"]) | st.from_regex(
    r"-?[1-9][0-9]{13}\.[0-9]{4}", fullmatch=True, alphabet="-.0123456789"
)
# One block of equal orders each, so that a few draws make many events.
BLOCKS = st.tuples(st.sampled_from("ab"), AMOUNTS, st.integers(1, 3_000), st.integers(0, 3_000))


def moment(second: int) -> str:
    return f"2017-01-{second // 86400 + 1:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"


def log_of(blocks: list[tuple[str, str, int, int]]) -> list[str]:
    """Each block's orders and visits, all at times of their own."""
    lines, second = [], 0
    for customer, amount, orders, visits in blocks:
        for number in range(max(orders, visits)):
            second += 1
            if number < orders:
                lines.append(event("ORDER", customer, moment(second), total_amount=amount))
            if number < visits:
                lines.append(event("SITE_VISIT", customer, moment(second)))
    return lines


def decimal_answer(blocks: list[tuple[str, str, int, int]]) -> dict[str, list[str]]:
    """Visits, spend and SimpleLTV of each customer, as they are in the answer."""
    visits: defaultdict[str, int] = defaultdict(int)
    spend: defaultdict[str, Decimal] = defaultdict(Decimal)
    with localcontext(Context(prec=100, rounding=ROUND_HALF_UP)):
        for customer, amount, orders, visited in blocks:
            spend[customer] += Decimal(amount) * orders
            visits[customer] += visited
        return {
            name: [str(visits[name]), text(total), text(520 * visits[name] * total)] for name, total in spend.items()
        }


def text(amount: Decimal) -> str:
    rounded = str(amount.quantize(CENT))
    return "0.00" if rounded == "-0.00" else rounded


def fits(blocks: list[tuple[str, str, int, int]], limit: int) -> bool:
    """Whether the most visits times the largest spend stay below a limit."""
    visits: defaultdict[str, int] = defaultdict(int)
    spend: defaultdict[str, Decimal] = defaultdict(Decimal)
    for customer, amount, orders, visited in blocks:
        visits[customer] += visited
        spend[customer] += Decimal(amount) * orders
    return max(visits.values()) * max(map(abs, spend.values())) < limit


def check(engine: Engine, blocks: list[tuple[str, str, int, int]], limit: int) -> None:
    """The answer is exact; a failed run where a product could reach the limit."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_VALUE_LIMIT", limit)
        log = Path(folder, "log")
        log.write_text("\n".join(log_of(blocks)))
        if not fits(blocks, limit):
            with pytest.raises(RunError, match="the amounts are too large to be ranked exactly"):
                run(engine, [log], Path(folder) / "o")
            assert list(Path(folder, "o").iterdir()) == []
            return
        answer = dat(run(engine, [log], Path(folder) / "o"))
    found = {line.split(",")[0]: line.split(",")[1:4] for line in answer.decode().splitlines()[1:]}
    assert found == decimal_answer(blocks)


# No log of a size that can be read reaches the limit that there is; a lower one stands in for it.
LIMITS = st.sampled_from([10**34, 10**34, 10**19, 10**16])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(BLOCKS, min_size=1, max_size=4), LIMITS)
@example([("a", LARGEST, 3_000, 3_000)], 10**34)
@example([("a", LARGEST, 3_000, 3_000)], 9 * 10**20)
@example([("a", LARGEST, 3_000, 3_000)], 9 * 10**20 - 10**15)
@example([("a", LARGEST, 2_000, 1), ("a", f"-{LARGEST}", 2_000, 1), ("b", "0.0001", 1, 1)], 10**34)
def test_sums_of_large_amounts_are_exact_or_the_run_fails(
    sail_engine: Engine, blocks: list[tuple[str, str, int, int]], limit: int
) -> None:
    check(sail_engine, blocks, limit)


@pytest.mark.spark
@pytest.mark.parametrize("limit", [10**34, 10**20])
def test_a_sum_of_large_amounts_is_exact_or_the_run_fails_on_spark(spark_engine: Engine, limit: int) -> None:
    check(spark_engine, [("a", LARGEST, 2_000, 2_000), ("b", f"-{LARGEST}", 100, 7), ("b", "0.0001", 3, 0)], limit)
