"""Customers over time: by the month of their first purchase, and by the days between two purchases."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sflydwh.report import charts
from sflydwh.report.facts import CohortMonth, Facts
from sflydwh.report.numbers import amount, count, month, percent
from sflydwh.report.parts import Figure, Section, Table

_WIDTHS: Final = (1, 7, 14, 28, 91, 182, 365)
_MOST_BINS: Final = 12
_X: Final = "months since the first purchase"
_Y: Final = "first purchase"


def cohorts(facts: Facts) -> Section:
    """Retention and cumulative spend of customers by the month of their first purchase."""
    newest = _last_whole_month(facts.as_of)
    found: dict[date, dict[int, CohortMonth]] = {}
    for each in facts.cohorts:
        if each.first <= newest:
            found.setdefault(each.first, {})[each.months] = each
    if not found:
        text = f"A cohort is all customers who first bought in one month; there is none yet up to {month(newest)}."
        return Section("cohorts", "There are no cohorts to follow yet", (text,))
    title = "Customers by the month of their first purchase"
    older = [cohort for first, cohort in found.items() if first < newest]
    if older:
        share = sum(cohort[1].buyers for cohort in older if 1 in cohort) / sum(cohort[0].buyers for cohort in older)
        title = f"{percent(share)} of new purchasers bought again in the month after"
    figures = [*_retention(found, newest), _cumulative(found, newest, facts.currency)]
    text = (
        "A cohort is all customers who first bought in the same month. The first chart shows how many bought in each "
        "later month, the second how much a customer of the cohort has spent by then, net of refunds."
    )
    return Section(
        "cohorts", title, (text,), figures=tuple(figures), notes=(f"The last complete month is {month(newest)}.",)
    )


def _last_whole_month(as_of: date) -> date:
    """The first day of the last complete month."""
    is_over = as_of == date.max or (as_of + timedelta(days=1)).month != as_of.month
    this = as_of.replace(day=1)
    return this if is_over or this == date.min else (this - timedelta(days=1)).replace(day=1)


def _since(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _retention(found: dict[date, dict[int, CohortMonth]], newest: date) -> Iterator[Figure]:
    """The retention chart, unless no cohort has a second month."""
    legend = "share of the cohort"
    values = {
        (first, at): (cohort[at].buyers if at in cohort else 0) / cohort[0].buyers
        for first, cohort in found.items()
        for at in range(1, _since(first, newest) + 1)
    }
    if not values:
        return
    said = f"from {percent(min(values.values()))} to {percent(max(values.values()))}"
    written = {at: percent(value, 1) for at, value in values.items()}
    svg = charts.cells(
        [{_X: at, _Y: month(first), legend: value} for (first, at), value in values.items()], legend, ".0%"
    )
    yield _figure(
        "Purchasers who bought again, by months since the first purchase", svg, said, _table(found, newest, written)
    )


def _cumulative(found: dict[date, dict[int, CohortMonth]], newest: date, unit: str) -> Figure:
    legend = f"spend per customer ({unit})"
    values = {}
    for first, cohort in found.items():
        total = Decimal(0)
        for at in range(_since(first, newest) + 1):
            total += cohort[at].spend if at in cohort else 0
            values[first, at] = total / cohort[0].buyers
    said = f"from {amount(min(values.values()), unit)} to {amount(max(values.values()), unit)}"
    rows = [{_X: at, _Y: month(first), legend: float(value)} for (first, at), value in values.items()]
    written = {at: amount(value) for at, value in values.items()}
    svg = charts.cells(rows, legend, ",.0f")
    return _figure("Spend per customer, by months since the first purchase", svg, said, _table(found, newest, written))


def _figure(title: str, svg: str, said: str, cells: tuple[tuple[str, ...], ...]) -> Figure:
    heads = ("First purchase", "Customers", *(f"Month {at}" for at in range(len(cells[0]) - 2)))
    return Figure(title, svg, f"Coloured cells, {said}; the table below has each.", Table(title, heads, cells))


def _table(
    found: dict[date, dict[int, CohortMonth]], newest: date, written: dict[tuple[date, int], str]
) -> tuple[tuple[str, ...], ...]:
    columns = range(_since(min(found), newest) + 1)
    return tuple(
        (month(first), f"{cohort[0].buyers:,}", *(written.get((first, at), "") for at in columns))
        for first, cohort in found.items()
    )


def gaps(facts: Facts) -> Section:
    """How long customers take to come back."""
    pairs = sum(number for _, number in facts.gaps)
    if not pairs:
        return Section("gaps", "Nobody has bought a second time yet", ("This chart needs repeat purchases.",))
    seen = 0
    median = facts.gaps[-1][0]
    for gap, number in facts.gaps:
        seen += number
        if 2 * seen >= pairs:
            median = gap
            break
    within = count(median, "day")
    width = next((each for each in _WIDTHS if _within(facts.gaps, pairs) <= each * _MOST_BINS), _WIDTHS[-1])
    counts = [0] * (_MOST_BINS + 1)
    for gap, number in facts.gaps:
        counts[min((gap - 1) // width, _MOST_BINS)] += number
    names = [str(at + 1) if width == 1 else f"{at * width + 1}–{(at + 1) * width}" for at in range(_MOST_BINS)]
    names.append(f"{_MOST_BINS * width + 1}+")
    last = max(at for at, number in enumerate(counts) if number)
    x, y = "days since the previous purchase", "purchases"
    rows = [{x: name, y: number} for name, number in zip(names[: last + 1], counts, strict=False)]
    cells = tuple(
        (name, f"{number:,}", percent(number / pairs, 1))
        for name, number in zip(names[: last + 1], counts, strict=False)
    )
    figure = Figure(
        "Repeat purchases by days since the previous one",
        charts.row_bars(rows, x, y),
        f"Bars: {count(pairs, 'repeat purchase')} by days since the previous one; half come within {within}.",
        Table("Days between purchases", ("Days", "Purchases", "Share"), cells),
    )
    text = "A reminder works best a little later than customers would come back by themselves."
    return Section(
        "gaps", f"Half of the repeat purchases come within {count(median, 'day')}", (text,), figures=(figure,)
    )


def _within(gaps: Sequence[tuple[int, int]], pairs: int) -> int:
    """The number of days within which nine of ten repeat purchases come."""
    seen = 0
    for gap, number in gaps:
        seen += number
        if 10 * seen >= 9 * pairs:
            return gap
    return gaps[-1][0]
