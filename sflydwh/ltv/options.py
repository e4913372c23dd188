"""What the steps from tallies to customers are told alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pyspark.sql import DataFrame

from sflydwh.formats.model import TIME

# Computes a frame and reads it back, under a name: a query of its own.
Staged: TypeAlias = Callable[[DataFrame, str], DataFrame]


def in_one_query(frame: DataFrame, name: str) -> DataFrame:  # noqa: ARG001
    """The frame, as a part of the query that it is used in."""
    return frame


@dataclass(frozen=True)
class Options:
    """The rules that a log is counted by, and how an engine is to do it; that changes no row.

    Attributes:
        order_updates: `replace`: the latest UPDATE of an order replaces what its events were worth up to then; `add`:
            every ORDER event adds; rule 7.
        identity: `time`, `key` or `none`, rule 1.
        are_distinct: whether no event is given again.
        by_windows: whether to look at events together in windows, and not by joins with the few that matter to others.
        staged: computes such joins' few rows, where they are to be no part of the query.
    """

    order_updates: str = "replace"
    identity: str = TIME
    are_distinct: bool = False
    by_windows: bool = False
    staged: Staged = in_one_query
