"""Logs as the source of a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.files.meter import bytes_read
from sflydwh.formats.model import IDENTITIES
from sflydwh.runs.workplace import workplace
from tests.running import event, logs_of, write


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_log_is_read_once(sail_engine: Engine, tmp_path: Path, identity: str) -> None:
    pieces = [event("SITE_VISIT", "a", "2017-01-06"), event("ORDER", "a", "2017-01-07", total_amount="5 USD", key="o")]
    logs = replace(logs_of(write(tmp_path / "log", *pieces)), identity=identity)
    before = bytes_read()
    with workplace(sail_engine, tmp_path / "staging") as work:
        assert logs.tallies(work).count() == len(pieces) + 1
    assert bytes_read() - before == logs.size
