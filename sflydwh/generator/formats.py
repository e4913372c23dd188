"""How events are laid out in a file: JSON Lines, or one of several kinds of JSON array."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sflydwh.generator.broken_text import NO_COMMA
from sflydwh.generator.dirt import dirt_batches
from sflydwh.generator.events import event_batches
from sflydwh.generator.request import LogRequest

_BLANK_LINE_EVERY = 17


class _Layout(NamedTuple):
    opening: str
    between: str
    closing: str
    dress: Callable[[list[str], int], list[str]]


def _as_they_are(texts: list[str], _first: int) -> list[str]:
    return texts


def _with_blank_lines(texts: list[str], first: int) -> list[str]:
    return [f"\n{text}" if n % _BLANK_LINE_EVERY == 0 else text for n, text in enumerate(texts, first + 1)]


def _pretty(texts: list[str], _first: int) -> list[str]:
    # No value of a generated event holds `, "`, so replacing is exact, and ten times as fast as parsing.
    indented = [text[1:-1].replace(', "', ',\n    "') for text in texts]
    return [f"  {{\n    {fields}\n  }}" for fields in indented]


_LAYOUTS = {
    "lines": _Layout("", "\n", "\n", _as_they_are),
    "array": _Layout("[", ",\n", "]\n", _as_they_are),
    "array-blank": _Layout("[\n", ",\n", "\n]\n", _with_blank_lines),
    "oneline": _Layout("[", ", ", "]\n", _as_they_are),
    "pretty": _Layout("[\n", ",\n", "\n]\n", _pretty),
}
FORMATS = tuple(_LAYOUTS)


def log_chunks(request: LogRequest, layout_name: str = "lines") -> Iterator[bytes]:
    """Yield the bytes of a log piece by piece; a piece holds one batch of events.

    Args:
        request: What log.
        layout_name: One of FORMATS.
    """
    opening, between, closing, dress = _LAYOUTS[layout_name]
    if not request.events:
        yield b"" if layout_name == "lines" else b"[]\n"
        return
    lead = opening
    first = 0
    for texts, dirt in dirt_batches(event_batches(request), request):
        entries = dress(texts, first)
        for position, soiled in dirt.items():
            entries[position] = soiled
        yield _encoded(lead + between.join(entries), has_dirt=bool(dirt))
        lead = between
        first += len(texts)
    yield closing.encode()


def _encoded(text: str, *, has_dirt: bool) -> bytes:
    if has_dirt:
        text = text.replace(f"{NO_COMMA},", "").replace(NO_COMMA, "")
    # Dirt writes bytes that are not UTF-8 as escaped surrogates.
    return text.encode("utf-8", "surrogateescape")
