"""Backtest methods compared with the actual figures: sums and ranks from grouped counts, as text and JSON."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pyspark.sql import functions as F

from sflydwh.output.terminal import aligned
from sflydwh.predict.measures import Accuracy, Part, Ranking, accuracy, outcomes, ranking, tenths
from sflydwh.predict.methods import MODEL, PAST, SIMPLE_LTV, SPEND
from sflydwh.runs.models import six

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LAST_FREQUENCY: Final = 7
_DIGITS: Final = "decimal(38,10)"
_Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Method:
    """How one method did in a backtest.

    Attributes:
        name: its name.
        purchases: the accuracy of its forecast of purchases; None for a method that only ranks.
        spend: the accuracy of its forecast of spend; None likewise.
        ranks: how well it ranked customers by their actual spend.
        tenths: the customers and their actual spend by tenth of its ranking, the best first.
    """

    name: str
    purchases: Accuracy | None
    spend: Accuracy | None
    ranks: Ranking
    tenths: list[Part]


@dataclass(frozen=True)
class OfFrequency:
    """The customers of one calibration frequency, and their sums."""

    frequency: int
    customers: int
    purchases: float
    model_purchases: float | None
    spend: float
    model_spend: float | None

    @property
    def name(self) -> str:
        """The frequency in words."""
        return f"{self.frequency}+" if self.frequency == _LAST_FREQUENCY else str(self.frequency)


@dataclass(frozen=True)
class Compared:
    """The figures of a backtest.

    Attributes:
        purchases: actual purchase days in the holdout.
        spend: actual spend in the holdout.
        methods: the methods that could be used.
        by_frequency: customers by calibration frequency from 0; the last entry is 7 or more.
    """

    purchases: int
    spend: float
    methods: list[Method]
    by_frequency: list[OfFrequency]

    @property
    def verdict(self) -> str:
        """Which method ranked best, in words."""
        shares = [(each.ranks.best_tenth, each) for each in self.methods if each.ranks.best_tenth is not None]
        if not shares:
            return "nothing was spent in the holdout, so no method ranked better than another"
        share, winner = max(shares, key=lambda pair: pair[0])
        others = ", ".join(f"{each.name} {100 * value:.1f} %" for value, each in shares if each is not winner)
        said = f"{winner.name} ranked best: its best tenth spent {100 * share:.1f} % of what came ({others})"
        by_gini = max((each for _, each in shares), key=lambda each: each.ranks.gini or 0.0)
        return said if by_gini is winner else f"{said}; over all customers {by_gini.name} did"


def compared(rows: "DataFrame", has_visits: bool) -> Compared:
    """Compare the methods with the actual figures.

    Args:
        rows: of `predict.methods.COMPARED`, staged.
        has_visits: whether there are visits, without which SimpleLTV cannot rank.
    """
    found = _sums(rows)
    has_model = any(row["model_purchases"] is not None for row in found)
    has_spend = any(row["model_spend"] is not None for row in found)
    methods = []
    if has_model:
        ranked_by = "model_spend" if has_spend else "model_purchases"
        methods.append(_method(rows, found, MODEL, "model_purchases", "model_spend" if has_spend else None, ranked_by))
    methods.append(_method(rows, found, PAST, "past_purchases", "past_spend", "past_spend"))
    methods += [_method(rows, found, SIMPLE_LTV, None, None, "simple_ltv")] if has_visits else []
    methods.append(_method(rows, found, SPEND, None, None, "spend"))
    by_frequency = [
        OfFrequency(
            row["x"],
            row["customers"],
            float(row["purchases"]),
            _real(row["model_purchases"]),
            float(row["spent"]),
            _real(row["model_spend"]),
        )
        for row in found
    ]
    total = sum(row["spent"] for row in found)
    return Compared(sum(row["purchases"] for row in found), float(total), methods, by_frequency)


def _sums(rows: "DataFrame") -> list[dict[str, Any]]:
    names = ("model_purchases", "model_spend", "past_purchases", "past_spend")
    grouped = rows.groupBy(F.least(F.col("frequency"), F.lit(_LAST_FREQUENCY)).alias("x")).agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum("came_purchases").alias("purchases"),
        F.sum("came_spend").alias("spent"),
        *(F.sum(F.round(name, 10).cast(_DIGITS)).alias(name) for name in names),
    )
    return sorted(grouped.toArrow().to_pylist(), key=lambda row: int(row["x"]))


def _method(
    rows: "DataFrame", sums: list[dict[str, Any]], name: str, purchases: str | None, spend: str | None, ranked_by: str
) -> Method:
    scores = _outcomes(rows, f"{ranked_by}_4", "came_4")
    of_purchases = _accuracy(rows, sums, purchases, "came_purchases", "purchases") if purchases else None
    of_spend = _accuracy(rows, sums, spend, "came_4", "spent") if spend else None
    return Method(name, of_purchases, of_spend, ranking(scores), tenths(scores))


def _accuracy(rows: "DataFrame", sums: list[dict[str, Any]], forecast: str, came: str, total: str) -> Accuracy:
    """Errors from grouped counts, totals from exact sums."""
    found = accuracy(_outcomes(rows, f"{forecast}_4", came))
    predicted, actual = (float(sum(row[name] or 0 for row in sums)) for name in (forecast, total))
    ratio = predicted / actual if actual > 0 else None
    return Accuracy(predicted, actual, ratio, found.mean_absolute_error, found.root_mean_square_error)


def _outcomes(rows: "DataFrame", score: str, came: str) -> Any:
    counts = rows.groupBy(score, came).agg(F.count(F.lit(1)).alias("customers"))
    columns = counts.select(F.col(score).cast("double"), F.col(came).cast("double"), "customers").toArrow().columns
    return outcomes(*(column.to_numpy() for column in columns))


def _real(value: Any) -> float | None:
    return None if value is None else float(value)


def compared_json(found: Compared) -> dict[str, Any]:
    """The figures for the JSON summary."""
    return {
        "actual_purchases": found.purchases,
        "actual_spend": round(found.spend, 2),
        "methods": {each.name: _method_json(each) for each in found.methods},
        "by_frequency": [
            {name: six(value) if isinstance(value, float) else value for name, value in vars(each).items()}
            for each in found.by_frequency
        ],
        "verdict": found.verdict,
    }


def _method_json(method: Method) -> dict[str, Any]:
    def rounded(found: Any) -> dict[str, float | None] | None:
        return None if found is None else {name: six(value) for name, value in vars(found).items()}

    return {
        "purchases": rounded(method.purchases),
        "spend": rounded(method.spend),
        "ranking": rounded(method.ranks),
        "tenths": [six(part.actual) for part in method.tenths],
    }


def compared_text(found: Compared, currency: str) -> str:
    """Tables to print."""
    heads = ("ratio", "MAE", "RMSE", "Spearman", "best tenth", "Gini")
    methods: list[_Row] = [("", "method", "purchases", *heads[:3], f"spend ({currency})", *heads)]
    methods.append(("", "actual", f"{found.purchases:,}", "", "", "", f"{found.spend:,.2f}", *[""] * 6))
    methods += [("", each.name, *_cells(each)) for each in found.methods]
    rows: list[_Row] = [("", "frequency", "customers", "purchases each", "model", f"spend each ({currency})", "model")]
    for part in found.by_frequency:
        values = (part.purchases, part.model_purchases), (part.spend, part.model_spend)
        each = [_four(value, part.customers) for value in values[0]]
        worth = [_two(value, part.customers) for value in values[1]]
        rows.append(("", part.name, f"{part.customers:,}", *each, *worth))
    shares: list[_Row] = [("", "tenth", *(each.name for each in found.methods))]
    spent = [[f"{part.actual:,.2f}" for part in each.tenths] for each in found.methods]
    shares += [("", str(place), *cells) for place, cells in enumerate(zip(*spent, strict=True), 1)]
    tables = ["\n".join(aligned(table)) for table in (methods, rows, shares)]
    return "\n\n".join([*tables, found.verdict])


def _cells(method: Method) -> list[str]:
    ranks = method.ranks
    best = "" if ranks.best_tenth is None else f"{100 * ranks.best_tenth:.1f} %"
    rest = ["" if value is None else f"{value:.3f}" for value in (ranks.spearman, ranks.gini)]
    return [*_accuracies(method.purchases), *_accuracies(method.spend), rest[0], best, rest[1]]


def _accuracies(found: Accuracy | None) -> list[str]:
    if found is None:
        return [""] * 4
    rest = (found.ratio, found.mean_absolute_error, found.root_mean_square_error)
    return [f"{found.predicted:,.2f}", *("" if value is None else f"{value:.3f}" for value in rest)]


def _four(value: float | None, customers: int) -> str:
    return "" if value is None else f"{value / customers:.4f}"


def _two(value: float | None, customers: int) -> str:
    return "" if value is None else f"{value / customers:,.2f}"
