"""Access to the library `deltalake`, and its errors as one line."""

from typing import Any

from sflydwh.engine.failures import system_error
from sflydwh.errors import UsageError, first_line


def deltalake() -> Any:
    """The library, imported on first use because it loads slowly.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import deltalake as library
        import deltalake.transaction
    except ModuleNotFoundError as error:
        raise UsageError("an event table needs deltalake; install it with: pip install 'deltalake>=1.6,<2'") from error
    return library


def in_a_line(error: BaseException) -> str:
    """The message of an error of the library, on one line."""
    return system_error(str(error)) or first_line(error)
