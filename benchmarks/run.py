"""The benchmark: `python -m benchmarks.run`, or `make bench`; `--help` tells the options."""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import event_table, predictions
from benchmarks.machine import machine, versions
from benchmarks.measurements import FAILED, LATE, OK, Measurement, Results, digest_below, last_line
from benchmarks.meter import Reading, metered
from benchmarks.report import write_report
from benchmarks.tools import FORMS, LINES, OTHERS, SHOPS, SHUFFLED, START_UP_EVENTS, TOOLS, Tool, environment
from sflydwh.generator import LogRequest, write_log

HERE: Final = Path(__file__).resolve().parent
_UNITS: Final = {"k": 1_000, "m": 1_000_000}
# What a warm tool's two runs and its start may take, in limits of one run.
_WARM_LIMITS: Final = 3


class Case(NamedTuple):
    """One tool on one log in one round."""

    events: int
    form: str
    round: int
    tool: Tool


def size(text: str) -> int:
    """A number of events.

    >>> size("1000"), size("100k"), size("10m")
    (1000, 100000, 10000000)
    """
    unit = _UNITS.get(text[-1:].lower(), 1)
    return int(text if unit == 1 else text[:-1]) * unit


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description="Compare the main job with its peers.")
    add = parser.add_argument
    add("--sizes", nargs="+", type=size, default=[100_000, 1_000_000, 10_000_000], help="default: 100k 1m 10m")
    add("--forms", nargs="+", choices=FORMS, default=FORMS, help="default: both")
    add("--others", nargs="*", choices=OTHERS, default=list(OTHERS), help="logs of other kinds (default: all)")
    add("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="default: all")
    add("--rounds", type=int, default=3, help="default: 3")
    add("--limit", type=float, default=300, metavar="SECONDS", help="what a run may take (default: 300)")
    add("--all-sizes", action="store_true", help="run what is slow or needs much memory on large logs too")
    add("--no-start-up", action="store_true", help=f"leave out the runs on {START_UP_EVENTS} events")
    add("--no-table", action="store_true", help="leave out the event table")
    add("--no-predictions", action="store_true", help="leave out predictions and the report")
    add("--resume", action="store_true", help="keep what was measured before, and measure what is missing")
    add("--render", action="store_true", help="measure nothing, write the report of what was measured before")
    add("--logs", type=Path, default=HERE / ".logs", help="where logs are kept (default: benchmarks/.logs)")
    add("--out", type=Path, default=HERE / "RESULTS.md", help="the report; its data and chart go beside it")
    return parser.parse_args(arguments)


def cases(asked: argparse.Namespace) -> Iterator[Case]:
    """All runs, in order: on each log round after round, so that what else the machine does meets every tool."""
    logs = [] if asked.no_start_up else [(START_UP_EVENTS, LINES)]
    logs += [(events, form) for events in asked.sizes for form in asked.forms]
    logs += [(min(OTHERS[form], max(asked.sizes)), form) for form in asked.others]
    tools = [TOOLS[name] for name in TOOLS if name in asked.tools]
    for events, form in logs:
        for number in range(1, asked.rounds + 1):
            for tool in tools:
                is_small = asked.all_sizes or events <= (tool.most_events or events)
                if form in tool.forms and is_small:
                    yield Case(events, form, number, tool)


def measure(case: Case, log: Path, limit_seconds: float) -> Measurement:
    """Run one case."""
    with tempfile.TemporaryDirectory() as folder:
        out, err, answers = Path(folder, "out"), Path(folder, "err"), Path(folder, "answers")
        answers.mkdir()
        limit = limit_seconds * (_WARM_LIMITS if case.tool.is_warm else 1)
        reading = metered(case.tool.command(str(log), case.form, str(answers)), environment(), limit, out, err)
        answer = digest_below(answers)
        outcome = _outcome(reading, answer)
        seconds = float(out.read_text().split()[-1]) if case.tool.is_warm and outcome == OK else reading.seconds
        complaint = "" if outcome == OK else last_line(err)
    return Measurement(
        *(case.tool.name, case.events, case.form, case.round, outcome, seconds),
        *(reading.cpu_seconds, reading.memory_bytes, reading.mapped_bytes, answer, complaint),
    )


def _outcome(reading: Reading, answer: str) -> str:
    if reading.is_late:
        return LATE
    return OK if reading.exit_status == 0 and answer else FAILED


def cached_log(folder: Path, events: int, form: str) -> Path:
    """A log of the generator, made if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{events}.{form}"
    if log.exists():
        return log
    _say(f"making {log.name}")
    if form == SHUFFLED:
        _shuffle(cached_log(folder, events, LINES), log)
    elif form == predictions.PREDICTIONS:
        write_log(predictions.request(events), str(log), LINES)
    elif form in SHOPS:
        write_log(LogRequest(events, shop=form), str(log), LINES)
    else:
        write_log(LogRequest(events), str(log), form)
    return log


def _shuffle(source: Path, target: Path) -> None:
    lines = source.read_bytes().splitlines(keepends=True)
    random.Random(0).shuffle(lines)  # noqa: S311
    partial = target.with_suffix(".part")
    partial.write_bytes(b"".join(lines))
    partial.replace(target)


def run(asked: argparse.Namespace) -> Results:
    """Measure what is asked for; each result is kept as soon as it is there."""
    data = asked.out.with_suffix(".json")
    if asked.render:
        return Results.load(data)
    results = Results.load(data) if asked.resume and data.exists() else Results()
    results.machine, results.versions = machine(), versions()
    for case in cases(asked):
        runs = results.of(case.events, case.form, case.tool.name)
        # What failed or took too long once would do so again.
        if len(runs) >= case.round or any(run.outcome != OK for run in runs):
            continue
        log = cached_log(asked.logs, case.events, case.form)
        results.sizes[log.name] = log.stat().st_size
        measured = measure(case, log, asked.limit)
        results.runs.append(measured)
        results.save(data)
        _tell(measured)
    if not asked.no_predictions and "ours-sail" in asked.tools:
        _measure_predictions(asked, results, data)
    if not asked.no_table:
        _measure_tables(asked, results, data)
    return results


def _measure_predictions(asked: argparse.Namespace, results: Results, data: Path) -> None:
    """Predictions and the report, on the largest log asked for."""
    events = max(asked.sizes)
    log = cached_log(asked.logs, events, predictions.PREDICTIONS)
    for number in range(1, asked.rounds + 1):
        if len(results.of(events, predictions.PREDICTIONS, "years-report")) >= number:
            continue
        for measured in predictions.measure_round(events, number, log, asked.limit):
            results.runs.append(measured)
            _tell(measured)
        results.save(data)


def _measure_tables(asked: argparse.Namespace, results: Results, data: Path) -> None:
    """The event table, on the largest log asked for."""
    events = max(asked.sizes)
    log = cached_log(asked.logs, events, LINES)
    for number in range(1, asked.rounds + 1):
        for engine in (name for name in event_table.ENGINES if name in asked.tools):
            done = results.of(events, event_table.TABLE, event_table.tool_name(engine, event_table.LOGS))
            if len(done) >= number:
                continue
            for measured in event_table.measure_round(engine, events, number, log, asked.limit, results.sizes):
                results.runs.append(measured)
                _tell(measured)
            results.save(data)
    event_table.measure_sizes(log, results.sizes)
    results.save(data)


def _tell(run: Measurement) -> None:
    costs = f"{run.seconds:8.2f} s {run.cpu_seconds:8.2f} s CPU {run.memory_bytes / 1e6:7.0f} MB"
    _say(f"{run.events:>10,} {run.form:5} {run.round} {run.tool:16}{costs} {run.outcome} {run.complaint}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if a tool failed, took too long or gave another answer than most."""
    asked = parse_arguments(arguments)
    results = run(asked)
    write_report(results, asked.out)
    faults = [results.fault(run.events, run.form, run.tool) for run in results.runs]
    return 1 if any(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
