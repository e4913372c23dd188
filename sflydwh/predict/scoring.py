"""Scoring of customers by the tasks, in Arrow batches, without sending customers to the driver."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sflydwh.formats.columns import INSTANT, INT, LONG, SUM, TEXT, Columns, Kind
from sflydwh.predict.arrays import FloatArray
from sflydwh.predict.lifetime import Prediction, Scorer
from sflydwh.predict.rounding import significant
from sflydwh.predict.segments import Integers, recency_scores, rising_scores, segments

REAL: Final = Kind(pa.float64(), "double", "double")

# A row for each customer: its totals and purchase history; the history is null without a purchase day.
CUSTOMERS: Final = Columns(
    customer_id=TEXT,
    visits=LONG,
    spend=SUM,
    simple_ltv=REAL,
    first_time=INSTANT,
    last_time=INSTANT,
    frequency=INT,
    recency_days=INT,
    age_days=INT,
    later_spend=SUM,
)
# With predictions; customers are ranked by `rank`.
SCORED: Final = Columns(
    **CUSTOMERS,
    monetary_value=REAL,
    p_alive=REAL,
    expected_purchases=REAL,
    expected_value=REAL,
    predicted_ltv=REAL,
    segment=TEXT,
    rank=REAL,
)
# The columns that `--customers` writes; counts of days are doubles with whole numbers, so that they can be null.
EVERYONE: Final = tuple(name for name in SCORED if name not in ("later_spend", "rank"))

_RANK_DIGITS: Final = 9
SPEND_DIGITS: Final = 4
Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Scale:
    """The scores of RFM: distinct values in order, and the score of each."""

    values: tuple[float, ...]
    scores: tuple[int, ...]

    def of(self, values: FloatArray) -> FloatArray:
        """The score of each value; 0 for values that are not in the scale."""
        if not self.values:
            return np.zeros(len(values))
        place = np.clip(np.searchsorted(np.array(self.values), values), 0, len(self.values) - 1)
        return np.array(self.scores, dtype=np.float64)[place]


@dataclass(frozen=True)
class Scales:
    """How long ago, how often and for how much customers bought, as scores from 1 to 5."""

    since: Scale
    frequency: Scale
    spend: Scale


def recency_scale(counts: dict[float, int]) -> Scale:
    """Scores of the days since the last purchase; fewer days score higher."""
    return _scale(counts, lambda days, customers: recency_scores(-days, customers))


def rising_scale(counts: dict[float, int]) -> Scale:
    """Scores of frequencies or amounts; larger values score higher."""
    return _scale(counts, rising_scores)


def _scale(counts: dict[float, int], scored: Callable[[FloatArray, list[int]], Integers]) -> Scale:
    values = sorted(counts)
    scores = scored(np.array(values, dtype=np.float64), [counts[value] for value in values])
    return Scale(tuple(values), tuple(int(score) for score in scores))


def spend_values(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """`spend` as a double of 4 significant digits: what segments compare."""
    for batch in batches:
        yield pa.record_batch([pa.array(significant(reals(batch, "spend"), SPEND_DIGITS))], names=["spend"])


def scoring(prediction: Prediction | None, scales: Scales) -> Task:
    """The task that turns rows of `CUSTOMERS` into rows of `SCORED`.

    Args:
        prediction: the models; None leaves their predictions null.
        scales: for the segments.
    """

    def scored(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer = Scorer(prediction) if prediction else None
        for batch in batches:
            found = _with_scores(batch, scorer, scales)
            columns = {name: batch.column(name) for name in CUSTOMERS} | found
            arrays = [columns[name].cast(kind.arrow) for name, kind in SCORED.items()]
            yield pa.RecordBatch.from_arrays(arrays, schema=SCORED.arrow)

    return scored


def _with_scores(batch: pa.RecordBatch, scorer: Scorer | None, scales: Scales) -> dict[str, pa.Array]:
    x, recency, age = (reals(batch, name) for name in ("frequency", "recency_days", "age_days"))
    bought = ~np.isnan(x)
    later = reals(batch, "later_spend")
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(x > 0, later / x, np.nan)
    scores = np.full((4, len(x)), np.nan)
    if scorer and np.any(bought):
        scores[:, bought] = scorer.scores(x[bought], recency[bought], age[bought], value[bought])
    rank = scores[1] if scorer is None or scorer.prediction.spend_parameters is None else scores[3]
    spend = significant(reals(batch, "spend"), SPEND_DIGITS)
    names = segments(
        scales.since.of(age - recency), scales.frequency.of(x), scales.spend.of(spend), np.where(bought, x + 1, 0)
    )
    expected = ("p_alive", "expected_purchases", "expected_value", "predicted_ltv")
    return {
        "monetary_value": real_array(value),
        **{name: real_array(column) for name, column in zip(expected, scores, strict=True)},
        "segment": pa.array(names.tolist(), pa.string()),
        "rank": real_array(significant(rank, _RANK_DIGITS)),
    }


def reals(batch: pa.RecordBatch, name: str) -> FloatArray:
    """A column as floats, NaN where it is null."""
    return np.asarray(batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def real_array(values: FloatArray) -> pa.Array:
    """Floats as a column, null where they are NaN."""
    return pa.array(values, pa.float64(), from_pandas=True)
