"""What engines and systems raise, as one line for the user."""

import os
import re
from errno import EACCES, EDQUOT, EFBIG, EIO, ENOSPC, EROFS
from pathlib import Path
from typing import Final

from sflydwh.errors import InputError, RunError, SflyError
from sflydwh.files.staging import seen_from_outside

# The engine wraps an error of the reader in its own.
_READER_ERROR: Final = re.compile(r"InputError: ([^\n]*)")
# Errors of the file system, as they appear within an engine's message.
_SYSTEM_ERROR: Final = re.compile("|".join(map(os.strerror, (ENOSPC, EDQUOT, EROFS, EACCES, EFBIG, EIO))))
_PYTHON_ERROR: Final = re.compile(r"[A-Za-z_.]+(?:Error|Exception): ")


def as_run_error(error: Exception, output: Path) -> SflyError:
    """An error of the engine, the system or our own as one line for the user.

    Args:
        error: what was raised.
        output: the directory that the run works in.
    """
    if isinstance(error, SflyError):
        return error
    if isinstance(error, OSError) and error.strerror:
        return RunError(f"cannot write {seen_from_outside(error.filename or str(output))}: {error.strerror}")
    text = str(error)
    if ours := _READER_ERROR.search(text):
        return InputError(ours[1])
    if of_system := system_error(text):
        return RunError(f"the engine failed while it worked in {output}: {of_system}")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    raised = [line for line in lines if _PYTHON_ERROR.match(line)]
    return RunError(f"the engine failed: {(raised or lines)[0]}")


def is_unexplained(error: Exception) -> bool:
    """Whether an engine failed, and neither the reader nor a disk is behind it.

    >>> is_unexplained(Exception("task 3 failed")), is_unexplained(Exception("InputError: cannot read log"))
    (True, False)
    """
    text = str(error)
    return not (isinstance(error, SflyError | OSError) or _READER_ERROR.search(text) or system_error(text))


def system_error(text: str) -> str | None:
    """What a disk said, found in the words of an engine or a library.

    >>> system_error("IO error: No space left on device (os error 28)")
    'No space left on device'
    """
    found = _SYSTEM_ERROR.search(text)
    return found[0] if found else None
