"""Random sequences of ingests: the table is what the oracle says, and its rollup what a recompute gives."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.runs.upkeep import keep_up
from sflydwh.table import tallies as sums
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import EventTable
from tests.oracle import NoAcceptedEvent
from tests.running import dat, right_answer
from tests.table.tabling import ask, ingest, right_events, stored
from tests.whole.test_against_oracle import EVENTS, GOOD_EVENTS, JUNK, laid_out

LOGS = st.builds(
    laid_out,
    st.lists(GOOD_EVENTS, min_size=1, max_size=12) | st.lists(GOOD_EVENTS | EVENTS | st.sampled_from(JUNK), max_size=8),
    st.sampled_from(["\n", ",\n"]),
    st.none(),
    st.booleans(),
)


class Ingests(RuleBasedStateMachine):
    """A table and the batches that went into it; the engine is the suite's."""

    engine: Engine

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.table = self.folder / "table"
        self.batches: list[list[Path]] = []
        self.known: set[bytes] = set()
        self.runs = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(logs=st.lists(LOGS, min_size=1, max_size=2))
    def ingest(self, logs: list[bytes]) -> None:
        files = []
        for number, content in enumerate(logs):
            files.append(self.folder / f"log{len(self.batches)}{self.runs}{number}")
            files[-1].write_bytes(content)
        self.runs += 1
        fresh = [file for file in files if file.read_bytes() not in self.known]
        fresh = list({file.read_bytes(): file for file in reversed(fresh)}.values())[::-1]
        try:
            right = right_answer(fresh, any_type_does=True)
        except NoAcceptedEvent:
            with pytest.raises(RunError, match="was accepted"):
                ingest(self.engine, files, self.table)
            return
        done = ingest(self.engine, files, self.table)
        assert (done.files, done.read, done.accepted, done.superseded) == (
            len(fresh), right.read, right.accepted, right.superseded,
        )  # fmt: skip
        if right.accepted:
            self.batches.append(fresh)
            self.known |= {file.read_bytes() for file in fresh}

    @rule()
    def upkeep(self) -> None:
        if self.batches:
            keep_up(self.engine, EventTable(str(self.table)), retention_hours=0)

    @invariant()
    def table_is_right(self) -> None:
        if not self.batches:
            return
        right = right_events(self.batches)
        assert [{**row, "key": None} for row in stored(self.table)] == [{**row, "key": None} for row in right]
        files = [file for batch in self.batches for file in batch]
        options: dict[str, Any] = {"formula": "weekly", "order_updates": "add"} if self.runs % 2 else {}
        try:
            expected = right_answer(files, 50, **options).dat
        except NoAcceptedEvent:
            with pytest.raises(RunError, match="was accepted"):
                ask(self.engine, self.table, self.folder / "o", 50, **options)
            return
        assert dat(ask(self.engine, self.table, self.folder / "o", 50, **options)) == expected

    @invariant()
    def rollup_is_no_second_truth(self) -> None:
        if self.batches:
            snapshot = EventTable(str(self.table)).latest()
            rolled_up = snapshot.stored_tallies(self.engine)
            assert rolled_up is not None
            found = rolled_up.transform(sums.added_up, Kept())
            assert_df_equality(
                found.drop("place"),
                snapshot.tallies(self.engine).drop("place"),
                ignore_row_order=True,
                ignore_nullable=True,
            )


def test_random_sequences_of_ingests(sail_engine: Engine) -> None:
    class OnSail(Ingests):
        engine = sail_engine

    OnSail.TestCase.settings = settings(
        max_examples=12, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck)
    )
    OnSail.TestCase().runTest()
