"""The page as one self-contained HTML text."""

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from sflydwh.report.backtest import backtest
from sflydwh.report.cohorts import cohorts, gaps
from sflydwh.report.concentration import Concentration
from sflydwh.report.customers import at_risk, best
from sflydwh.report.facts import Expected, Facts
from sflydwh.report.numbers import amount, count, day, percent
from sflydwh.report.parts import Section
from sflydwh.report.quality import quality
from sflydwh.report.spend import segments, spend, value

# Below the headline, in order.
_PARTS: Final[tuple[Callable[[Facts], Section], ...]] = (
    best,
    value,
    segments,
    cohorts,
    backtest,
    spend,
    at_risk,
    gaps,
    quality,
)


def page(facts: Facts) -> str:
    """The page, without the line break at its end."""
    folder = files("sflydwh.report")
    style = (folder / "page.css").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "page.html.jinja").read_text("utf-8"))
    return template.render(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii"),
        title=f"Which customers are worth most, as of {day(facts.as_of)}",
        subtitle=_subtitle(facts),
        doubts=facts.doubts,
        tiles=_tiles(facts),
        sections=[part(facts) for part in _PARTS],
    )


def _subtitle(facts: Facts) -> str:
    ahead = "" if facts.no_prediction else f" Predictions look {count(facts.horizon_weeks, 'week')} ahead."
    return f"Events up to {day(facts.as_of)} are counted. Amounts are in {facts.currency}.{ahead}"


def _tiles(facts: Facts) -> list[tuple[str, str, str]]:
    """The tiles of the headline: a name, a number and a note each."""
    head, unit = facts.headline, facts.currency
    tiles = [("Customers", f"{head.customers:,}", "")]
    if not head.purchasers:
        return [*tiles, ("Purchasers", "0", "nobody has bought yet")]
    found = Concentration.of(facts.spenders)
    when = f"in the next {count(facts.horizon_weeks, 'week')}"
    mean = amount(head.spend / head.purchases, unit) if head.purchases else ""
    return [
        *tiles,
        ("Purchasers", f"{head.purchasers:,}", f"{percent(head.purchasers / max(head.customers, 1), 1)} of all"),
        (
            "Repeat rate",
            percent(head.repeat_purchasers / head.purchasers, 1),
            f"{count(head.repeat_purchasers, 'purchaser')} bought on two days or more",
        ),
        ("Average purchase", mean, f"over {count(head.purchases, 'day')} with a purchase"),
        ("Spend to date", amount(head.spend, unit), "net of refunds"),
        ("Predicted spend", *_expected(head.expected_spend, unit, when)),
        ("Expected purchases", *_expected(head.expected_purchases, "", when)),
        ("Best tenth", percent(found.tenths[0], 1) if found else "–", "of spend comes from a tenth of purchasers"),
    ]


def _expected(found: Expected | None, unit: str, when: str) -> tuple[str, str]:
    if found is None:
        return "–", "no prediction"
    if found.interval is None:
        return amount(found.value, unit), when
    low, high = (amount(edge) for edge in found.interval)
    return amount(found.value, unit), f"{when}; 90 % interval {low} to {high}"
