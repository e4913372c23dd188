"""A file of the input: where it lies, how large it is, and when it was last changed."""

from typing import NamedTuple

from pyarrow import fs

from sflydwh.files.uri import filesystem, is_uri, location


class InputFile(NamedTuple):
    """A file of the input.

    Attributes:
        path: a local path or a URI.
        size: in bytes.
        modified: when it was last changed, as `modified_at` has it; None for not known.
        digest: what its content is known by; None where that is not asked for.
    """

    path: str
    size: int
    modified: int | None = None
    digest: str | None = None


def filesystem_of(path: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or of a URI such as ``s3://``, and the path on it."""
    return filesystem(location(path)) if is_uri(path) else (fs.LocalFileSystem(), path)


def modified_at(info: fs.FileInfo, path: str) -> int | None:
    """When a file was last changed, in nanoseconds since 1970; None where its file system does not tell.

    Object stores tell parts of a second in some of their answers only.
    """
    time: int | None = info.mtime_ns
    return time - time % 1_000_000_000 if time is not None and is_uri(path) else time
