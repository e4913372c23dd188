"""The library that keeps Delta Lake's log, and what its errors say in a line."""

from typing import Any

from sflydwh.engine.failures import system_error
from sflydwh.errors import UsageError, first_line


def deltalake() -> Any:
    """The library, which takes a while to load.

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
    """What an error of the library says."""
    return system_error(str(error)) or first_line(error)
