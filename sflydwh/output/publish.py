"""Publishing a finished run: rejects and summary first, the .dat last and atomically."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sflydwh.errors import RunError
from sflydwh.output.names import RunName
from sflydwh.output.place import Place


@dataclass(frozen=True)
class Staged:
    """The staged files of a run.

    Attributes:
        dat: the answer.
        rejects: the rejects; None if there are none.
    """

    dat: Path
    rejects: Path | None


def publish(
    staged: Staged,
    name: RunName,
    output: Place,
    rejects: Place,
    write_summary: Callable[[RunName], None],
) -> RunName:
    """Publish a run's files under the first free name.

    Args:
        staged: the files, which are moved.
        name: the preferred name; if it is taken, the next free second's is used.
        output: the place of the answer.
        rejects: the place of the rejects' folder.
        write_summary: called with the name before the answer is published.

    Returns:
        The name that the files got.

    Raises:
        RunError: something cannot be written; there is no .dat.
    """
    folder: str | None = None
    may_be_there = False
    try:
        for free in name.and_later():
            if not output.claim(free.dat):
                continue
            if staged.rejects:
                if not rejects.make_folder(free.rejects):
                    continue
                rejects.move_rejects(staged.rejects, folder, free.rejects)
                folder = free.rejects
                rejects.sync_folder(folder)
            write_summary(free)
            may_be_there = True
            if output.put_answer(staged.dat, free.dat):
                return free
            may_be_there = False
    except BaseException as error:
        # An interrupt may come after the answer is published.
        if folder and (isinstance(error, OSError) or not may_be_there):
            with contextlib.suppress(OSError):
                rejects.rename_folder(folder, f"{folder}_failed")
        if not isinstance(error, OSError):
            raise
        where = error.filename2 or error.filename or output.path_of(name.dat)
        raise RunError(f"cannot write {where}: {error.strerror}") from error
    finally:
        output.let_go()
        rejects.let_go()
    raise AssertionError("names do not end")


def keep_rejects(staged: Path, name: RunName, rejects: Place, failed: bool) -> str:
    """Move rejects to a new folder, before or without an answer; return the folder's name.

    Args:
        staged: the rejects, which are moved.
        name: the preferred name.
        rejects: where the folder goes.
        failed: whether the folder's name says that the run failed.

    Raises:
        OSError: they cannot be written.
    """
    try:
        for free in name.and_later():
            folder = free.failed_rejects if failed else free.rejects
            if rejects.make_folder(folder):
                rejects.move_rejects(staged, None, folder)
                rejects.sync_folder(folder)
                return folder
    finally:
        rejects.let_go()
    raise AssertionError("names do not end")
