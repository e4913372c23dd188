"""Charts as SVG texts, by Altair and vl-convert: sized for phones, in colours that the style sheet can replace."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import altair as alt
import vl_convert

Row: TypeAlias = Mapping[str, Any]

# Distinguishable with red-green colour blindness; the style sheet replaces them in dark mode.
INK: Final = "#22252b"
LINE: Final = "#c9ccd3"
FIRST: Final = "#0067a5"
SECOND: Final = "#b4540a"
THIRD: Final = "#0a7d5c"
FOURTH: Final = "#6a5a8c"
SERIES: Final = (FIRST, SECOND, THIRD, FOURTH)
STEPS: Final = ("#d7e6f2", "#a3c8e2", "#6aa5cf", "#317eb5", "#084f86")

_WIDTH: Final = 400
_HEIGHT: Final = 230
# Room for names: browsers use wider letters than those with which the charts are measured.
_NAMES: Final = 125
_MONTHS: Final = 75
_ROW: Final = 26
_FONT: Final = "system-ui, sans-serif"
_SIZE: Final = 13
_ROLES: Final = re.compile(r' (?:role|aria-[a-z]+|class)="[^"]*"')


def bars(rows: Sequence[Row], x: str, y: str, y_format: str) -> str:
    """Vertical bars, one per row, in the order of the rows.

    Args:
        rows: rows with the columns `x` and `y`, whose names become the titles of the axes.
        x: the column of names.
        y: the column of heights.
        y_format: the d3 format of the axis.
    """
    return _svg(_chart(rows).mark_bar(color=FIRST).encode(x=_names(x, rows), y=_numbers(y, y_format)))


def row_bars(rows: Sequence[Row], name: str, x: str) -> str:
    """Horizontal bars of whole numbers, one per row, labelled with their numbers."""
    names = _values(rows, name)
    base = _chart(rows, _ROW * len(names), _WIDTH - _NAMES).encode(
        y=alt.Y(f"{name}:N", sort=names, title=name, axis=alt.Axis(ticks=False, domain=False, minExtent=_NAMES)),
        x=alt.X(f"{x}:Q", title=x, axis=None),
    )
    labels = base.mark_text(align="left", dx=4, color=INK, fontSize=_SIZE).encode(text=alt.Text(f"{x}:Q", format=",d"))
    return _svg(base.mark_bar(color=FIRST) + labels)


def paired_bars(rows: Sequence[Row], x: str, y: str, series: str, y_format: str) -> str:
    """Grouped vertical bars, by `series`."""
    order = _values(rows, series)
    chart = (
        _chart(rows)
        .mark_bar()
        .encode(
            x=_names(x, rows),
            xOffset=alt.XOffset(f"{series}:N", sort=order),
            y=_numbers(y, y_format),
            color=_colours(series, order),
        )
    )
    return _svg(chart)


def paired_rows(rows: Sequence[Row], name: str, x: str, series: str, x_format: str) -> str:
    """Grouped horizontal bars, by `series`."""
    order = _values(rows, series)
    names = _values(rows, name)
    chart = (
        _chart(rows, 42 * len(names), _WIDTH - _NAMES)
        .mark_bar()
        .encode(
            y=alt.Y(f"{name}:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, minExtent=_NAMES)),
            yOffset=alt.YOffset(f"{series}:N", sort=order),
            x=alt.X(f"{x}:Q", title=x, axis=alt.Axis(format=x_format, tickCount=5)),
            color=_colours(series, order),
        )
    )
    return _svg(chart)


def lines(rows: Sequence[Row], x: str, y: str, series: str, y_format: str) -> str:
    """Lines over an axis of whole numbers, by `series`, which also differ in their dashes."""
    order = _values(rows, series)
    dashes = alt.StrokeDash(f"{series}:N", sort=order, legend=None, scale=alt.Scale(domain=order, range=_DASHES))
    chart = (
        _chart(rows)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=40))
        .encode(x=_names(x, rows), y=_numbers(y, y_format), color=_colours(series, order), strokeDash=dashes)
    )
    return _svg(chart)


_DASHES: Final = [[1, 0], [8, 3], [2, 3], [8, 3, 2, 3]]


def curve(rows: Sequence[Row], x: str, y: str) -> str:
    """A curve from 0 to 1 in both directions, and the diagonal."""
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    found = (
        _chart(rows)
        .mark_line(strokeWidth=3, color=FIRST)
        .encode(
            x=alt.X(f"{x}:Q", title=x, axis=axis, scale=alt.Scale(domain=[0, 1], nice=False)),
            y=alt.Y(f"{y}:Q", title=y, axis=axis, scale=alt.Scale(zero=True)),
        )
    )
    even = _chart([{x: 0, y: 0}, {x: 1, y: 1}]).mark_line(color=INK, strokeDash=[4, 4], strokeWidth=1)
    return _svg(even.encode(x=f"{x}:Q", y=f"{y}:Q") + found)


def cells(rows: Sequence[Row], value: str, value_format: str) -> str:
    """A heat map; darker cells have larger values.

    Args:
        rows: rows with a column for the horizontal axis, one for the vertical axis, and `value`, in display order.
        value: the column that gives the colour.
        value_format: the d3 format of the legend.
    """
    x, y, _ = rows[0]
    legend = alt.Legend(format=value_format, orient="top", title=value, direction="horizontal", symbolType="square")
    chart = (
        _chart(rows, 24 * len(_values(rows, y)))
        .mark_rect(stroke=LINE, strokeWidth=0.5)
        .encode(
            x=alt.X(f"{x}:O", title=x, sort=_values(rows, x), axis=alt.Axis(labelAngle=0)),
            y=alt.Y(f"{y}:O", title=None, sort=_values(rows, y), axis=alt.Axis(minExtent=_MONTHS)),
            color=alt.Color(
                f"{value}:Q", scale=alt.Scale(type="quantize", range=list(STEPS), zero=False), legend=legend
            ),
        )
    )
    return _svg(chart)


def _chart(rows: Sequence[Row], height: int = _HEIGHT, width: int = _WIDTH) -> alt.Chart:
    chart: alt.Chart = alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))
    sized: alt.Chart = chart.properties(width=width, height=height)
    return sized


def _names(x: str, rows: Sequence[Row]) -> alt.X:
    return alt.X(f"{x}:O", title=x, sort=_values(rows, x), axis=alt.Axis(labelAngle=0, labelOverlap=True))


def _numbers(y: str, y_format: str) -> alt.Y:
    return alt.Y(f"{y}:Q", title=y, axis=alt.Axis(format=y_format, tickCount=5))


def _colours(series: str, order: list[Any]) -> alt.Color:
    legend = alt.Legend(
        orient="top", title=None, columns=2, symbolType="square", labelLimit=0, columnPadding=24, offset=30
    )
    return alt.Color(f"{series}:N", sort=order, legend=legend, scale=alt.Scale(domain=order, range=list(SERIES)))


def _values(rows: Sequence[Row], name: str) -> list[Any]:
    return list(dict.fromkeys(row[name] for row in rows))


def _svg(chart: Any) -> str:
    """The SVG text of a chart, scaled to the width of its container, without parts that the page repeats."""
    axis = {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": _SIZE,
        "titleFontSize": _SIZE,
        "titleFontWeight": "normal",
        "titleAnchor": "end",
        "titlePadding": 8,
        "labelLimit": 0,
    }
    legend = {"labelColor": INK, "titleColor": INK, "labelFontSize": _SIZE, "titleFontSize": _SIZE}
    configured = chart.configure(
        font=_FONT,
        background="transparent",
        axis=axis,
        axisX={"grid": False},
        axisY={"titleAngle": 0, "titleAlign": "left", "titleAnchor": "start", "titleY": -10, "titleX": 0},
        legend={**legend, "titleFontWeight": "normal"},
        view={"stroke": None},
    )
    svg: str = vl_convert.vegalite_to_svg(configured.to_dict(), vl_version=alt.SCHEMA_VERSION[1:].rpartition(".")[0])
    width, height = re.findall(r'(?:width|height)="(\d+)"', svg)[:2]
    inner = _ROLES.sub("", svg[svg.index(">") + 1 :])
    return f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 {width} {height}">{inner}'
