"""Compile Python to machine code with Numba, at the first call; the code is kept for later runs."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import FunctionType
from typing import Any, Final, Literal, ParamSpec, TypeVar

import numba

# Numba asks SciPy for its linear algebra, which takes longer to load than Numba's part and is not used here.
if "scipy.linalg" not in sys.modules:
    sys.modules["scipy.linalg"] = None  # type: ignore[assignment]
    import numba.np.arraymath

    del sys.modules["scipy.linalg"]

Taken = ParamSpec("Taken")
Given = TypeVar("Given")

_SOURCE: Final = files(__package__)
# Its numbers of the event types are compiled in.
_MODEL: Final = files("sflydwh.formats").joinpath("model.py")


def compiled(function: Callable[Taken, Given], inline: Literal["never", "always"] = "never") -> Callable[Taken, Given]:
    """Compile a function of numbers and NumPy arrays; it runs without the interpreter's lock.

    Compiled functions get their arrays from Python and make none, so references are not counted; counting took more
    than half of the time.
    An index out of bounds is not detected: a compiled function must keep within its arrays.
    """
    config: Any = numba.config
    before, kept = config.CACHE_DIR, _cache()
    try:
        config.CACHE_DIR = kept or before
        if kept and not os.path.exists(function.__code__.co_filename):
            function = _in_a_file(function, Path(kept))
        options: Any = {"nogil": True, "cache": kept is not None, "inline": inline, "_nrt": False}
        jitted: Any = numba.njit(function, **options)
    finally:
        config.CACHE_DIR = before
    return jitted  # type: ignore[no-any-return]


def inlined(function: Callable[Taken, Given]) -> Callable[Taken, Given]:
    """Compile a small function into its callers: a call would count references to each array that it passes."""
    return compiled(function, "always")


def _in_a_file(function: Any, folder: Path) -> Any:
    """The same function with its source copied to a folder: Numba caches only functions whose source is in a file."""
    source = folder / os.path.basename(function.__code__.co_filename)
    if not source.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
            copy.write(_SOURCE.joinpath(source.name).read_bytes())
        os.replace(copy.name, source)
    code = function.__code__.replace(co_filename=str(source))
    moved = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    moved.__module__, moved.__qualname__ = function.__module__, function.__qualname__
    return moved


@cache
def _cache() -> str | None:
    """The folder in which machine code is kept between runs; None if no folder can be written.

    Numba notices changes only in the file of a function, not in other files that it uses.
    So each state of this folder's source and of the model has a cache of its own.
    """
    digest = hashlib.sha256(_MODEL.read_bytes())
    sources = {source.name: source for source in _SOURCE.iterdir() if source.name.endswith(".py")}
    for name in sorted(sources):
        digest.update(sources[name].read_bytes())
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
    """Candidates: beside the source, like Python's own cache, else in the user's cache."""
    if isinstance(_SOURCE, Path):
        yield _SOURCE / "__pycache__"
    home = os.path.expanduser("~")
    cache_home = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    # Without HOME and a known user the home is still "~": nothing is kept then.
    if os.path.isabs(cache_home):
        yield Path(cache_home) / "sflydwh"
