"""The answer as a table that is safe to print on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sflydwh.output.dat import duration, money

if TYPE_CHECKING:
    from sflydwh.ltv import RankedCustomer

_CURRENCY: Final = "USD"
_MOST_ROWS: Final = 25
_LONGEST_ID: Final = 60


def table(best_first: "Sequence[RankedCustomer]", currency: str = _CURRENCY) -> str:
    """A table of the best customers; a long ranking is cut.

    Control characters are escaped, so that an id cannot control the terminal.

    Args:
        best_first: the customers.
        currency: the currency code of the amounts; shown unless it is USD.
    """
    spend = "spend" if currency == _CURRENCY else f"spend ({currency})"
    rows = [("", "customer", "visits", spend, "SimpleLTV", "duration")]
    for rank, customer in enumerate(best_first[:_MOST_ROWS], 1):
        rows.append(
            (
                str(rank),
                printable(customer.customer_id),
                str(customer.visits),
                money(customer.spend),
                money(customer.simple_ltv),
                duration(customer.duration),
            )
        )
    lines = aligned(rows)
    more = len(best_first) - _MOST_ROWS
    return "\n".join(lines + [f"... and {more} more"] * (more > 0))


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines; the second column is left-aligned, all others are right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def printable(text: str, width: int = _LONGEST_ID) -> str:
    """A text with control characters escaped, truncated to a width.

    >>> printable("a\\x1b[31m\\u202e")
    'a\\\\x1b[31m\\\\u202e'
    """
    shown = "".join(char if char.isprintable() else _escape(char) for char in text)
    return shown if len(shown) <= width else shown[: width - 3] + "..."


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column == 1 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
