"""EVENTS arguments to input files, in input order."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sflydwh.errors import InputError, UsageError
from sflydwh.reader import InputFile

_GLOB_MARKS = "*?["
_HIDDEN = (".", "_")


class Inputs(list[InputFile]):
    """The files of a run, in input order.

    Attributes:
        skipped: the hidden files, whose names begin with a dot or an underscore,
            that lay in a directory that was given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: list[str] = []

    @property
    def size(self) -> int:
        """Bytes altogether."""
        return sum(file.size for file in self)


def find_inputs(arguments: Sequence[str]) -> Inputs:
    """The files that the EVENTS arguments name.

    Arguments count in the order given; within a directory or a glob, files in
    the byte order of their paths. A file reached twice is read once, at its
    first place.

    Raises:
        UsageError: a path does not exist, or a glob matches nothing.
        InputError: a file cannot be read.
    """
    inputs = Inputs()
    seen: set[tuple[int, int]] = set()
    for argument in arguments:
        for path in _expand(argument, inputs.skipped):
            status = os.stat(path)
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                inputs.append(_readable(path, status.st_size))
    return inputs


def _expand(argument: str, skipped: list[str]) -> list[str]:
    if os.path.isdir(argument):
        return _in_byte_order(_files_below(argument, skipped))
    if os.path.exists(argument):
        return [argument]
    if any(mark in argument for mark in _GLOB_MARKS):
        found = _in_byte_order(glob.glob(argument, recursive=True))
        if not found:
            raise UsageError(f"EVENTS: no file matches {argument!r}; give a glob that matches a file")
        return [path for match in found for path in _of_match(match, skipped)]
    raise UsageError(f"EVENTS: there is no {argument!r}; give a file, a directory or a glob")


def _of_match(match: str, skipped: list[str]) -> list[str]:
    return _in_byte_order(_files_below(match, skipped)) if os.path.isdir(match) else [match]


def _files_below(directory: str, skipped: list[str]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise InputError(f"cannot read {directory}: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(_HIDDEN):
            skipped.append(entry.path)
        elif entry.is_dir():
            yield from _files_below(entry.path, skipped)
        else:
            yield entry.path


def _in_byte_order(paths: Iterator[str] | list[str]) -> list[str]:
    return sorted(paths, key=os.fsencode)


def _readable(path: str, size: int) -> InputFile:
    """An input file by its absolute path, so that a task finds it from any directory."""
    if not Path(path).is_file():
        raise InputError(f"cannot read {path}: not a regular file")
    try:
        with open(path, "rb"):
            return InputFile(os.path.abspath(path), size)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
