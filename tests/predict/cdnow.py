"""CDNOW's customers, the data set on which the papers show their models; it comes with the package `lifetimes`.

Fader and Hardie's: 23,570 customers whose first purchase was in the first quarter of 1997, followed to June 1998, and
a sample of one in ten. A purchase day is one per customer and day. Built without the product's code.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sflydwh.predict.arrays import FloatArray

CALIBRATED = date(1997, 9, 30)
LAST = date(1998, 6, 30)


@dataclass(frozen=True)
class Customers:
    """One row per customer: x, t_x and T in weeks, monetary value (0 for x = 0), and what came in the holdout."""

    x: FloatArray
    t_x: FloatArray
    T: FloatArray
    m: FloatArray
    holdout_purchases: FloatArray
    holdout_spend: FloatArray


def sample() -> Customers:
    """The sample of 2,357 customers."""
    return _customers("CDNOW_sample.txt", skip=0, columns=(0, 2, 4))


def whole() -> Customers:
    """All 23,570 customers."""
    return _customers("CDNOW_master.txt", skip=1, columns=(0, 1, 3))


def sample_orders() -> list[tuple[str, date, str]]:
    """The sample's rows as they are: customer, day and amount; several of a customer a day among them."""
    return _rows("CDNOW_sample.txt", skip=0, columns=(0, 2, 4))


def _customers(name: str, skip: int, columns: tuple[int, int, int]) -> Customers:
    """One row per customer as of the end of the calibration."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for customer, day, spend in _rows(name, skip, columns):
        days[customer][day] += float(spend)
    return Customers(*np.array([_customer(spend) for spend in days.values()]).T)


def _rows(name: str, skip: int, columns: tuple[int, int, int]) -> list[tuple[str, date, str]]:
    # Found without an import: the package warns when it is imported.
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    lines = (Path(spec.origin).parent / "datasets" / name).read_text().splitlines()[skip:]
    rows = ([line.split()[column] for column in columns] for line in lines if line.strip())
    return [(customer, date(int(day[:4]), int(day[4:6]), int(day[6:])), spend) for customer, day, spend in rows]


def _customer(spend: dict[date, float]) -> tuple[float, ...]:
    known = sorted(day for day in spend if day <= CALIBRATED)
    later = [day for day in spend if CALIBRATED < day <= LAST]
    x = len(known) - 1
    return (
        x,
        (known[-1] - known[0]).days / 7,
        (CALIBRATED - known[0]).days / 7,
        sum(spend[day] for day in known[1:]) / max(x, 1),
        len(later),
        sum(spend[day] for day in later),
    )
