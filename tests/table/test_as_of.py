"""Older versions of the table, which answer as they did."""

import re
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.errors import UsageError
from sflydwh.table.snapshot import EventTable
from tests.running import dat, generated, right_answer
from tests.table.tabling import ask, ingest


def test_each_version_answers_as_it_did(sail_engine: Engine, tmp_path: Path) -> None:
    table = tmp_path / "table"
    logs = [generated(tmp_path / f"log{seed}", 500, seed=seed) for seed in range(3)]
    for log in logs:
        ingest(sail_engine, [log], table)
    for version in range(3):
        right = right_answer(logs[: version + 1], formula="weekly").dat
        answer = ask(sail_engine, table, tmp_path / f"o{version}", as_of=version, formula="weekly")
        assert dat(answer) == right
        snapshot = answer.summary.snapshot
        assert snapshot is not None
        assert (snapshot.path, snapshot.number) == (str(table), version)
    assert dat(ask(sail_engine, table, tmp_path / "o", formula="weekly")) == right


def test_a_version_whose_log_is_gone(sail_engine: Engine, tmp_path: Path) -> None:
    table = tmp_path / "table"
    for seed in range(2):
        ingest(sail_engine, [generated(tmp_path / f"log{seed}", 50, seed=seed)], table)
    (table / "_delta_log" / f"{0:020}.json").unlink()
    told = f"^{re.escape(str(table))} has no version 0 any more: maintenance shortened its log; ask a later one$"
    with pytest.raises(UsageError, match=told):
        EventTable(str(table)).version(0)


def test_versions_that_are_not_there(sail_engine: Engine, tmp_path: Path) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, [generated(tmp_path / "log", 50)], table)
    with pytest.raises(UsageError, match="has no version 7; its latest is 0"):
        EventTable(str(table)).version(7)
