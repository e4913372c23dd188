"""Formats by name: built-in ones, and those in files."""

from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh.errors import UsageError
from sflydwh.formats.format import Format
from sflydwh.formats.grammar import parse

if TYPE_CHECKING:
    from importlib.abc import Traversable

SFLY: Final = "sfly"
_SUFFIX: Final = ".toml"


@cache
def names() -> tuple[str, ...]:
    """The names of the built-in formats: `sfly` first, the others in alphabetical order."""
    found = [file.name.removesuffix(_SUFFIX) for file in _folder().iterdir() if file.name.endswith(_SUFFIX)]
    return (SFLY, *sorted(set(found) - {SFLY}))


def format_of(name_or_file: str, currency: str | None = None) -> Format:
    """A built-in format, or that of a TOML file.

    Args:
        name_or_file: a name of `names`, or a path.
        currency: the accepted currency, in place of the format's.

    Raises:
        UsageError: the format does not exist, or is invalid.
    """
    if name_or_file in names():
        text = _folder().joinpath(f"{name_or_file}{_SUFFIX}").read_text("utf-8")
        return parse(text, f"format {name_or_file}", currency)
    if not name_or_file.endswith(_SUFFIX):
        near = get_close_matches(name_or_file, names(), 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names())}"
        raise UsageError(
            f"--format: there is no format {name_or_file!r}; {hint}, or give a file that ends in {_SUFFIX}"
        )
    try:
        text = Path(name_or_file).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"--format: cannot read {name_or_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--format: {name_or_file} is not UTF-8: {error}") from error
    return parse(text, name_or_file, currency)


def _folder() -> "Traversable":
    return files(f"{__package__}.builtin")
