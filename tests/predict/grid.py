"""A grid of customers and parameters with what each model says of them, kept in reference.csv.

Made by `python -m tests.predict.grid` in some minutes, by integration (see reference.py).
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.predict.reference import Reference, beta_geometric, pareto

FILE = Path(__file__).with_name("reference.csv")

# Beside a singular value of the usual formulas: a = 1, s = 1, a + b = 1.
_BESIDE = (0.0, 1e-9, -1e-9, 1e-7, -1e-7, 1.1e-6, -1.1e-6, 1e-4, -1e-3)


class Case(NamedTuple):
    """Four parameters, a history and the weeks to come."""

    parameters: tuple[float, float, float, float]
    x: int
    t_x: float
    T: float
    weeks: float


def cases() -> Iterator[Case]:
    """The whole range of the parameters; what real shops have; beside singular values."""
    chance = random.Random(16)
    for _ in range(120):
        yield _case(chance, *(10 ** chance.uniform(-4, 4) for _ in range(4)))
    for _ in range(60):
        yield _case(chance, *(10 ** chance.uniform(-1.3, 1.5) for _ in range(4)))
    for beside in _BESIDE:
        for a, b in ((1 + beside, 2.4), (1 + beside, 0.02), (0.3, 0.7 + beside), (0.999, 0.001 + beside / 2)):
            yield _case(chance, 10 ** chance.uniform(-1, 1), 10 ** chance.uniform(-1, 2), a, b)


def _case(chance: random.Random, *parameters: float) -> Case:
    x = chance.choice([0, 0, 1, 2, 3, 10, 100, 1000, 100_000])
    T = chance.choice([0.0, 1 / 7, 1.0, 39.0, 104.0, 500.0, 2000.0])
    t_x = T * chance.choice([0.01, 0.1, 0.5, 0.9, 0.999, 1.0]) if x else 0.0
    r, alpha, a, b = parameters
    return Case((r, alpha, a, b), x, t_x, T, chance.choice([1 / 7, 1.0, 39.0, 52.0, 520.0, 10_000.0]))


def reference(model: str, case: Case) -> Reference:
    """What a model says of a case, by integration."""
    if model == "pareto-nbd":
        return pareto(*case)
    return beta_geometric(case.x + (model == "mbg-nbd"), *case)


def known(model: str) -> list[tuple[Case, Reference]]:
    """The grid of a model, from the file."""
    with FILE.open(newline="") as file:
        rows = [[float(value) for value in row[1:]] for row in csv.reader(file) if row[0] == model]
    return [(Case((row[0], row[1], row[2], row[3]), int(row[4]), *row[5:8]), Reference(*row[8:])) for row in rows]


def main() -> None:
    """Write the file."""
    with FILE.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        for model in ("bg-nbd", "mbg-nbd", "pareto-nbd"):
            for case in cases():
                rows.writerow([model, *case.parameters, *case[1:], *reference(model, case)])


if __name__ == "__main__":
    main()
