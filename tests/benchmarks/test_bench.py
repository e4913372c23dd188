"""The benchmark from end to end, on little logs."""

import re
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from benchmarks import predictions
from benchmarks import run as harness
from benchmarks.event_table import STEPS, TABLE
from benchmarks.measurements import FAILED, LATE, OK, Results
from benchmarks.predictions import PREDICTIONS
from benchmarks.run import Case, cached_log, cases, main, measure, parse_arguments, size
from benchmarks.tools import ARRAY, FORMS, LINES, OTHERS, SHUFFLED, TOOLS, Tool
from conftest import HAS_JAVA, NO_JAVA

pytest.importorskip("duckdb")
pytest.importorskip("polars")

EVENTS = 2_000
QUICK = ("ours-sail", "duckdb", "polars", "dict")
# Each script once: a start of Spark is slow.
ON_SPARK = (("ours-spark-warm", LINES), ("spark-json", ARRAY))


class Bench(NamedTuple):
    status: int
    folder: Path

    @property
    def report(self) -> str:
        return (self.folder / "RESULTS.md").read_text("utf-8")

    @property
    def results(self) -> Results:
        return Results.load(self.folder / "RESULTS.json")


def bench(folder: Path, *flags: str) -> Bench:
    out = ["--out", str(folder / "RESULTS.md"), "--logs", str(folder / "logs"), "--no-start-up"]
    out += [] if "--others" in flags else ["--others", "--no-predictions"]
    return Bench(main([*out, "--sizes", str(EVENTS), *flags]), folder)


