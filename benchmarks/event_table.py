"""The event table in figures: what the first ingest costs, one batch more, and an answer beside one from the logs."""

import gzip
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.measurements import FAILED, LATE, OK, Measurement, Results, digest_below, last_line
from benchmarks.meter import metered
from benchmarks.tools import ROOT, TOP, environment, spark_submit

# The form under which its measurements are kept.
TABLE: Final = "table"
FIRST, BATCH, ASK, LOGS = "first", "batch", "ask", "logs"
STEPS: Final = (FIRST, BATCH, ASK, LOGS)
ENGINES: Final = {"ours-sail": "Sail", "ours-spark": "Spark"}
# The batch is the last hundredth of the log.
_PARTS: Final = 100
_COPIED_BYTES: Final = 1 << 20
# A batch may cost this share of the first ingest, and an answer must be so many times faster than from the logs.
_MOST_SHARE: Final = 0.1
_LEAST_GAIN: Final = 5


class Places(NamedTuple):
    """What the steps of a round share: the log in two parts, the table, and the directory of answers."""

    most: Path
    rest: Path
    table: Path
    answers: Path


def tool_name(engine: str, step: str) -> str:
    """The name under which a step's measurements are kept."""
    return f"{engine}-{step}"


def command(engine: str, step: str, places: Places) -> list[str]:
    """How a step is run."""
    job = "ingest.py" if step in (FIRST, BATCH) else "simple_ltv.py"
    submit = [spark_submit(), "--master", "local[2]", "--driver-memory", "4g"]
    program = submit if engine == "ours-spark" else [sys.executable]
    arguments = {
        FIRST: [str(places.most), "--table", str(places.table)],
        BATCH: [str(places.rest), "--table", str(places.table)],
        ASK: [str(TOP), "--table", str(places.table), "--output", str(places.answers)],
        LOGS: [str(TOP), str(places.most), str(places.rest), "--output", str(places.answers)],
    }
    chosen = ["--engine", "sail"] if engine == "ours-sail" else []
    return [*program, str(ROOT / "jobs" / job), *arguments[step], *chosen]


def measure_round(
    engine: str, events: int, number: int, log: Path, limit_seconds: float, sizes: dict[str, int]
) -> Iterator[Measurement]:
    """One round on one engine: the steps in order, on a table of its own.

    Args:
        engine: a name of `ENGINES`.
        events: number of events in the log.
        number: which round, from 1.
        log: the log, in lines.
        limit_seconds: what a step may take.
        sizes: gets the bytes of the table.
    """
    with tempfile.TemporaryDirectory(dir=log.parent) as folder:
        answers = Path(folder, "answers")
        places = Places(*_parts(log), Path(folder, "table"), answers)
        for step in STEPS:
            shutil.rmtree(answers, ignore_errors=True)
            answers.mkdir()
            out, err = Path(folder, "out"), Path(folder, "err")
            reading = metered(command(engine, step, places), environment(), limit_seconds, out, err)
            answer = digest_below(answers)
            is_right = reading.exit_status == 0 and (answer or step in (FIRST, BATCH))
            outcome = LATE if reading.is_late else OK if is_right else FAILED
            yield Measurement(
                *(tool_name(engine, step), events, TABLE, number, outcome),
                *(reading.seconds, reading.cpu_seconds, reading.memory_bytes, reading.mapped_bytes, answer),
                "" if outcome == OK else last_line(err),
            )
        sizes[f"{engine}-table"] = sum(path.stat().st_size for path in places.table.rglob("*") if path.is_file())


def measure_sizes(log: Path, sizes: dict[str, int]) -> None:
    """The bytes of a log, and of the same packed with gzip at its own level."""
    sizes["log"] = log.stat().st_size
    packed = log.with_suffix(".gz")
    if not packed.exists():
        partial = packed.with_suffix(".part")
        with log.open("rb") as source, gzip.open(partial, "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target, _COPIED_BYTES)
        partial.replace(packed)
    sizes["gzip"] = packed.stat().st_size


def _parts(log: Path) -> tuple[Path, Path]:
    """A log cut in two at the end of a line, the last hundredth apart; made once."""
    most, rest = log.with_suffix(".most"), log.with_suffix(".rest")
    if not rest.exists():
        size = log.stat().st_size
        with log.open("rb") as source:
            source.seek(size - size // _PARTS)
            source.readline()
            cut = source.tell()
            partial = rest.with_suffix(".part")
            with partial.open("wb") as target:
                shutil.copyfileobj(source, target, _COPIED_BYTES)
            source.seek(0)
            with most.open("wb") as target:
                while (left := cut - source.tell()) > 0:
                    target.write(source.read(min(left, _COPIED_BYTES)))
        partial.replace(rest)
    return most, rest


def section(results: Results, size_text: Callable[[int], str]) -> Iterator[str]:
    """The part of the report about the event table."""
    for events in dict.fromkeys(run.events for run in results.runs if run.form == TABLE):
        yield f"## The event table: {events:,} events\n"
        yield "All but the last hundredth of the log is ingested, then that hundredth, and then the same question is"
        yield "put to the table and to the two logs. Whole processes, start included.\n"
        yield "| engine | first ingest, s | 1 % more, s | of the first | aim | table, s | logs, s | faster | aim |"
        yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
        for engine, label in ENGINES.items():
            costs = {step: results.costs(events, TABLE, tool_name(engine, step)) for step in STEPS}
            seconds = {step: cost.best_seconds for step, cost in costs.items() if cost}
            if len(seconds) < len(STEPS):
                continue
            share, gain = seconds[BATCH] / seconds[FIRST], seconds[LOGS] / seconds[ASK]
            cells = [label, f"{seconds[FIRST]:.2f}", f"{seconds[BATCH]:.2f}", f"{share:.0%}".replace("%", " %")]
            cells += ["10 %, met" if share <= _MOST_SHARE else "10 %, missed"]
            cells += [f"{seconds[ASK]:.2f}", f"{seconds[LOGS]:.2f}", f"{gain:.1f}"]
            cells += ["5, met" if gain >= _LEAST_GAIN else "5, missed"]
            yield f"| {' | '.join(cells)} |"
        yield ""
        log = results.sizes.get("log", 0)
        told = {"the log": "log", "gzip": "gzip", "table, Sail": "ours-sail-table", "table, Spark": "ours-spark-table"}
        for what, name in told.items():
            if name in results.sizes and log:
                yield f"* {what}: {size_text(results.sizes[name])}, {results.sizes[name] / log:.2f} of the log"
        yield ""
