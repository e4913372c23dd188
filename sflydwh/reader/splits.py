"""Cutting the input into splits: all files laid end to end, cut into equal byte ranges.

A place on that line orders the whole input, and is an event's `position`. A file
in stream form cannot be cut and belongs to the split in which it begins; small
files share a split.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sflydwh.reader.form import Form

# A byte of room after each file keeps positions apart where a file is empty.
_GAP: Final = 1


class InputFile(NamedTuple):
    """A file of the input: a path or URI, and its size in bytes."""

    path: str
    size: int


class Span(NamedTuple):
    """The part of one file that a split reads: the lines that start in [start, end).

    Attributes:
        file: the file.
        base: the position of the file's first byte.
        start: offset in the file, 0 for its beginning.
        end: offset in the file; its size for the rest of it.
    """

    file: InputFile
    base: int
    start: int
    end: int

    @property
    def is_whole_file(self) -> bool:
        """Whether nothing of the file lies in another split."""
        return self.start == 0 and self.end == self.file.size


@dataclass(frozen=True)
class Split:
    """One task's share of the input."""

    index: int
    spans: tuple[Span, ...]


def splits(files: Sequence[InputFile], split_bytes: int, form: Callable[[InputFile], Form]) -> list[Split]:
    """Cut the input.

    Args:
        files: the input, in order.
        split_bytes: the size aimed at.
        form: tells a file's form; asked only about files that a cut would touch.
    """
    shares: dict[int, list[Span]] = {}
    base = 0
    for file in files:
        first = base // split_bytes
        last = max(first, (base + file.size - 1) // split_bytes)
        if first == last or form(file) is Form.STREAM:
            shares.setdefault(first, []).append(Span(file, base, 0, file.size))
        else:
            for share in range(first, last + 1):
                start = max(0, share * split_bytes - base)
                end = min(file.size, (share + 1) * split_bytes - base)
                shares.setdefault(share, []).append(Span(file, base, start, end))
        base += file.size + _GAP
    return [Split(index, tuple(shares[share])) for index, share in enumerate(sorted(shares))]
