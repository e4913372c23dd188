"""Rule 9: SimpleLTV, as a customer's own value times a factor that all customers share.

The factor is positive, so the value alone ranks customers exactly, and nothing
is divided or rounded before the last step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pyspark.sql import Column

WEEKS_IN_YEAR: Final = 52


def visits_times_spend(visits: Column, spend: Column) -> Column:
    """The customer's part of ``52 x (visits x spend) x t``: spend per visit x visits per week.

    Args:
        visits: number of SITE_VISIT events.
        spend: US dollars.

    >>> df = spark.createDataFrame([(2, "21.20")], "visits bigint, spend string")
    >>> df.select(visits_times_spend(df.visits, df.spend.cast("decimal(38,4)"))).first()[0]
    Decimal('42.4000')
    """
    return (visits.cast("decimal(18,0)") * spend.cast("decimal(38,4)")).cast("decimal(38,4)")


def spend_alone(visits: Column, spend: Column) -> Column:  # noqa: ARG001
    """The customer's part of ``52 x (spend / visits x visits / weeks) x t``: visits cancel.

    >>> df = spark.createDataFrame([(0, "21.20")], "visits bigint, spend string")
    >>> df.select(spend_alone(df.visits, df.spend.cast("decimal(38,4)"))).first()[0]
    Decimal('21.2000')
    """
    return spend.cast("decimal(38,4)")


@dataclass(frozen=True)
class Formula:
    """One way to compute SimpleLTV.

    Attributes:
        name: what the command line calls it.
        value: the customer's part, of visits and spend (US dollars).
        factor: the part that all share, of the average customer lifespan t in
            years and the weeks of the data set's timeframe.
    """

    name: str
    value: Callable[[Column, Column], Column]
    factor: Callable[[Decimal, int], Fraction]


FORMULAS: Final = {
    formula.name: formula
    for formula in (
        Formula("simple", visits_times_spend, lambda t, _: WEEKS_IN_YEAR * Fraction(t)),
        Formula("weekly", spend_alone, lambda t, weeks: WEEKS_IN_YEAR * Fraction(t) / weeks),
    )
}
