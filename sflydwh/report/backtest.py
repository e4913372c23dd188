"""How accurate predictions have been on this shop's own past."""

from collections.abc import Iterator
from typing import Final

from sflydwh.output.predicted import share
from sflydwh.predict.methods import MODEL, PAST
from sflydwh.report import charts
from sflydwh.report.facts import Backtest, Facts
from sflydwh.report.numbers import amount, count, day, listed, percent
from sflydwh.report.parts import Figure, Section, Table

# Names for use within a sentence.
_NAMES: Final = {MODEL: "the model", PAST: "the past rate"}


def backtest(facts: Facts) -> Section:
    """The backtest, or the reason why there is none."""
    found = facts.backtest
    name = "How accurate such predictions have been"
    if found is None:
        text = "Predictions are tested on the shop's own past if that is long enough."
        return Section("backtest", f"{name} is not known yet", (text,), notes=(facts.no_backtest or "",))
    unit = facts.currency
    model = next((each for each in found.methods if each.name == MODEL), None)
    weeks = f"the {count(found.weeks, 'week')} to {day(found.last)}"
    title = name
    if model and model.purchases is not None and found.purchases:
        title = (
            f"A prediction made on {day(found.calibrated)} would have been "
            f"{percent(model.purchases / found.purchases)} of the actual purchases"
        )
    text = (
        f"The same prediction was made as of {day(found.calibrated)}, without any later event, and compared with "
        f"the actual figures of {weeks}: {count(found.purchases, 'purchase')} and {amount(found.spend, unit)}."
    )
    heads = ("Method", "Purchases", f"Spend ({unit})", "Spend of its top tenth")
    actual = ("actual", f"{found.purchases:,}", amount(found.spend), "")
    rows = [
        (
            each.name,
            "" if each.purchases is None else amount(each.purchases),
            "" if each.spend is None else amount(each.spend),
            "" if each.best_tenth is None else percent(each.best_tenth, 1),
        )
        for each in found.methods
    ]
    table = Table("Methods and actual figures", heads, (actual, *rows))
    note = "The past rate carries each customer's past purchases forward; SimpleLTV and spend to date only rank."
    figures = [*_tenths_figure(facts), *_frequency_figure(facts)]
    return Section("backtest", title, (text, *_ranking(found)), table, tuple(figures), (note, *found.warnings))


def _ranking(found: Backtest) -> Iterator[str]:
    """Which method predicted best who would spend most."""
    shares = [
        (each.best_tenth, _NAMES.get(each.name, each.name)) for each in found.methods if each.best_tenth is not None
    ]
    if not shares:
        return
    best, name = max(shares, key=lambda pair: pair[0])
    others = listed([f"{percent(value, 1)} by {other}" for value, other in shares if other != name])
    yield (
        f"{name[0].upper()}{name[1:]} predicted best who would spend most: its top tenth of customers "
        f"brought {percent(best, 1)} of the later spend, compared with {others}."
    )


def _tenths_figure(facts: Facts) -> Iterator[Figure]:
    found = facts.backtest
    if found is None or found.spend <= 0:
        return
    x, y = "tenth of each ranking, the best first", "share of later spend"
    rows: list[charts.Row] = [
        {x: str(at), y: part / found.spend, "method": each.name}
        for each in found.methods
        for at, part in enumerate(each.tenths, 1)
    ]
    best = listed([f"{each.name} {percent(each.tenths[0] / found.spend)}" for each in found.methods])
    cells = tuple(
        (str(at), *(percent(each.tenths[at - 1] / found.spend, 1) for each in found.methods)) for at in range(1, 11)
    )
    yield Figure(
        "Later spend, by tenth of each ranking",
        charts.lines(rows, x, y, "method", ".0%"),
        f"Lines: share of later spend by tenth of each method's ranking. The best tenth of each: {best}.",
        Table("Share of later spend", ("Tenth", *(each.name for each in found.methods)), cells),
    )


def _frequency_figure(facts: Facts) -> Iterator[Figure]:
    found = facts.backtest
    if found is None or not any(each.foreseen is not None for each in found.by_frequency):
        return
    x, y = "repeat purchases before the test", "purchases per customer"
    rows: list[charts.Row] = []
    cells = []
    for each in found.by_frequency:
        values = (each.came / each.customers, (each.foreseen or 0) / each.customers)
        rows += [{x: each.name, y: value, "of": of} for of, value in zip(("actual", "predicted"), values, strict=True)]
        cells.append((each.name, f"{each.customers:,}", *(share(value) for value in values)))
    yield Figure(
        "Purchases per customer, actual and predicted",
        charts.paired_bars(rows, x, y, "of", "~g"),
        "Paired bars: actual and predicted purchases per customer, by number of repeat purchases before the test.",
        Table("Purchases per customer", ("Repeat purchases before", "Customers", "Actual", "Predicted"), tuple(cells)),
    )
