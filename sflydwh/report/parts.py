"""What a part of the page is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of texts; the first column names the rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows in words, and its figures."""

    title: str
    svg: str
    said: str
    table: Table


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        name: for links to it.
        title: what it shows.
        texts: paragraphs.
        table: shown as it is; None for none.
        figures: charts.
        notes: what to keep in mind, each a line.
    """

    name: str
    title: str
    texts: tuple[str, ...] = ()
    table: Table | None = None
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
