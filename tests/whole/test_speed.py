"""A change that makes the job many times as slow does not land.

CPU seconds of whole processes are compared with DuckDB's, best of two, so neither
the machine nor what else it does matters much. The bounds are about four times
what was measured, and a tenfold regression of either part is far above them.
"""

from pathlib import Path

import pytest

from benchmarks.measurements import OK
from benchmarks.run import Case, cached_log, measure
from benchmarks.tools import LINES, TOOLS

pytest.importorskip("duckdb")

FEW, MANY = 1_000, 300_000
ROUNDS = 2
LIMIT_SECONDS = 300

# Measured: 5.6 to 6.1 times the CPU of DuckDB's start, and 2.0 to 3.0 times its CPU for what comes after.
START_UP_BOUND = 20
EVENTS_BOUND = 10


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


def cpu_seconds(logs: Path, tool: str, events: int) -> float:
    log = cached_log(logs, events, LINES)
    runs = [measure(Case(events, LINES, number, TOOLS[tool]), log, LIMIT_SECONDS) for number in range(ROUNDS)]
    assert [run.outcome for run in runs] == [OK] * ROUNDS, runs
    return min(run.cpu_seconds for run in runs)


def test_the_job_does_not_become_slow(logs: Path) -> None:
    start, duckdb_start = (cpu_seconds(logs, tool, FEW) for tool in ("ours-sail", "duckdb"))
    whole, duckdb_whole = (cpu_seconds(logs, tool, MANY) for tool in ("ours-sail", "duckdb"))
    told = f"CPU seconds: ours {start:.2f} and {whole:.2f}, DuckDB {duckdb_start:.2f} and {duckdb_whole:.2f}"
    assert start < START_UP_BOUND * duckdb_start, told
    assert whole - start < EVENTS_BOUND * (duckdb_whole - duckdb_start), told
