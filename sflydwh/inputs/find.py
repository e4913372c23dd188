"""EVENTS arguments to input files, in input order."""

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence

from sflydwh.errors import InputError, UsageError
from sflydwh.files.input_file import InputFile
from sflydwh.files.uri import expanded, is_uri
from sflydwh.inputs.objects import ObjectInputs, would_read

_GLOB_MARKS = "*?["
_HIDDEN = (".", "_")


class Inputs(list[InputFile]):
    """The files of a run, in input order.

    Attributes:
        skipped: the skipped hidden files in directories, with names that begin with
            a dot or an underscore.
        entered: the directories whose files are read, by device and inode.
        entered_in_stores: the folders of object stores whose objects are read, as URIs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: list[str] = []
        self.entered: set[tuple[int, int]] = set()
        self.entered_in_stores: set[str] = set()

    def only(self, files: Iterable[InputFile]) -> "Inputs":
        """A copy with only some of the files, in the order given."""
        chosen = Inputs()
        chosen.extend(files)
        chosen.skipped = self.skipped
        return chosen

    @property
    def size(self) -> int:
        """The total number of bytes."""
        return sum(file.size for file in self)

    def would_read(self, path: str) -> bool:
        """Whether the next run would read a file at this path, whose directories need not exist yet."""
        if is_uri(path):
            return would_read(path, self.entered_in_stores)
        place, name = os.path.split(os.path.realpath(path))
        while not name.startswith(_HIDDEN):
            if os.path.exists(place):
                return _identity(os.stat(place)) in self.entered
            place, name = os.path.split(place)
        return False


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
    seen: set[tuple[int, int] | str] = set()
    for argument in arguments:
        local = argument.removeprefix("file://") if argument.startswith("file:///") else argument
        local = local if os.path.lexists(local) else expanded(local)
        found = _in_store(argument, inputs) if is_uri(local) else _in_directories(local, inputs)
        for identity, file in found:
            if identity not in seen:
                seen.add(identity)
                inputs.append(file)
    return inputs


def _in_store(argument: str, inputs: Inputs) -> Iterator[tuple[str, InputFile]]:
    """The objects that a URI names, each with a key by which it is recognised if reached twice."""
    found = ObjectInputs(argument)
    for file in found.files():
        # The URI includes the query, which may name another store.
        yield file.path, file
    inputs.skipped += found.skipped
    inputs.entered_in_stores |= found.entered


def _in_directories(argument: str, inputs: Inputs) -> Iterator[tuple[tuple[int, int], InputFile]]:
    """The files that a path or a glob names, each with a key by which it is recognised if reached twice."""
    for path in _expand(argument, inputs):
        status = _status(path)
        yield _identity(status), _readable(path, status)


def _expand(argument: str, inputs: Inputs) -> list[str]:
    """The files that an argument names, in byte order of their paths."""
    if os.path.lexists(argument):
        matches = [argument]
    elif any(mark in argument for mark in _GLOB_MARKS):
        matches = glob.glob(argument, recursive=True)
        if not matches:
            raise UsageError(f"EVENTS: no file matches {argument!r}; give a glob that matches a file")
    else:
        raise UsageError(f"EVENTS: {argument!r} does not exist; give a file, a directory or a glob")
    entered: set[tuple[int, int]] = set()
    files = [path for match in matches for path in _files_of(match, inputs.skipped, entered)]
    inputs.entered |= entered
    return sorted(files, key=os.fsencode)


def _files_of(path: str, skipped: list[str], entered: set[tuple[int, int]]) -> Iterator[str]:
    """A file itself, or the files below a directory; a directory is entered once."""
    status = _status(path)
    if not stat.S_ISDIR(status.st_mode):
        yield path
    elif _identity(status) not in entered:
        entered.add(_identity(status))
        for name in sorted(_names_in(path), key=os.fsencode):
            below = os.path.join(path, name)
            if name.startswith(_HIDDEN):
                skipped.append(below)
            else:
                yield from _files_of(below, skipped, entered)


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError as error:
        raise InputError(f"cannot read {directory}: {error.strerror}") from error


def _status(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _readable(path: str, status: os.stat_result) -> InputFile:
    """An input file by its absolute path, so that a task finds it from any directory."""
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"cannot read {path}: not a regular file")
    if not _is_utf8(path):
        raise InputError(f"cannot read {path!a}: its name is not UTF-8; rename it")
    try:
        with open(path, "rb"):
            return InputFile(os.path.abspath(path), status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
