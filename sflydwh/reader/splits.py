"""Cut the input into splits: all files, one after the other, in equal byte ranges.

A file that cannot be cut belongs to the split in which it begins; small files
share a split. An event's `position` orders the whole input: the number of its
file, then its offset in there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sflydwh.errors import InputError
from sflydwh.files.input_file import InputFile
from sflydwh.files.uri import shown
from sflydwh.reader.source import MOST_BYTES

# Positions are 64-bit numbers.
_MOST_FILES: Final = (1 << 63) // MOST_BYTES


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


def splits(files: Sequence[InputFile], split_bytes: int, can_be_cut: Callable[[InputFile], bool]) -> list[Split]:
    """Cut the input.

    Args:
        files: the input, in order.
        split_bytes: the size aimed at.
        can_be_cut: asked only about files that a cut would touch.

    Raises:
        InputError: there are more files, or larger ones, than positions can tell apart.
    """
    if len(files) > _MOST_FILES:
        raise InputError(f"{len(files)} files are more than {_MOST_FILES}; join some of them")
    for file in files:
        if file.size > MOST_BYTES:
            raise InputError(f"{shown(file.path)} holds more than {MOST_BYTES} bytes; cut it into several files")
    shares: dict[int, list[Span]] = {}
    begin = 0
    for number, file in enumerate(files):
        base = number * MOST_BYTES
        first = begin // split_bytes
        last = max(first, (begin + file.size - 1) // split_bytes)
        if first == last or not can_be_cut(file):
            shares.setdefault(first, []).append(Span(file, base, 0, file.size))
        else:
            for share in range(first, last + 1):
                start = max(0, share * split_bytes - begin)
                end = min(file.size, (share + 1) * split_bytes - begin)
                shares.setdefault(share, []).append(Span(file, base, start, end))
        begin += file.size
    return [Split(index, tuple(shares[share])) for index, share in enumerate(sorted(shares))]
