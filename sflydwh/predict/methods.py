"""The methods that a backtest compares, scored by the tasks."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from sflydwh.formats.columns import INT, SUM, Columns
from sflydwh.predict.lifetime import DAYS_A_WEEK
from sflydwh.predict.rounding import significant
from sflydwh.predict.scoring import REAL, SCORED, Task, real_array, reals

MODEL: Final = "model"
PAST: Final = "past rate"
SIMPLE_LTV: Final = "SimpleLTV"
SPEND: Final = "spend to date"

# Significant digits of scores and actual figures for comparison, so that there are few distinct values to count.
DIGITS: Final = 4

# Input: scores from the calibration, and actual figures of the holdout.
BESIDE: Final = Columns(**SCORED, came_purchases=INT, came_spend=SUM)
# Output: exact forecasts for totals, and all values to 4 digits for ranks and errors.
COMPARED: Final = Columns(
    frequency=INT,
    came_purchases=INT,
    came_spend=SUM,
    model_purchases=REAL,
    model_spend=REAL,
    past_purchases=REAL,
    past_spend=REAL,
    model_purchases_4=REAL,
    model_spend_4=REAL,
    past_purchases_4=REAL,
    past_spend_4=REAL,
    simple_ltv_4=REAL,
    spend_4=REAL,
    came_4=REAL,
)


def comparing(weeks: int) -> Task:
    """The task that makes rows of `COMPARED` from rows of `BESIDE`.

    The past rate carried forward is x / T times the weeks of the holdout; its spend is that times the monetary value,
    0 for customers who bought once.
    """

    def compared(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = _forecasts(batch, weeks)
            found |= {f"{name}_4": significant(values, DIGITS) for name, values in found.items()}
            found["simple_ltv_4"] = significant(reals(batch, "simple_ltv"), DIGITS)
            found["spend_4"] = significant(reals(batch, "spend"), DIGITS)
            found["came_4"] = significant(reals(batch, "came_spend"), DIGITS)
            columns = {name: batch.column(name) for name in ("frequency", "came_purchases", "came_spend")}
            columns |= {name: real_array(values) for name, values in found.items()}
            arrays = [columns[name].cast(kind.arrow) for name, kind in COMPARED.items()]
            yield pa.RecordBatch.from_arrays(arrays, schema=COMPARED.arrow)

    return compared


def _forecasts(batch: pa.RecordBatch, weeks: int) -> dict[str, "np.typing.NDArray[np.float64]"]:
    x, age, later = (reals(batch, name) for name in ("frequency", "age_days", "later_spend"))
    carried = weeks * DAYS_A_WEEK / np.maximum(age, 1)
    return {
        "model_purchases": reals(batch, "expected_purchases"),
        "model_spend": reals(batch, "predicted_ltv"),
        "past_purchases": x * carried,
        "past_spend": np.where(x > 0, np.fmax(later, 0) * carried, 0.0),
    }
