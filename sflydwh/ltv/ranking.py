"""Rules 8 to 10: the customers that are worth most."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sflydwh.errors import RunError
from sflydwh.ltv.account import Account
from sflydwh.ltv.formulas import FORMULAS
from sflydwh.ltv.weeks import duration_weeks, week_of

# What an engine takes for a limit, and more customers than a driver can hold.
_MOST_ROWS: Final = 2**31 - 1
# A value has at most 38 digits, 4 of them after the point.
_VALUE_LIMIT: Final = 10**34


class RankedCustomer(NamedTuple):
    """One customer of the answer.

    Attributes:
        customer_id: the id.
        visits: number of site visits.
        spend: US dollars, exact.
        simple_ltv: US dollars, exact, not rounded yet.
        duration: weeks, at least 1.
    """

    customer_id: str
    visits: int
    spend: Decimal
    simple_ltv: Fraction
    duration: int


def ranked(ledger: DataFrame, top: int, formula: str, week_start: str) -> DataFrame:
    """The top customers, the best first: by exact value, then by the bytes of the id.

    Args:
        ledger: the ledger of a run.
        top: how many at most.
        formula: a name in `FORMULAS`.
        week_start: `monday` or `sunday`, for the duration.

    Returns:
        Rows of `customer_id`, `visits`, `spend`, `value`, `first_week` and
        `last_week`; the weeks are those of the CUSTOMER events, or of all
        events of a customer without one.
    """
    week = week_of(week_start)
    first = F.coalesce("first_customer_time", "first_other_time")
    last = F.coalesce("last_customer_time", "last_other_time")
    value = FORMULAS[formula].value(F.col("visits"), F.col("spend"))
    return (
        ledger.where(F.col("customer_id").isNotNull())
        .select(
            "customer_id",
            "visits",
            "spend",
            value.alias("value"),
            week(first).alias("first_week"),
            week(last).alias("last_week"),
        )
        .orderBy(F.col("value").desc(), F.col("customer_id").asc())
        .limit(min(top, _MOST_ROWS))
    )


def check_values_fit(account: Account) -> None:
    """Fail where a customer's value could have more digits than an engine keeps.

    Raises:
        RunError: visits times spend may reach 10^34.
    """
    if account.largest_visits * account.largest_spend >= _VALUE_LIMIT:
        raise RunError(
            f"the amounts are too large to be ranked exactly: {account.largest_visits} visits and "
            f"a spend of {account.largest_spend} USD, their product must stay below 10^34"
        )


def customers(ranking: DataFrame, factor: Fraction) -> Iterator[RankedCustomer]:
    """The rows of a ranking, each with its SimpleLTV.

    Args:
        ranking: what `ranked` gives.
        factor: the part of the formula that all customers share.
    """
    for batch in ranking.toArrow().to_batches():
        for row in batch.to_pylist():
            duration = duration_weeks(row["first_week"], row["last_week"])
            ltv = Fraction(row["value"]) * factor
            yield RankedCustomer(row["customer_id"], row["visits"], row["spend"], ltv, duration)
