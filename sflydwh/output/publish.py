"""Putting a finished run in place: rejects and summary first, the .dat last, in one step."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sflydwh.errors import RunError
from sflydwh.output.names import RunName
from sflydwh.output.place import Place


@dataclass(frozen=True)
class Staged:
    """What a run has ready, where their places can take it from.

    Attributes:
        dat: the answer.
        rejects: the rejects, None where there are none.
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
    """Put a run's files in place under the first free name.

    Args:
        staged: the files, which are moved.
        name: the name wished for; where it is taken, the next free second's.
        output: the place of the answer.
        rejects: the place of the rejects' folder.
        write_summary: called with the name before the answer is put in place.

    Returns:
        The name that the files have.

    Raises:
        RunError: something cannot be written; then there is no .dat.
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
        # An interrupt may come when the answer is there already.
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
    """Put rejects in a folder of their own, before or without an answer; the folder's name.

    Args:
        staged: the rejects, which are moved.
        name: the name wished for.
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
