"""Durable files: they get their name atomically, and are synced to disk."""

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_NO_HARD_LINKS: Final = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK))
_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1


def put_in_place(file: Path, target: Path) -> None:
    """Give a file its name by a hard link; without hard links, by a rename that cannot overwrite.

    Raises:
        FileExistsError: the name is taken.
        OSError: the file system can do neither.
    """
    try:
        os.link(file, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _rename_no_replace(file, target)


def _rename_no_replace(file: Path, target: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOTSUP, "no hard links here, and no rename that cannot overwrite", str(target))
    paths = (os.fsencode(file), os.fsencode(target))
    if libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_NOREPLACE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def write_file(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file and sync it to disk; return the number of parts.

    Raises:
        OSError: it cannot be written; the error names it.
    """
    count = 0
    try:
        with path.open("wb") as file:
            for part in parts:
                file.write(part)
                count += 1
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(path)) from error
    return count


def sync_directory(directory: Path) -> None:
    """Sync a directory's entries to disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file atomically; write into a device or a pipe directly."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write_file(part, [data])
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def sync_file(path: Path) -> None:
    """Sync a file to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
