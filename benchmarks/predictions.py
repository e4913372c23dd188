"""Predictions in figures: what they and the report cost beside the main job, and beside pandas and lifetimes."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.measurements import FAILED, LATE, OK, Measurement, Results, last_line
from benchmarks.meter import metered
from benchmarks.tools import ROOT, TOP, environment
from sflydwh.generator import LogRequest

# The form under which its measurements are kept: two years of customers who come and leave.
PREDICTIONS: Final = "years"
_SAIL: Final = ("--engine", "sail")


def request(events: int) -> LogRequest:
    """The log: half of the customers leave within a year or so, and others follow."""
    return LogRequest(events, customers=max(1, events // 33), days=730, dropout=0.6)


def _job(name: str, *top: str) -> Callable[[str, str], list[str]]:
    return lambda log, out: [sys.executable, str(ROOT / "jobs" / name), *top, log, "--output", out, *_SAIL]


def _backtest(log: str, out: str) -> list[str]:
    return [sys.executable, str(ROOT / "jobs" / "backtest.py"), log, "--staging", out, *_SAIL]


def _lifetimes(log: str, out: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.peers.lifetimes_peer", str(TOP), log, f"{out}/answer.csv", "lines"]


STEPS: Final[dict[str, tuple[str, Callable[[str, str], list[str]]]]] = {
    "years-simple": ("simple_ltv.py", _job("simple_ltv.py", str(TOP))),
    "years-predicted": ("predicted_ltv.py", _job("predicted_ltv.py", str(TOP))),
    "years-backtest": ("backtest.py", _backtest),
    "years-report": ("report.py", _job("report.py")),
    "years-lifetimes": ("pandas and lifetimes", _lifetimes),
}


def measure_round(events: int, number: int, log: Path, limit_seconds: float) -> Iterator[Measurement]:
    """One round of all, in order."""
    for name, (_, command) in STEPS.items():
        with tempfile.TemporaryDirectory() as folder:
            out, err, answers = Path(folder, "out"), Path(folder, "err"), Path(folder, "answers")
            answers.mkdir()
            reading = metered(command(str(log), str(answers)), environment(), limit_seconds, out, err)
            outcome = LATE if reading.is_late else FAILED if reading.exit_status else OK
            yield Measurement(
                *(name, events, PREDICTIONS, number, outcome, reading.seconds, reading.cpu_seconds),
                *(reading.memory_bytes, reading.mapped_bytes, "", "" if outcome == OK else last_line(err)),
            )


def section(results: Results, size_text: Callable[[int], str]) -> Iterator[str]:
    """The part of the report about predictions."""
    for events in dict.fromkeys(run.events for run in results.runs if run.form == PREDICTIONS):
        yield f"## Predictions: {events:,} events of two years, on Sail\n"
        yield "Whole processes, start included; 52 weeks ahead. pandas and lifetimes fit BG/NBD and Gamma-Gamma,"
        yield "and take every event as it is.\n"
        yield "| job | rounds | best, s | of simple_ltv.py | CPU, s | memory |"
        yield "|---|---:|---:|---:|---:|---:|"
        first = results.costs(events, PREDICTIONS, next(iter(STEPS)))
        for name, (label, _) in STEPS.items():
            costs = results.costs(events, PREDICTIONS, name)
            if costs is None or first is None:
                fault = results.fault(events, PREDICTIONS, name)
                yield f"| {label} | | {fault or '–'} | | | |"
                continue
            ratio = costs.best_seconds / first.best_seconds
            rounds = len(results.of(events, PREDICTIONS, name))
            cells = [label, str(rounds), f"{costs.best_seconds:.2f}", f"{ratio:.2f}", f"{costs.cpu_seconds:.2f}"]
            yield f"| {' | '.join(cells)} | {size_text(costs.memory_bytes)} |"
        yield ""
