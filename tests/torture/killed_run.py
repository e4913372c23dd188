"""A job, killed by itself with -9 at a named step.

python -m tests.torture.killed_run MODULE:FUNCTION before|after NTH JOB ARGUMENTS OF THE JOB
"""

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def kill_at(target: str, when: str, nth: int) -> None:
    """Make the nth call of a function the process's last."""
    module_name, _, path = target.partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _killing(getattr(owner, name), when, nth))


def _killing(function: Callable[..., Any], when: str, nth: int) -> Callable[..., Any]:
    calls = 0

    @functools.wraps(function)
    def killing(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return killing


if __name__ == "__main__":
    kill_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    program = importlib.import_module(f"sflydwh.commands.{sys.argv[4]}").program
    sys.argv[1:] = sys.argv[5:]
    program()
