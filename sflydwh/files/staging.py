"""A run's staging folder: a hidden folder for unfinished files."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sflydwh.errors import RunError

_PREFIX: Final = ".sflydwh-staging-"
_LOCK: Final = "owner.lock"
# The folders of runs of this process that failed.
_of_failed: Final[list[Path]] = []


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """A staging folder for this run in a directory, which is created if absent; removed at the end.

    The run holds a lock in it while it is alive. So the folders of killed runs can be
    recognised; they are removed here.

    Raises:
        RunError: the directory cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with others_held_back(directory):
            clear_abandoned(directory)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=directory))
            lock = _locked(folder / _LOCK)
    except OSError as error:
        raise RunError(f"cannot write to {directory}: {error.strerror}") from error
    try:
        yield folder
    except BaseException:
        _of_failed.append(folder)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_failed() -> None:
    """Remove the folders of failed runs again, once their engine has stopped.

    A task of an engine may outlive the query that failed, and make its folder again to write to it.
    """
    while _of_failed:
        shutil.rmtree(_of_failed.pop(), ignore_errors=True)


def clear_abandoned(directory: Path) -> None:
    """Remove the staging folders of killed runs."""
    for folder in directory.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = _locked(folder / _LOCK)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def others_at_work(directory: Path, own: Path) -> bool:
    """Whether a live run other than this one has a staging folder in a directory."""
    for folder in directory.glob(f"{_PREFIX}*"):
        if folder != own:
            try:
                os.close(_locked(folder / _LOCK, os.O_RDWR))
            except BlockingIOError:
                return True
            except FileNotFoundError:
                pass
    return False


def check_held(folder: Path) -> None:
    """Fail if a staging folder was removed during the run: an engine may recreate it, but empty.

    Raises:
        RunError: the lock of this run is gone.
    """
    try:
        os.close(_locked(folder / _LOCK, os.O_RDWR))
    except BlockingIOError:
        return
    except FileNotFoundError:
        pass
    raise RunError(f"{folder.parent} was removed during the run, or its hidden folders were")


def seen_from_outside(path: str) -> str:
    """The path to show in a message: for a path in a staging folder, the directory that the folder is in.

    >>> seen_from_outside("/tmp/o/.sflydwh-staging-x1/ledger"), seen_from_outside("/tmp/log")
    ('/tmp/o', '/tmp/log')
    """
    return path.partition(f"{os.sep}{_PREFIX}")[0]


def _locked(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """Open and lock a file; OSError if another process holds the lock."""
    lock = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


@contextmanager
def others_held_back(directory: Path) -> Iterator[None]:
    """Keep other runs from starting in a directory: a folder that is not locked yet would look abandoned to them."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
