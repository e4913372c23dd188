"""The errors that a user can see; each message is one line."""

from typing import Final

# Exit statuses.
OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


class SflyError(Exception):
    """Base class of all errors that the user can act on."""


class UsageError(SflyError):
    """The command line or the settings ask for something that cannot be done (exit status 2)."""


class RunError(SflyError):
    """The run was started and failed (exit status 1).

    Args:
        message: what went wrong.
        rejects: the folder in which its rejects are kept, if any.
    """

    def __init__(self, message: str, rejects: str | None = None) -> None:
        super().__init__(message)
        self.rejects = rejects


class InputError(RunError):
    """An input file cannot be read, or changed while it was read."""


class NothingToPredictError(RunError):
    """There is too little to predict from."""


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its class name if it has none.

    >>> first_line(ValueError("no\\nnumber")), first_line(ValueError())
    ('no', 'ValueError')
    """
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
