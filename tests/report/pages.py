"""Facts as a run gives them, made by hand, and what is read off their page."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sflydwh.report.facts import (
    SPEND_EDGES,
    AtRisk,
    Backtest,
    CohortMonth,
    Customer,
    Expected,
    Facts,
    Frequency,
    Headline,
    Method,
    Quality,
    Segment,
    Spenders,
)


def customer(name: str, spend: str = "120.50", p_alive: float | None = 0.9, **more: Any) -> Customer:
    return replace(
        Customer(name, 3, date(2017, 12, 1), Decimal(spend), p_alive, p_alive and 2.5, p_alive and 100.25), **more
    )


def spenders(*amounts: float) -> tuple[Spenders, ...]:
    """A customer for each amount, below 1,000 and with two decimals: nothing is rounded."""
    counts = {amount: amounts.count(amount) for amount in sorted(set(amounts))}
    return tuple(
        Spenders(amount, number, amount * number, sum(edge <= amount for edge in SPEND_EDGES), Decimal(str(amount)))
        for amount, number in counts.items()
    )


QUALITY = Quality(
    "sfly", "time", None, 1_000, 990, 10, {"malformed_json": 7, "missing_type": 3}, 5, 0, {}, 0, 0, ("a warning",)
)
BACKTEST = Backtest(
    date(2017, 6, 30),
    date(2017, 12, 31),
    26,
    1_000,
    50_000.0,
    (
        Method("model", 950.0, 48_000.0, 0.55, (27_500.0, *[2_500.0] * 9)),
        Method("past rate", 1_900.0, 99_000.0, 0.4, (20_000.0, *[3_333.0] * 9)),
        Method("SimpleLTV", None, None, 0.3, (15_000.0, *[3_888.0] * 9)),
    ),
    (Frequency("0", 300, 100.0, 90.0), Frequency("7+", 20, 300.0, 310.0)),
    "model ranked best",
    (),
)
FACTS = Facts(
    date(2017, 12, 31),
    "EUR",
    52,
    Headline(
        1_500, 1_000, 400, 2_600, Decimal("123456.78"), Expected(1234.5, (1200.0, 1300.0)), Expected(9999.99, None)
    ),
    (customer("anna"), customer("bert", "80.00")),
    spenders(*[10.0] * 5, *[20.0] * 4, 150.0),
    (
        Segment("champions", 100, Decimal(60000), 5_000.0),
        Segment("lost", 900, Decimal("63456.78"), 10.0),
        Segment("visitors", 500, Decimal(0), None),
    ),
    (
        CohortMonth(date(2017, 10, 1), 0, 50, Decimal(1_000)),
        CohortMonth(date(2017, 10, 1), 1, 10, Decimal(300)),
        CohortMonth(date(2017, 11, 1), 0, 40, Decimal(800)),
        CohortMonth(date(2017, 11, 1), 1, 20, Decimal(200)),
        CohortMonth(date(2017, 12, 1), 0, 30, Decimal(600)),
    ),
    BACKTEST,
    AtRisk(2, Decimal(5_000), Decimal(150), (customer("gone", "3000", 0.1), customer("away", "2000", 0.2))),
    ((1, 10), (5, 10), (40, 15), (700, 5)),
    QUALITY,
)
EMPTY = Facts(
    date(2017, 12, 31),
    "EUR",
    52,
    Headline(5),
    (),
    (),
    (),
    (),
    None,
    None,
    (),
    QUALITY,
    no_prediction="no customer has a purchase day up to 2017-12-31",
    no_backtest="no customer has a purchase day up to 2017-12-31",
)


def titles(html: str) -> list[str]:
    """The titles of the parts, in order."""
    return re.findall(r"<h2 [^>]*>([^<]*)</h2>", html)


def table(html: str, caption: str) -> list[list[str]]:
    """The cells of a table, heads first."""
    [found] = re.findall(rf'aria-label="{re.escape(caption)}">\s*<table>(.*?)</table>', html, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in rows]
