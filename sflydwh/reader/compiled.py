"""Python that is compiled to machine code when it is first called."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numba

Taken = ParamSpec("Taken")
Given = TypeVar("Given")

_HERE: Final = Path(__file__).parent


def compiled(function: Callable[Taken, Given]) -> Callable[Taken, Given]:
    """Compile a function of numbers and NumPy arrays; it runs without the interpreter's lock.

    An index out of bounds is not noticed: what is compiled keeps within its
    arrays by itself.
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = _cache() or before
        jitted: Any = numba.njit(function, nogil=True, cache=_cache() is not None)
    finally:
        config.CACHE_DIR = before
    return jitted  # type: ignore[no-any-return]


@cache
def _cache() -> str | None:
    """Where the machine code is kept between runs; None where nothing can be written.

    Numba notices a change of the file that a function stands in, and none of what
    it calls elsewhere. So each state of this folder has a cache of its own.
    """
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.read_bytes())
    for place in _places():
        folder = place / f"compiled-{digest.hexdigest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return str(folder)
    return None


def _places() -> Iterator[Path]:
    """Beside the source, as Python's own, else in the user's cache; nowhere for source in an archive."""
    if not _HERE.is_dir():
        return
    yield _HERE / "__pycache__"
    home = os.path.expanduser("~")
    yield Path(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")) / "sflydwh"
