"""The table of what is compared: how each tool is run, on what, and what we aim at."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LINES: Final = "lines"
ARRAY: Final = "array"
FORMS: Final = (LINES, ARRAY)
# The same lines in an order drawn by chance.
SHUFFLED: Final = "shuffled"
# The same events as other shops log them, by the name of the format.
SHOPS: Final = ("segment", "ga4")
# Logs of one size each, or of the largest that is asked for if that is smaller.
OTHERS: Final = {SHUFFLED: 3_000_000, **dict.fromkeys(SHOPS, 1_000_000)}
MILLION: Final = 1_000_000
START_UP_EVENTS: Final = 1_000
TOP: Final = 10

# The same for ours and for Spark's own reader; its default memory is too small for ten million events.
_SPARK_OPTIONS: Final = ("--master", "local[2]", "--driver-memory", "4g")
_SPARK_TUNED: Final = ("--conf", "spark.sql.shuffle.partitions=8")

_SPARK_ENVIRONMENT: Final = {
    "SPARK_CONF_DIR": str(ROOT / "conf"),
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
}
# A session elsewhere, or under another program, is not what is compared.
_NOT_INHERITED: Final = ("SPARK_REMOTE", "PYSPARK_GATEWAY_PORT", "SPARK_HOME", "PYTHONWARNINGS")

Command = Callable[[str, str, str], list[str]]


@dataclass(frozen=True)
class Tool:
    """One row of the tables.

    Attributes:
        name: what the command line calls it.
        label: what the tables call it.
        command: log, form and directory of the answer to a command.
        forms: the forms that it can read.
        most_events: the largest log that it is given, unless all are asked for.
        compared_to: name of the tool that its times are divided by.
        target: the ratio that we aim at from a million events on.
        is_warm: whether the command runs the query twice and prints the seconds of the second.
    """

    name: str
    label: str
    command: Command
    forms: tuple[str, ...] = FORMS
    most_events: int | None = None
    compared_to: str = "ours-sail"
    target: float | None = None
    is_warm: bool = False


def environment() -> dict[str, str]:
    """The environment variables that all tools are run with."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {**inherited, **_SPARK_ENVIRONMENT, "PYTHONPATH": str(ROOT)}


def _ours_on_sail(log: str, form: str, out: str) -> list[str]:
    command = [sys.executable, str(ROOT / "jobs/simple_ltv.py"), str(TOP), log, "--output", out, "--engine", "sail"]
    return [*command, "--format", form] if form in SHOPS else command


def _ours_on_spark(log: str, _form: str, out: str) -> list[str]:
    return [spark_submit(), *_SPARK_OPTIONS, str(ROOT / "jobs/simple_ltv.py"), str(TOP), log, "--output", out]


def _ours_twice(log: str, _form: str, out: str) -> list[str]:
    return [spark_submit(), *_SPARK_OPTIONS, str(ROOT / "benchmarks/peers/ours_twice.py"), str(TOP), log, out]


def _sparks_own(*options: str) -> Command:
    script = str(ROOT / "benchmarks/peers/spark_peer.py")

    def command(log: str, form: str, out: str) -> list[str]:
        query = [script, str(TOP), log, f"{out}/answer.dat", form, *options]
        return [spark_submit(), *_SPARK_OPTIONS, *_SPARK_TUNED, *query]

    return command


def _peer(module: str, *options: str) -> Command:
    def command(log: str, form: str, out: str) -> list[str]:
        name = f"benchmarks.peers.{module}"
        read_as = LINES if form == SHUFFLED else form
        return [sys.executable, "-m", name, str(TOP), log, f"{out}/answer.dat", read_as, *options]

    return command


def spark_submit() -> str:
    """Spark's launcher, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("spark-submit")
    return str(beside) if beside.exists() else shutil.which("spark-submit") or str(beside)


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool("ours-sail", "**ours on Sail**", _ours_on_sail, (*FORMS, *OTHERS)),
        Tool("duckdb", "DuckDB", _peer("duckdb_peer"), (*FORMS, SHUFFLED), target=1.0),
        Tool("polars", "Polars", _peer("polars_peer"), (*FORMS, SHUFFLED), target=1.2),
        Tool("pandas", "pandas", _peer("pandas_peer"), most_events=MILLION, target=8.0),
        Tool("pandas-arrow", "pandas, read by Arrow", _peer("pandas_peer", "arrow"), (LINES,)),
        Tool("dict", "dictionaries, plain Python", _peer("dict_peer"), most_events=MILLION, target=20.0),
        Tool("ours-spark", "**ours on Spark**", _ours_on_spark, compared_to="ours-spark"),
        Tool("spark-json", "Spark's own reader", _sparks_own(), compared_to="ours-spark", target=1.1),
        Tool("ours-spark-warm", "**ours on Spark, warm**", _ours_twice, compared_to="ours-spark-warm", is_warm=True),
        Tool(
            "spark-json-warm",
            "Spark's own reader, warm",
            _sparks_own("twice"),
            compared_to="ours-spark-warm",
            target=1.4,
            is_warm=True,
        ),
    )
}
