"""The building blocks of the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of texts; the first column has the names of the rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A chart, a description in words, and a table of its figures."""

    title: str
    svg: str
    said: str
    table: Table


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        name: the anchor for links.
        title: its main finding, as a heading.
        texts: paragraphs.
        table: a table; None for none.
        figures: charts.
        notes: what to keep in mind, each a line.
    """

    name: str
    title: str
    texts: tuple[str, ...] = ()
    table: Table | None = None
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
