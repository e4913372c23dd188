"""The distribution of spend: over tenths of the purchasers, by amount, and over segments."""

from sflydwh.report import charts
from sflydwh.report.concentration import Concentration
from sflydwh.report.facts import Facts
from sflydwh.report.numbers import amount, listed, percent, rounded
from sflydwh.report.parts import Figure, Section, Table
from sflydwh.report.segments import MEANINGS


def value(facts: Facts) -> Section:
    """Tenths of the purchasers, and the Lorenz curve."""
    found = Concentration.of(facts.spenders)
    if found is None:
        return Section(
            "value", "There is no spend to divide among customers yet", ("Nobody has spent more than was refunded.",)
        )
    tenths = found.tenths
    title = f"The best tenth of purchasers brought {percent(tenths[0])} of spend"
    x, y = "tenth of purchasers, the best first", "share of spend"
    rows = [{x: str(at), y: part} for at, part in enumerate(tenths, 1)]
    svg = charts.bars(rows, x, y, ".0%")
    cells = tuple((str(at), percent(part, 1)) for at, part in enumerate(tenths, 1))
    said = f"Bars: share of spend by tenth of purchasers, {listed([percent(part) for part in tenths])}."
    by_tenth = Figure(
        "Share of spend by tenth of purchasers", svg, said, Table("Share of spend", ("Tenth", "Share of spend"), cells)
    )
    curve = found.lorenz
    x, y = "purchasers, lowest spend first", "share of spend"
    points = [{x: across, y: up} for across, up in curve]
    half = percent(found.half)
    cells = tuple((percent(across), percent(up, 1)) for across, up in curve[::2])
    lorenz = Figure(
        f"Half of spend comes from {half} of purchasers",
        charts.curve(points, x, y),
        f"Lorenz curve of spend, far below the diagonal of equal spend: half of it comes from the best {half}.",
        Table("Lorenz curve", ("Purchasers, lowest spend first", "Their share of spend"), cells),
    )
    text = "Purchasers are sorted by spend to date and divided into ten groups of equal size."
    note = "The dashed line shows equal spend by all purchasers."
    return Section("value", title, (text,), figures=(by_tenth, lorenz), notes=(note,))


def segments(facts: Facts) -> Section:
    """Segments with size, spend, and what to do about each."""
    if not facts.segments:
        return Section("segments", "There are no segments yet", ("Segments need purchases.",))
    unit = facts.currency
    spend = sum(each.spend for each in facts.segments)
    buyers = [each for each in facts.segments if each.name != "visitors"]
    purchasers = sum(each.customers for each in buyers)
    top = buyers[0]
    of_spend = f" and brought {percent(float(top.spend / spend))} of spend" if spend > 0 else ""
    title = f"{percent(top.customers / purchasers)} of purchasers are {top.name}{of_spend}"
    text = (
        "Each purchaser gets scores from 1 to 5 for how recently, how often and for how much they bought, compared "
        "with the others; the segment follows from the three."
    )
    heads = ("Segment", "Customers", f"Spend ({unit})", f"Predicted LTV ({unit})", "Who they are", "What to do")
    rows = tuple(
        (
            each.name,
            f"{each.customers:,}",
            amount(each.spend),
            "" if each.predicted is None else amount(each.predicted),
            *MEANINGS[each.name],
        )
        for each in facts.segments
    )
    table = Table("Segments", heads, rows)
    shares = [
        (each.name, each.customers / purchasers, float(each.spend / spend) if spend > 0 else 0.0) for each in buyers
    ]
    bars = [
        {"segment": name, "share": value, "of": of}
        for name, *values in shares
        for of, value in zip(("share of purchasers", "share of spend"), values, strict=True)
    ]
    said = listed(
        [f"{name} {percent(people)} of purchasers and {percent(worth)} of spend" for name, people, worth in shares]
    )
    cells = tuple((name, percent(people, 1), percent(worth, 1)) for name, people, worth in shares)
    figure = Figure(
        "Segments by size and by spend",
        charts.paired_rows(bars, "segment", "share", "of", ".0%"),
        f"Bars: {said}.",
        Table("Shares", ("Segment", "Of purchasers", "Of spend"), cells),
    )
    return Section("segments", title, (text,), table, (figure,))


def spend(facts: Facts) -> Section:
    """The distribution of spend."""
    found = Concentration.of(facts.spenders)
    bins = found.bins if found else ()
    if not bins:
        return Section("spend", "There is no spend to show yet", ("Nobody has spent more than was refunded.",))
    unit = facts.currency
    title = f"Half of the purchasers have spent less than {rounded(found.median if found else 0, unit)}"
    names = [_bin_name(low, high) for low, high, _ in bins]
    x, y = f"spend ({unit})", "customers"
    rows = [{x: name, y: customers} for name, (_, _, customers) in zip(names, bins, strict=True)]
    total = sum(customers for *_, customers in bins)
    cells = tuple(
        (name, f"{customers:,}", percent(customers / total, 1))
        for name, (_, _, customers) in zip(names, bins, strict=True)
    )
    largest = max(range(len(bins)), key=lambda at: bins[at][2])
    figure = Figure(
        "Purchasers by spend",
        charts.row_bars(rows, x, y),
        f"Bars: customers by spend; most, {cells[largest][1]}, have spent {names[largest]} {unit}.",
        Table("Purchasers by spend", (f"Spend ({unit})", "Customers", "Share"), cells),
    )
    return Section("spend", title, figures=(figure,), notes=("Spend is net of refunds.",))


def _bin_name(low: float | None, high: float | None) -> str:
    if low is None:
        return "below 0"
    if high is None:
        return f"{low:,g}+"
    return f"{low:,g}–{high:,g}"
