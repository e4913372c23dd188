"""Logs from real life, where they lie beside the project."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests import REAL_LOGS
from tests.running import assert_right, dat

pytestmark = pytest.mark.skipif(not REAL_LOGS.is_dir(), reason=f"no logs in {REAL_LOGS}")


def rows(text: str) -> list[tuple[str, int, Decimal, Decimal, str]]:
    """The rows of an answer, as numbers."""
    _, *lines = csv.reader(io.StringIO(text))
    return [(name, int(visits), Decimal(spend), Decimal(ltv), weeks) for name, visits, spend, ltv, weeks in lines]


def test_the_seed_log_gives_its_ten_rows_in_order(engine: Engine, tmp_path: Path) -> None:
    answer = assert_right(engine, [REAL_LOGS / "seed_events.dat"], tmp_path)
    found = rows(dat(answer).decode())
    assert len(found) == 10
    assert found == rows((REAL_LOGS / "seed_expected_TOP10.dat").read_text())


@pytest.mark.parametrize("name", ["lines_556.jsonl", "array_5500_oldtimes.txt", "array_pretty.json"])
def test_no_event_is_lost(engine: Engine, tmp_path: Path, name: str) -> None:
    text = (REAL_LOGS / name).read_text("utf-8")
    events = json.loads(text if text.lstrip().startswith("[") else f"[{','.join(text.splitlines())}]")
    account = assert_right(engine, [REAL_LOGS / name], tmp_path).summary.account
    assert account.read == len(events)
