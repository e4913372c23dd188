"""The two lists of customers: the best ones, and good ones who have probably left."""

from collections.abc import Callable, Sequence
from typing import Final

from sflydwh.output.predicted import share
from sflydwh.output.terminal import printable
from sflydwh.report.facts import Customer, Facts
from sflydwh.report.numbers import amount, count, percent, rounded
from sflydwh.report.parts import Section, Table

_ALIVE_DIGITS: Final = 2


def best(facts: Facts) -> Section:
    """The top customers by predicted LTV, or by spend without a prediction."""
    if not facts.best:
        return Section("best", "Nobody has bought yet", (f"{facts.no_prediction}.".capitalize(),))
    first, unit = facts.best[0], facts.currency
    name = printable(first.customer_id)
    first_column = "Spend" if facts.no_prediction else "Predicted" if first.predicted_ltv is not None else "Expected"
    table = _customers("The best customers", facts.best, unit, first_column)
    if facts.no_prediction:
        title = f"{name} has spent most: {amount(first.spend, unit)}"
        why = "There is no prediction, so customers are listed by what they have spent."
        return Section("best", title, (why,), table, notes=(facts.no_prediction,))
    weeks = count(facts.horizon_weeks, "week")
    if first.predicted_ltv is None:
        title = f"{name} is expected to buy most often: on {amount(first.expected_purchases or 0)} days in {weeks}"
    else:
        title = f"{name} is expected to be worth most: {amount(first.predicted_ltv, unit)} in {weeks}"
    text = (
        "P(alive) is the probability that a customer is still active. Expected purchases are days with a "
        f"purchase in the next {weeks}; predicted LTV (lifetime value) is the expected value of these purchases."
    )
    return Section("best", title, (text,), table)


def _customers(caption: str, customers: Sequence[Customer], unit: str, first: str) -> Table:
    """A row for each customer.

    Args:
        caption: what the list is.
        customers: in order.
        unit: the currency code of the amounts.
        first: the first column after the name, by which the list is sorted.
    """
    columns = {
        f"Predicted LTV ({unit})": [_or_nothing(each.predicted_ltv, amount) for each in customers],
        f"Spend ({unit})": [amount(each.spend) for each in customers],
        "P(alive)": [_or_nothing(each.p_alive, lambda value: percent(value, _ALIVE_DIGITS)) for each in customers],
        "Expected purchases": [_or_nothing(each.expected_purchases, share) for each in customers],
        "Last purchase": [each.last_purchase.isoformat() for each in customers],
        "Purchases": [f"{each.purchases:,}" for each in customers],
    }
    names = [name for name in sorted(columns, key=lambda name: not name.startswith(first)) if any(columns[name])]
    ids = [printable(each.customer_id) for each in customers]
    rows = zip(ids, *(columns[name] for name in names), strict=True)
    return Table(caption, ("Customer", *names), tuple(rows))


def _or_nothing(value: float | None, written: Callable[[float], str]) -> str:
    return "" if value is None else written(value)


def at_risk(facts: Facts) -> Section:
    """Good customers who have probably left."""
    found = facts.at_risk
    if found is None:
        text = "This list needs a prediction."
        return Section("at-risk", "Which good customers have left is not known yet", (text,))
    unit = facts.currency
    who = f"The best fifth of the purchasers have spent {rounded(float(found.least), unit)} or more each."
    if not found.customers:
        return Section("at-risk", "Probably none of the best customers has left", (who,))
    share_ = f"{count(found.customers, 'good customer')} {'has' if found.customers == 1 else 'have'} probably left"
    title = f"{share_}, after spending {rounded(float(found.spend), unit)}"
    text = (
        f"{who} For these, P(alive) is below 50 %: they have not bought for longer than their rhythm explains. Write "
        "to them first."
    )
    shown = len(found.listed)
    caption = "High value at risk" if shown == found.customers else f"High value at risk, the first {shown}"
    return Section("at-risk", title, (text,), _customers(caption, found.listed, unit, "Spend"))
