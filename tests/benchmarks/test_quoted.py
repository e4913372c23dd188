"""What README and docs quote of the benchmark is what it measured."""

import re

import pytest

from benchmarks.measurements import Results
from benchmarks.predictions import PREDICTIONS
from benchmarks.tools import ARRAY, LINES, OTHERS, SHUFFLED, START_UP_EVENTS
from tests import PROJECT

RESULTS = Results.load(PROJECT / "benchmarks" / "RESULTS.json")
LARGE = 10_000_000


def text(name: str) -> str:
    """A page on one line."""
    return " ".join((PROJECT / name).read_text("utf-8").split())


def seconds(events: int, form: str, tool: str) -> float:
    costs = RESULTS.costs(events, form, tool)
    assert costs
    return costs.best_seconds


def ratio(events: int, form: str, tool: str, ours: str = "ours-sail") -> str:
    return f"{seconds(events, form, tool) / seconds(events, form, ours):.2f}"


SHUFFLED_EVENTS = OTHERS[SHUFFLED]
QUOTED = {
    "README.md": [
        f"DuckDB took {ratio(LARGE, LINES, 'duckdb')} of our time on Sail, and {ratio(LARGE, ARRAY, 'duckdb')} on one array",
        f"Polars took {ratio(LARGE, LINES, 'polars')} and {ratio(LARGE, ARRAY, 'polars')}",
        f"The two took {ratio(SHUFFLED_EVENTS, SHUFFLED, 'duckdb')} and {ratio(SHUFFLED_EVENTS, SHUFFLED, 'polars')} where times",
        (
            f"1,000 events take {seconds(START_UP_EVENTS, LINES, 'ours-sail'):.1f} seconds, DuckDB's "
            f"{seconds(START_UP_EVENTS, LINES, 'duckdb'):.1f}."
        ),
        (
            f"took {seconds(LARGE, PREDICTIONS, 'years-predicted'):.1f} seconds; pandas and lifetimes took "
            f"{seconds(LARGE, PREDICTIONS, 'years-lifetimes'):.1f} and"
        ),
        (
            f"its own JSON reader took {ratio(LARGE, LINES, 'spark-json', 'ours-spark')} of our time, and "
            f"{ratio(LARGE, LINES, 'spark-json-warm', 'ours-spark-warm')} once warm"
        ),
        (
            f"on one array it took {ratio(LARGE, ARRAY, 'spark-json', 'ours-spark')} and "
            f"{ratio(LARGE, ARRAY, 'spark-json-warm', 'ours-spark-warm')}."
        ),
    ],
}


@pytest.mark.parametrize(("page", "sentence"), [(page, each) for page, found in QUOTED.items() for each in found])
def test_a_figure_is_that_of_the_results(page: str, sentence: str) -> None:
    assert sentence in text(page)


def test_every_figure_of_the_comparison_is_tied() -> None:
    section = text("README.md").partition("## How it compares ")[2].partition("## ")[0]
    tied = " ".join(QUOTED["README.md"])
    # The size of the log is the generator's.
    figures = set(re.findall(r"\b\d+\.\d+\b", section)) - {"1.6"}
    assert figures <= set(re.findall(r"\b\d+\.\d+\b", tied))
