"""Putting a finished run in place: rejects and summary first, the .dat last, in one step.

The .dat gets its name in a way that cannot overwrite: it is whole or absent.
"""

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sflydwh.errors import RunError
from sflydwh.output.names import RunName

_REJECTS_FILE: Final = "rejects.jsonl"
_NO_HARD_LINKS: Final = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK))
_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1


@dataclass(frozen=True)
class Staged:
    """What a run has ready, on the file systems where it will stay.

    Attributes:
        dat: the answer.
        rejects: the rejects, None where there are none.
    """

    dat: Path
    rejects: Path | None


def publish(
    staged: Staged,
    name: RunName,
    output: Path,
    rejects: Path,
    write_summary: Callable[[RunName], None],
) -> RunName:
    """Put a run's files in place under the first free name.

    Args:
        staged: the files, which are moved.
        name: the name wished for; where it is taken, the next free second's.
        output: the directory of the answer.
        rejects: the directory of the rejects' folder.
        write_summary: called with the name before the answer is put in place.

    Returns:
        The name that the files have.

    Raises:
        RunError: something cannot be written; then there is no .dat.
    """
    rejects_folder: Path | None = None
    try:
        for free in name.and_later():
            target = output / free.dat
            if target.exists():
                continue
            if staged.rejects:
                folder = rejects / free.rejects
                if not _make_folder(folder):
                    continue
                _move_rejects(staged.rejects, rejects_folder, folder)
                rejects_folder = folder
                sync_directory(folder)
            write_summary(free)
            if _put_answer(staged.dat, target):
                return free
    except OSError as error:
        if rejects_folder:
            with contextlib.suppress(OSError):
                rejects_folder.rename(rejects_folder.with_name(f"{rejects_folder.name}_failed"))
        raise RunError(f"cannot write {error.filename2 or error.filename or output}: {error.strerror}") from error
    raise AssertionError("names do not end")


def _put_answer(dat: Path, target: Path) -> bool:
    """Give the answer its name for good; false if the name is taken.

    An answer that may not outlive a power cut is taken back.
    """
    try:
        put_in_place(dat, target)
    except FileExistsError:
        return False
    try:
        sync_directory(target.parent)
    except OSError:
        target.unlink()
        raise
    return True


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


def keep_failed_rejects(staged: Path, name: RunName, rejects: Path) -> Path:
    """Put the rejects of a run that failed in a folder whose name says so."""
    for free in name.and_later():
        folder = rejects / free.failed_rejects
        if _make_folder(folder):
            _move_rejects(staged, None, folder)
            sync_directory(folder)
            return folder / _REJECTS_FILE
    raise AssertionError("names do not end")


def _make_folder(folder: Path) -> bool:
    """Make a new folder; false if the name is taken."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _move_rejects(staged: Path, placed: Path | None, folder: Path) -> None:
    """Move the rejects to their folder, from staging or from the folder of a name that was lost."""
    now_at = placed / _REJECTS_FILE if placed else staged
    now_at.rename(folder / _REJECTS_FILE)
    if placed:
        placed.rmdir()


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
    """Write a file whole or not at all, in place of what was there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write_file(part, [data])
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
