"""A file of the input: its path, size and modification time."""

from typing import NamedTuple

from pyarrow import fs

from sflydwh.files.uri import filesystem, is_uri, location


class InputFile(NamedTuple):
    """A file of the input.

    Attributes:
        path: a local path or a URI.
        size: in bytes.
        modified: its modification time, see `modified_at`; None if not known.
        digest: the digest of its content; None if not needed.
    """

    path: str
    size: int
    modified: int | None = None
    digest: str | None = None


def filesystem_of(path: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or of a URI such as ``s3://``, and the path on it."""
    return filesystem(location(path)) if is_uri(path) else (fs.LocalFileSystem(), path)


def modified_at(info: fs.FileInfo, path: str) -> int | None:
    """A file's modification time, in nanoseconds since 1970; None if its file system has none.

    For object stores, fractions of a second are dropped, because only some of their responses have them.
    """
    time: int | None = info.mtime_ns
    return time - time % 1_000_000_000 if time is not None and is_uri(path) else time
