"""The lines of the .dat file."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sflydwh.ltv import RankedCustomer


HEADER: Final = "Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration"

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_NEEDS_QUOTES: Final = frozenset(',"\r\n')


def money(amount: Decimal | Fraction) -> str:
    """An amount with two decimals, rounded half away from zero, never ``-0.00``.

    >>> money(Decimal("2.005")), money(Decimal("-2.005")), money(Decimal("-0.004"))
    ('2.01', '-2.01', '0.00')
    """
    exact = Fraction(amount)
    cents = (abs(exact.numerator) * 200 + exact.denominator) // (2 * exact.denominator)
    sign = "-" if exact < 0 and cents else ""
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def duration(weeks: int) -> str:
    """A number of weeks in words.

    >>> duration(1), duration(17)
    ('1week', '17weeks')
    """
    return "1week" if weeks == 1 else f"{weeks}weeks"


def dat_lines(best_first: "Iterable[RankedCustomer]") -> Iterator[str]:
    """The lines of the .dat file, header first and the best customer last."""
    yield HEADER
    for customer in reversed(list(best_first)):
        yield ",".join(
            (
                quoted(customer.customer_id),
                str(customer.visits),
                money(customer.spend),
                money(customer.simple_ltv),
                duration(customer.duration),
            )
        )


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a value as a formula.

    >>> is_formula("=1+1"), is_formula("a=1")
    (True, False)
    """
    return text.startswith(_FORMULA_STARTS)


def quoted(text: str) -> str:
    """A value, quoted as in RFC 4180 if necessary."""
    if _NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
