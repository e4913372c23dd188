"""The progress of a long run, shown only on a terminal."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

_FIRST_AFTER_SECONDS: Final = 2.0
_STEP_SECONDS: Final = 0.5


@contextmanager
def progress(doing: str, share: Callable[[], float | None], out: TextIO) -> Iterator[None]:
    """Show on a terminal what is being done, the share that is done, and the elapsed time.

    Args:
        doing: what is being done.
        share: how much of it is done, 0 to 1; None where that is not known.
        out: where to show it; nothing happens unless that is a terminal.
    """
    if not out.isatty():
        yield
        return
    done = threading.Event()
    shower = threading.Thread(target=_show, args=(doing, share, out, done), daemon=True)
    shower.start()
    try:
        yield
    finally:
        done.set()
        shower.join()


def _show(doing: str, share: Callable[[], float | None], out: TextIO, done: threading.Event) -> None:
    begin = time.monotonic()
    wait = _FIRST_AFTER_SECONDS
    while not done.wait(wait):
        wait = _STEP_SECONDS
        out.write(f"\r\x1b[K{status_line(doing, share(), time.monotonic() - begin)}")
        out.flush()
    if wait == _STEP_SECONDS:
        out.write("\r\x1b[K")
        out.flush()


def status_line(doing: str, share: float | None, seconds: float) -> str:
    """One line of progress.

    >>> status_line("reading", 0.5, 12.3), status_line("reading", None, 3.0)
    ('reading   50 %  12 s', 'reading  3 s')
    """
    percent = "" if share is None else f"  {min(share, 1.0):4.0%}".replace("%", " %")
    return f"{doing}{percent}  {seconds:.0f} s"
