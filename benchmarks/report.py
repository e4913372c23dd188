"""The report: a table for each log, with ratios, and the chart."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import event_table, predictions
from benchmarks.chart import chart
from benchmarks.event_table import TABLE
from benchmarks.measurements import Results
from benchmarks.tools import FORMS, LINES, MILLION, SHOPS, SHUFFLED, START_UP_EVENTS, TOOLS, Tool

_NONE = "–"
_CELL_LENGTH = 100
_MB = 1e6
_GB = 1e9
# Mapped files of less are programs' own, and not worth telling.
_TOLD_BYTES = 500e6
_FORM_NAMES = {
    "lines": "JSON Lines",
    "array": "one array, an event a line",
    SHUFFLED: "JSON Lines, times at random",
    "segment": "as Segment's calls",
    "ga4": "as Google Analytics 4 exports them",
}
# What a byte of another shop's log may cost, in bytes of ours.
_MOST_BY_BYTE = 1.5

_HEAD = """\
# Side by side

The same question put to the main job and to its peers: the ten customers that are worth most, as the lines of the .dat.
`make bench` makes the logs and measures tool after tool, round after round, in one run or with `--resume` in several;
`BENCH_FLAGS=--help` tells its options. Times of one machine: compare the ratios.

* **Whole processes**, start included. *Warm* is the second run of the query in one session instead, without the start.
* **best** and **median** of the rounds' wall time; **ratio** is the tool's best time over ours, above 1 where ours is
  faster. On Spark it is over ours on Spark, warm over warm. **aim** is the ratio that the project wants from a million
  events on.
* **CPU** is what the kernel accounts for all processes, in the cheapest round; **memory** the peak of their resident
  sets, sampled every 50 ms and added up, in the dearest. Mapped files above 500 MB are told: the system may drop their
  pages at any time.
* **The same answer**: the tools' files must be the same bytes. One that gives other bytes than most, fails or takes too
  long is shown as such.
* **Peers have it easier.** The logs are clean, and peers take that for granted: they check no JSON, refuse no event,
  keep no rejects and give no account, all of which ours does in the same time. Like ours they compute exact decimals,
  let the later one of events with one key win, and replace what is updated. Each is written with its own best settings
  (`benchmarks/peers/`).
* – : not measured: the tool cannot read that form, or is not given a log of that size (`--all-sizes` gives it), or
  was left out.

![Wall time by tool](FILE.svg)
"""


def write_report(results: Results, out: Path) -> None:
    """Write the report, and the chart beside it."""
    out.write_text("\n".join(_lines(results, out.stem)), "utf-8")
    out.with_suffix(".svg").write_text(chart(results, LINES), "utf-8")


def _lines(results: Results, name: str) -> Iterator[str]:
    yield _HEAD.replace("FILE", name)
    yield "## Measured on\n"
    yield f"* {', '.join(f'{what} {value}' for what, value in results.machine.items())}"
    yield f"* {', '.join(f'{tool} {version}' for tool, version in results.versions.items())}\n"
    for events, form in results.cases():
        if form not in (TABLE, predictions.PREDICTIONS):
            yield from _section(results, events, form)
    yield from predictions.section(results, _bytes)
    yield from event_table.section(results, _bytes)


def _section(results: Results, events: int, form: str) -> Iterator[str]:
    measured = (
        {run.tool for run in results.of(events, form)} if form not in FORMS else {run.tool for run in results.runs}
    )
    start_up = "Start-up: " if events == START_UP_EVENTS else ""
    yield f"## {start_up}{events:,} events, {_FORM_NAMES[form]}\n"
    yield "| tool | rounds | best, s | median, s | ratio | aim | CPU, s | memory |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for tool in TOOLS.values():
        if tool.name in measured:
            yield _row(results, events, form, tool)
    yield ""
    if form in SHOPS:
        yield from _by_byte(results, events, form)


def _by_byte(results: Results, events: int, form: str) -> Iterator[str]:
    """What a byte of another shop's log costs, beside one of ours."""
    costs = [results.costs(events, each, "ours-sail") for each in (form, LINES)]
    sizes = [results.sizes.get(f"{events}.{each}") for each in (form, LINES)]
    if costs[0] and costs[1] and sizes[0] and sizes[1]:
        share = costs[0].best_seconds / sizes[0] / (costs[1].best_seconds / sizes[1])
        verdict = "met" if share <= _MOST_BY_BYTE else "missed"
        yield f"A byte takes {share:.2f} times as long as one of JSON Lines above (aim: {_MOST_BY_BYTE}, {verdict}).\n"


def _row(results: Results, events: int, form: str, tool: Tool) -> str:
    costs = results.costs(events, form, tool.name)
    if costs is None:
        fault = results.fault(events, form, tool.name)
        return f"| {tool.label} | | {_cell(fault) or _NONE} | | | | | |"
    rounds = len(results.of(events, form, tool.name))
    cells = [tool.label, str(rounds), f"{costs.best_seconds:.2f}", f"{costs.median_seconds:.2f}"]
    cells += _compared(results, events, form, tool)
    if tool.is_warm:
        cells += [_NONE, _NONE]
    else:
        cells += [f"{costs.cpu_seconds:.2f}", _memory(costs.memory_bytes, costs.mapped_bytes)]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """A text that may hold anything, short enough for a table and unable to break it."""
    return text[:_CELL_LENGTH].replace("|", "/")


def _compared(results: Results, events: int, form: str, tool: Tool) -> list[str]:
    """The ratio to ours, and the aim, with whether it is met."""
    costs = results.costs(events, form, tool.name)
    ours = results.costs(events, form, tool.compared_to)
    if costs is None or ours is None:
        return [_NONE, ""]
    ratio = costs.best_seconds / ours.best_seconds
    aim = tool.target if events >= MILLION else None
    verdict = "" if aim is None else f"{aim:.1f}, {'met' if ratio >= aim else 'missed'}"
    return [f"{ratio:.2f}", verdict]


def _memory(resident_bytes: int, mapped_bytes: int) -> str:
    total = _bytes(resident_bytes)
    return f"{total}, {_bytes(mapped_bytes)} mapped" if mapped_bytes > _TOLD_BYTES else total


def _bytes(amount: int) -> str:
    return f"{amount / _GB:.2f} GB" if amount >= _GB else f"{amount / _MB:.0f} MB"
