"""The chart: a panel of bars for each size, as SVG."""

from collections.abc import Iterator
from html import escape

from benchmarks.measurements import Results
from benchmarks.tools import TOOLS, Tool

_WIDTH = 860
_LABEL_WIDTH = 210
_BAR_WIDTH = 560
_ROW_HEIGHT = 22
_BAR_HEIGHT = 15
_TITLE_HEIGHT = 40
_MARGIN = 12
_OURS = "#1f6f8b"
_OTHERS = "#b8c4cc"

_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">
<rect width="{width}" height="{height}" fill="#ffffff"/>
{body}
</svg>
"""


def chart(results: Results, form: str) -> str:
    """Best wall times of all tools on logs of one form; each panel has a scale of its own."""
    parts: list[str] = []
    top = _MARGIN
    for events in [events for events, its_form in results.cases() if its_form == form]:
        panel, height = _panel(results, events, form, top)
        parts += panel
        top += height
    return _FRAME.format(width=_WIDTH, height=top + _MARGIN, body="\n".join(parts))


def _panel(results: Results, events: int, form: str, top: int) -> tuple[list[str], int]:
    found = ((tool, results.costs(events, form, tool.name)) for tool in TOOLS.values())
    times = [(tool, costs.best_seconds) for tool, costs in found if costs]
    title = f"{events:,} events: seconds of wall time, the best round"
    parts = [f'<text x="{_MARGIN}" y="{top + 24}" font-weight="bold" fill="#222222">{title}</text>']
    longest = max((seconds for _, seconds in times), default=1)
    for row, (tool, seconds) in enumerate(times):
        parts += _bar(tool, seconds, seconds / longest, top + _TITLE_HEIGHT + row * _ROW_HEIGHT)
    return parts, _TITLE_HEIGHT + len(times) * _ROW_HEIGHT


def _bar(tool: Tool, seconds: float, share: float, top: int) -> Iterator[str]:
    width = max(1, round(share * _BAR_WIDTH))
    color = _OURS if tool.name.startswith("ours") else _OTHERS
    label, baseline = escape(tool.label.strip("*")), top + _BAR_HEIGHT - 3
    yield f'<text x="{_LABEL_WIDTH}" y="{baseline}" text-anchor="end" fill="#222222">{label}</text>'
    yield f'<rect x="{_LABEL_WIDTH + 8}" y="{top}" width="{width}" height="{_BAR_HEIGHT}" fill="{color}"/>'
    yield f'<text x="{_LABEL_WIDTH + width + 14}" y="{baseline}" fill="#222222">{seconds:.2f}</text>'
