"""A directory, as a place for a run's files.

The .dat gets its name in a way that cannot overwrite: it is whole or absent.
"""

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sflydwh.output.names import REJECTS_FILE

_NO_HARD_LINKS: Final = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK))
_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1


class Directory:
    """A directory on a mounted file system; what `output.place.Place` asks for.

    Args:
        path: the directory.

    Attributes:
        staging: the directory itself: files are staged on the file system where they will stay.
    """

    def __init__(self, path: Path) -> None:
        self.staging: Path | None = path
        self._path = path

    def check(self) -> None:
        """Nothing: to stage files here is the check."""

    def path_of(self, name: str) -> str:
        """The path that something here has."""
        return str(self._path / name)

    def is_free(self, name: str) -> bool:
        """Whether an answer may have this name; it may be lost again to another run."""
        return not (self._path / name).exists()

    def make_folder(self, name: str) -> bool:
        """Make a new folder; false if the name is taken."""
        try:
            (self._path / name).mkdir()
        except FileExistsError:
            return False
        return True

    def move_rejects(self, staged: Path, lost: str | None, folder: str) -> None:
        """Move rejects to their folder, from staging or from the folder of a name that was lost."""
        now_at = self._path / lost / REJECTS_FILE if lost else staged
        now_at.rename(self._path / folder / REJECTS_FILE)
        if lost:
            now_at.parent.rmdir()

    def sync_folder(self, name: str) -> None:
        """See what is in a folder to the disk."""
        sync_directory(self._path / name)

    def rename_folder(self, name: str, new_name: str) -> None:
        """Give the folder of rejects another name."""
        (self._path / name).rename(self._path / new_name)

    def put_answer(self, staged: Path, name: str) -> bool:
        """Give an answer its name for good; false if the name is taken.

        An answer that may not outlive a power cut is taken back.
        """
        target = self._path / name
        try:
            put_in_place(staged, target)
        except FileExistsError:
            return False
        try:
            sync_directory(self._path)
        except OSError:
            target.unlink()
            raise
        return True

    def let_go(self) -> None:
        """Nothing: a name is taken in the step that gives it."""


def put_in_place(file: Path, target: Path) -> None:
    """Give a file its name by a hard link, or where there are none by a rename that cannot overwrite.

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
    """Write a file and see it to the disk; how many parts it took.

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
    """See a directory's names to the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in place of what was there; into a device or a pipe as it is."""
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