def rows(report: str) -> list[list[str]]:
    """The cells of all tables, without their heads."""
    report = report.partition("## The event table")[0]
    lines = re.findall(r"^\| (?!tool)(.*) \|$", report, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return bench(tmp_path_factory.mktemp("bench"), "--rounds", "1", "--tools", *QUICK)


def test_the_event_table_gives_the_same_answer_as_the_logs(quick: Bench) -> None:
    runs = [run for run in quick.results.runs if run.form == TABLE]
    assert [(run.tool, run.outcome) for run in runs] == [(f"ours-sail-{step}", OK) for step in STEPS]
    assert [bool(run.answer) for run in runs] == [False, False, True, True]
    assert {run.answer for run in runs if run.answer} == {quick.results.runs[0].answer}
    assert {"log", "gzip", "ours-sail-table", "2000.lines", "2000.array"} == set(quick.results.sizes)
    section = quick.report.partition("## The event table: 2,000 events")[2]
    assert re.search(r"^\| Sail \| [\d.]+ \| [\d.]+ \| \d+ % \| 10 %, (met|missed) \|", section, re.MULTILINE)


def test_all_give_the_same_answer(quick: Bench) -> None:
    runs = [run for run in quick.results.runs if run.form != TABLE]
    assert [(run.form, run.tool, run.outcome) for run in runs] == [(f, tool, OK) for f in FORMS for tool in QUICK]
    assert len({run.answer for run in runs}) == 1
    assert quick.status == 0


def test_each_run_is_metered(quick: Bench) -> None:
    for run in quick.results.runs:
        assert 0.01 < run.seconds < 100
        assert 0.01 < run.cpu_seconds < 100
        assert 5e6 < run.memory_bytes < 5e9


def test_the_report_has_a_row_for_each_tool_and_log(quick: Bench) -> None:
    found = rows(quick.report)
    assert [row[0] for row in found] == [TOOLS[tool].label for tool in QUICK] * len(FORMS)
    assert {row[1] for row in found} == {"1"}
    assert found[0][4] == "1.00"
    assert all(re.fullmatch(r"\d+\.\d\d", row[4]) for row in found)
    assert f"## {EVENTS:,} events, JSON Lines" in quick.report


def test_logs_of_other_kinds_and_predictions(tmp_path: Path) -> None:
    done = bench(
        tmp_path,
        "--rounds",
        "1",
        "--forms",
        "lines",
        "--tools",
        "ours-sail",
        "duckdb",
        "--others",
        *OTHERS,
        "--no-table",
    )
    runs = [(run.form, run.tool, run.outcome) for run in done.results.runs]
    assert done.status == 0
    assert runs == [
        (LINES, "ours-sail", OK),
        (LINES, "duckdb", OK),
        (SHUFFLED, "ours-sail", OK),
        (SHUFFLED, "duckdb", OK),
        ("segment", "ours-sail", OK),
        ("ga4", "ours-sail", OK),
        *((PREDICTIONS, step, OK) for step in predictions.STEPS),
    ]
    assert len({run.answer for run in done.results.runs if run.form == SHUFFLED}) == 1
    assert len(re.findall(r"^A byte takes [\d.]+ times as long", done.report, re.MULTILINE)) == 2
    section = done.report.partition("## Predictions: 2,000 events of two years")[2]
    assert re.search(r"^\| predicted_ltv.py \| 1 \| [\d.]+ \| [\d.]+ \|", section, re.MULTILINE)
    assert re.search(r"^\| pandas and lifetimes \| 1 \| [\d.]+ \|", section, re.MULTILINE)


def test_the_chart_has_a_bar_for_each_tool(quick: Bench) -> None:
    root = ET.fromstring((quick.folder / "RESULTS.svg").read_text("utf-8"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[1::2] == [TOOLS[tool].label.strip("*") for tool in QUICK]


def test_what_was_measured_can_be_rendered_again(quick: Bench) -> None:
    before = quick.report
    (quick.folder / "RESULTS.md").unlink()
    assert bench(quick.folder, "--render").report == before


def test_an_interrupted_benchmark_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ("--tools", "dict", "--rounds", "2", "--resume")
    measured: list[Case] = []

    def one_then_interrupt(case: Case, *rest: Any) -> object:
        if measured:
            raise KeyboardInterrupt
        measured.append(case)
        return measure(case, *rest)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(harness, "measure", one_then_interrupt)
        bench(tmp_path, *flags)
    runs = bench(tmp_path, *flags).results.runs
    assert [(run.form, run.round) for run in runs] == [(LINES, 1), (LINES, 2), (ARRAY, 1), (ARRAY, 2)]


def fake(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Add a tool that runs a shell script, with OUT for the file of its answer."""

    def command(_log: str, _form: str, out: str) -> list[str]:
        return ["sh", "-c", script.replace("OUT", f"{out}/answer.dat")]

    monkeypatch.setitem(TOOLS, "fake", Tool("fake", "fake", command))


@pytest.mark.parametrize(
    ("script", "outcome", "cell"),
    [
        ("echo no way >&2; exit 3", FAILED, "failed: no way"),
        ("true", FAILED, "failed: no answer"),
        ("sleep 60 & sleep 60", LATE, "ended after 2 s"),
        ("echo another > OUT", OK, "another answer"),
    ],
)
def test_a_fault_is_shown_and_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, outcome: str, cell: str
) -> None:
    fake(monkeypatch, script)
    flags = ("--forms", "lines", "--tools", "dict", "fake", "--rounds", "2", "--limit", "2")
    done = bench(tmp_path, *flags)
    of_fake = [run for run in done.results.runs if run.tool == "fake"]
    assert [run.outcome for run in of_fake] == [outcome] * (2 if outcome == OK else 1)
    assert of_fake[0].complaint == ("no way" if "echo no way" in script else "")
    assert rows(done.report)[-1][:3] == ["fake", "", cell]
    assert done.status == 1


def test_what_outlives_the_command_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    burn = "python3 -c 'import time\nwhile time.process_time() < 1: pass'"
    fake(monkeypatch, f"echo done > OUT; ({burn}) & exit 0")
    case = Case(EVENTS, LINES, 1, TOOLS["fake"])
    run = measure(case, cached_log(tmp_path, EVENTS, LINES), 60)
    assert run.seconds < run.cpu_seconds
    assert run.cpu_seconds > 0.95


def rounds_of(*flags: str) -> list[tuple[int, str, int, str]]:
    return [(*case[:3], case.tool.name) for case in cases(parse_arguments(flags))]


def test_tools_take_turns() -> None:
    asked = (
        "--sizes",
        "100k",
        "--forms",
        "lines",
        "--rounds",
        "2",
        "--tools",
        "dict",
        "ours-sail",
        "--no-start-up",
        "--others",
    )
    assert [case[2:] for case in rounds_of(*asked)] == [
        (1, "ours-sail"),
        (1, "dict"),
        (2, "ours-sail"),
        (2, "dict"),
    ]


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        (("--tools", "dict"), 1 + 2 + 2),
        (("--tools", "dict", "--all-sizes"), 1 + 6),
        (("--tools", "pandas-arrow"), 1 + 3),
    ],
)
def test_a_tool_gets_the_logs_that_it_can_take(flags: tuple[str, ...], count: int) -> None:
    assert len(rounds_of(*flags, "--rounds", "1")) == count


@pytest.mark.parametrize(("text", "events"), [("7", 7), ("100k", 100_000), ("10M", 10_000_000)])
def test_sizes_are_numbers_of_events(text: str, events: int) -> None:
    assert size(text) == events


@pytest.mark.parametrize("tool", ["pandas", "pandas-arrow"])
def test_pandas_gives_the_same_answer(quick: Bench, tool: str) -> None:
    assert answer(quick, tool, LINES) == quick.results.right_answer(EVENTS, LINES)


@pytest.mark.spark
@pytest.mark.skipif(not HAS_JAVA, reason=NO_JAVA)
@pytest.mark.parametrize(("tool", "form"), ON_SPARK)
def test_spark_gives_the_same_answer(quick: Bench, tool: str, form: str) -> None:
    assert answer(quick, tool, form) == quick.results.right_answer(EVENTS, LINES)


def answer(quick: Bench, tool: str, form: str) -> str:
    run = measure(Case(EVENTS, form, 1, TOOLS[tool]), cached_log(quick.folder / "logs", EVENTS, form), 300)
    assert run.outcome == OK, run.complaint
    return run.answer
