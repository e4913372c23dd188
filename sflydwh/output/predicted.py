"""Predictions as text: the lines of their .dat file, and a table for the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from sflydwh.output.dat import money, quoted
from sflydwh.output.terminal import aligned, printable

HEADER: Final = "Customer_Id,Purchases,Last_Purchase,Spend,Mean_Purchase,P_Alive,Expected_Purchases,Predicted_LTV"
_MOST_ROWS: Final = 10


class PredictedCustomer(NamedTuple):
    """One customer of the answer.

    Attributes:
        customer_id: the id.
        purchases: number of purchase days.
        last_purchase: the last purchase day.
        spend: net spend up to the day of the prediction.
        p_alive: probability of still being a customer.
        expected_purchases: expected purchase days within the horizon.
        predicted_ltv: the expected value of these; None without a spend model.
    """

    customer_id: str
    purchases: int
    last_purchase: date
    spend: Decimal
    p_alive: float
    expected_purchases: float
    predicted_ltv: float | None

    @property
    def mean_purchase(self) -> str:
        """Spend per purchase day, as text."""
        return money(self.spend / self.purchases)


def predicted_lines(best_first: Iterable[PredictedCustomer]) -> Iterator[str]:
    """The lines of the .dat file, header first and the best customer last."""
    yield HEADER
    for customer in reversed(list(best_first)):
        yield ",".join((quoted(customer.customer_id), *_cells(customer)))


def predicted_table(best_first: Sequence[PredictedCustomer], currency: str) -> str:
    """A table of the ten best customers, safe in a terminal."""
    heads = ("last", f"spend ({currency})", "mean", "alive", "expected", "predicted LTV")
    rows: list[tuple[str, ...]] = [("", "customer", "purchases", *heads)]
    for rank, customer in enumerate(best_first[:_MOST_ROWS], 1):
        rows.append((str(rank), printable(customer.customer_id), *_cells(customer)))
    more = len(best_first) - _MOST_ROWS
    return "\n".join([*aligned(rows), *[f"... and {more} more"] * (more > 0)])


def _cells(customer: PredictedCustomer) -> tuple[str, ...]:
    return (
        str(customer.purchases),
        customer.last_purchase.isoformat(),
        money(customer.spend),
        customer.mean_purchase,
        share(customer.p_alive),
        share(customer.expected_purchases),
        "" if customer.predicted_ltv is None else money(_decimal(customer.predicted_ltv)),
    )


def share(value: float) -> str:
    """A number with 4 decimals, from 9 significant digits, rounded half away from zero.

    >>> share(0.99995), share(1.0)
    ('1.0000', '1.0000')
    """
    return str(_decimal(value).quantize(Decimal("0.0001"), "ROUND_HALF_UP"))


def _decimal(value: float) -> Decimal:
    """Rounded to 9 significant digits, which agree between machines."""
    return Decimal(f"{value:.9g}")
