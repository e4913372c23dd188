"""An interrupt counts, even where its exception is lost."""

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from sflydwh import interrupts


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_whose_exception_is_lost_is_found_by_a_check(number: int) -> None:
    with interrupts.watched():
        interrupts.check()
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    interrupts.check()


def test_an_error_that_came_of_an_interrupt_is_told_as_the_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.watched():
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        raise OSError("the engine is gone")
    with pytest.raises(OSError, match="full"), interrupts.watched():
        raise OSError("the disk is full")
