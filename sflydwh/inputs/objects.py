"""EVENTS arguments that are URIs: objects, folders and globs of a store that pyarrow can open."""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Final

from pyarrow import ArrowException, fs

from sflydwh.errors import InputError, UsageError, first_line
from sflydwh.files.input_file import InputFile, modified_at
from sflydwh.files.uri import Location, filesystem, key_of, location, shown

_GLOB_MARKS: Final = "*?["
_HIDDEN: Final = (".", "_")


class ObjectInputs:
    """The objects that a URI among EVENTS names.

    Args:
        argument: the URI.

    Attributes:
        skipped: the skipped hidden objects and folders.
        entered: the folders whose objects are read, as URIs for messages.

    Raises:
        UsageError: the URI cannot be opened.
    """

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._where = location(argument)
        self.skipped: dict[str, None] = {}
        self.entered: set[str] = set()

    def files(self) -> list[InputFile]:
        """The objects, in byte order of their keys.

        Raises:
            UsageError: the URI does not exist, or a glob matches nothing.
            InputError: the store cannot be read.
        """
        with _errors_of(self._where):
            found = [file for key, info in self._matches() for file in self._files_of(key, info)]
        return sorted(set(found), key=lambda file: shown(file.path).encode("utf-8"))

    def _matches(self) -> list[tuple[str, fs.FileInfo]]:
        """The object or folder of this name, or the matches of the glob."""
        key = self._where.key
        is_folder = _path_of(self._argument, self._where.query).endswith("/")
        info = self._info(key)
        if info.type != fs.FileType.NotFound and (info.type == fs.FileType.Directory or not is_folder):
            return [(key, info)]
        if not any(mark in key for mark in _GLOB_MARKS):
            raise UsageError(f"EVENTS: {str(self._where)!r} does not exist; give an object, a folder or a glob")
        found = [(key, info) for key, info in self._glob("", key.split("/")) if not (is_folder and info.is_file)]
        if not found:
            raise UsageError(f"EVENTS: no object matches {str(self._where)!r}; give a glob that matches one")
        return found

    def _glob(self, folder: str, pattern: list[str]) -> Iterator[tuple[str, fs.FileInfo]]:
        """The matches of a glob in a folder, by the rules of Python's `glob`; a match may occur more than once."""
        name, *rest = pattern
        is_any_depth = name == "**"
        if is_any_depth and rest:
            yield from self._glob(folder, rest)
        for key, info in self._candidates(folder, name):
            deeper = pattern if is_any_depth else rest
            if not rest:
                yield key, info
            if deeper and info.type == fs.FileType.Directory:
                yield from self._glob(key, deeper)

    def _candidates(self, folder: str, name: str) -> Iterator[tuple[str, fs.FileInfo]]:
        """The entries of one folder that have a name or match a pattern."""
        if not any(mark in name for mark in _GLOB_MARKS):
            key = f"{folder}/{name}" if folder else name
            info = self._info(key)
            if info.type != fs.FileType.NotFound:
                yield key, info
            return
        for key, info in self._listed(folder):
            is_shown = name.startswith(".") or not info.base_name.startswith(".")
            if is_shown and (name == "**" or fnmatchcase(info.base_name, name)):
                yield key, info

    def _files_of(self, key: str, info: fs.FileInfo) -> Iterator[InputFile]:
        """An object itself, or the objects below a folder."""
        if info.type != fs.FileType.Directory:
            yield self._input_file(key, info)
            return
        self.entered.add(str(self._where.at(key)))
        for below, found in self._listed(key, recursive=True):
            if hidden := _hidden_part(below, key):
                self.skipped[str(self._where.at(hidden))] = None
            elif found.is_file:
                yield self._input_file(below, found)

    def _input_file(self, key: str, info: fs.FileInfo) -> InputFile:
        place = self._where.at(key)
        if location(place.uri) != place:
            raise InputError(f"cannot read {str(place)!r}: its key cannot be written as a URI; rename it")
        return InputFile(place.uri, info.size, modified_at(info, place.uri))

    def _info(self, key: str) -> fs.FileInfo:
        opened, inner = filesystem(self._where.at(key))
        return opened.get_file_info(inner)

    def _listed(self, folder: str, recursive: bool = False) -> Iterator[tuple[str, fs.FileInfo]]:
        opened, inner = filesystem(self._where.at(folder))
        for info in opened.get_file_info(fs.FileSelector(inner, allow_not_found=True, recursive=recursive)):
            yield key_of(self._where, info.path), info


def would_read(uri: str, entered: set[str]) -> bool:
    """Whether a run that reads these folders would read an object at this URI."""
    place = location(uri)
    key = place.key
    while key:
        key, _, name = key.rpartition("/")
        if name.startswith(_HIDDEN):
            return False
        if str(place.at(key)) in entered:
            return True
    return False


def _hidden_part(key: str, folder: str) -> str | None:
    """The topmost hidden part of a key below a folder; None if there is none."""
    names = key.split("/")
    for depth in range(folder.count("/") + 1 if folder else 0, len(names)):
        if names[depth].startswith(_HIDDEN):
            return "/".join(names[: depth + 1])
    return None


def _path_of(argument: str, query: str) -> str:
    return argument[: len(argument) - len(query)]


@contextmanager
def _errors_of(place: Location) -> Iterator[None]:
    """Turn errors of a store into one-line InputErrors."""
    try:
        yield
    except (OSError, ArrowException) as error:
        raise InputError(f"cannot read {place}: {first_line(error)}") from error
