"""Ctrl-C and SIGTERM: they end a run, even where the exception for them is lost on its way.

Python drops an exception that is raised in a destructor or a callback, so an interrupt
is remembered too, and asked for before a run commits.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

_received: list[int] = []


@contextmanager
def watched() -> Iterator[None]:
    """Take both for a run, in the main thread."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        yield
    except Exception:
        # An engine may fail by the interrupt before Python tells of it.
        check()
        raise
    finally:
        _received.clear()


def _interrupt(number: int, _: object) -> NoReturn:
    _received.append(number)
    raise KeyboardInterrupt


def check() -> None:
    """Go no further if there was an interrupt.

    Raises:
        KeyboardInterrupt: there was one.
    """
    if _received:
        raise KeyboardInterrupt
