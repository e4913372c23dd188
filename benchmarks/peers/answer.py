"""What all peers share: their arguments, and the form of the answer."""

import sys
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

HEADER = "Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration"
LTV_FACTOR = 52 * 10
DAYS_IN_WEEK = 7
_CENT = Decimal("0.01")


class Task(NamedTuple):
    """What a peer is asked for.

    Attributes:
        top: how many customers.
        events: path of the log.
        out: path of the answer.
        form: `lines`, or `array` with an event a line.
    """

    top: int
    events: str
    out: str
    form: str


class Ranked(NamedTuple):
    """One customer of the answer.

    Attributes:
        customer_id: the id.
        visits: number of site visits.
        spend: US dollars, exact.
        first: day of the first event that the duration is taken from.
        last: day of the last one.
    """

    customer_id: str
    visits: int
    spend: Decimal
    first: date
    last: date


def task() -> Task:
    """What the command line asks for."""
    top, events, out, form = sys.argv[1:]
    return Task(int(top), events, out, form)


def write_answer(best_first: Iterable[Ranked], out: str) -> None:
    """Write the lines of the .dat, the best customer last."""
    rows = [_line(customer) for customer in best_first]
    Path(out).write_text("\n".join([HEADER, *reversed(rows), ""]), "utf-8")


def weeks_between(first: date, last: date) -> int:
    """Weeks from the Monday of one day to that of another, at least 1.

    >>> weeks_between(date(2017, 1, 8), date(2017, 1, 9)), weeks_between(date(2017, 1, 2), date(2017, 1, 22))
    (1, 2)
    """
    return max(1, (_monday(last) - _monday(first)).days // DAYS_IN_WEEK)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _line(customer: Ranked) -> str:
    weeks = weeks_between(customer.first, customer.last)
    ltv = LTV_FACTOR * customer.visits * customer.spend
    duration = "1week" if weeks == 1 else f"{weeks}weeks"
    return f"{customer.customer_id},{customer.visits},{_money(customer.spend)},{_money(ltv)},{duration}"


def _money(amount: Decimal) -> str:
    return str(amount.quantize(_CENT, ROUND_HALF_UP))
