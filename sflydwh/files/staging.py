"""A run's staging folder: what is not finished lies there, out of sight."""

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


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """A folder of this run's own in a directory, which is made if absent; gone at the end.

    The run holds a lock in it for as long as it lives, so that folders of runs
    that were killed can be told from those at work, and are cleared here.

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
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_abandoned(directory: Path) -> None:
    """Remove the staging folders whose runs are dead."""
    for folder in directory.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = _locked(folder / _LOCK)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def others_at_work(directory: Path, own: Path) -> bool:
    """Whether another run has a staging folder in a directory, and is alive."""
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
    """Fail where a staging folder at work was removed: an engine makes it again, without what it held.

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
    """What a message should name: the directory that a path in a staging folder lies in, any other path itself.

    >>> seen_from_outside("/tmp/o/.sflydwh-staging-x1/ledger"), seen_from_outside("/tmp/log")
    ('/tmp/o', '/tmp/log')
    """
    return path.partition(f"{os.sep}{_PREFIX}")[0]


def _locked(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """A lock file held by this process; OSError where another one holds it."""
    lock = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


@contextmanager
def others_held_back(directory: Path) -> Iterator[None]:
    """Let no other run begin in a directory for a while: a folder without its lock would look abandoned to it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
