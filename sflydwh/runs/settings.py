"""The settings of a run: defaults, then a settings file, then the command line."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from sflydwh.errors import UsageError
from sflydwh.files.uri import check_writable, expanded, is_uri
from sflydwh.formats.model import FORMULAS, IDENTITIES
from sflydwh.formats.named import names
from sflydwh.formats.section import currency_code

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

DEFAULT_FILE: Final = Path(__file__).resolve().parents[2] / "conf" / "simple_ltv.toml"

_SHORTEST_LIFESPAN: Final = Decimal("0.000001")
_LONGEST_LIFESPAN: Final = 1000
_MOST_DIGITS: Final = 100
# Engines fail on paths with control characters.
_CONTROL: Final = frozenset(map(chr, [*range(32), 127]))


@dataclass(frozen=True)
class Settings:
    """How the main job runs.

    Attributes:
        output: the directory or object-store folder of the answer.
        format: the name of a built-in format, or a TOML file.
        currency: the currency of the amounts; None for the format's.
        identity: `time`, `key` or `none`, rule 1; None for the format's or the table's.
        formula: `simple` or `weekly`, rule 9; None for the format's or the table's.
        order_updates: `replace` or `add`, rule 7.
        lifespan_years: t, the average customer lifespan, rule 9.
        week_start: `monday` or `sunday`.
        rejects: the directory or object-store folder for the folder of rejects; None for that of the output.
        max_rejects: the highest number of rejects allowed; None for no limit.
        summary: the file or object for the account of the run as JSON; None for none.
        staging: the directory of intermediate results; None for the output or, if that is in an
            object store, the system's temporary directory.
        engine: `sail` or `spark`; None for Sail if it is installed, else Spark.
        max_event_bytes: a larger piece is rejected as `too_large`.
        verbose: whether the engine's own messages are shown.
    """

    output: str = "/tmp/output"  # noqa: S108
    format: str | None = None
    currency: str | None = None
    identity: str | None = None
    formula: str | None = None
    order_updates: str = "replace"
    lifespan_years: Decimal = Decimal(10)
    week_start: str = "monday"
    rejects: str | None = None
    max_rejects: int | None = None
    summary: str | None = None
    staging: str | None = None
    engine: str | None = None
    max_event_bytes: int = 16 << 20
    verbose: bool = False


def load_settings(file: str | None, flags: Mapping[str, Any]) -> Settings:
    """The settings of a run.

    Args:
        file: a TOML file; None for the project's `conf/simple_ltv.toml`, if it exists.
        flags: the values of the command line, by the names of `Settings`; None if not given.

    Raises:
        UsageError: the file cannot be read, or has an unknown or invalid setting.
    """
    path = Path(expanded(file)) if file else DEFAULT_FILE
    values = _read(path) if file or path.exists() else {}
    checked = {name: _checked(name, value, str(path)) for name, value in values.items()}
    given = {name: value for name, value in flags.items() if value is not None}
    return replace(Settings(), **{**checked, **given})


def _read(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--conf: cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--conf: {path} is not TOML: {error}") from error
    return values


def _checked(name: str, value: Any, where: str) -> Any:
    """A value of the settings file, converted to the type of its setting."""
    known = list(OPTIONS)
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f"{where}: unknown setting {name!r}; {hint}")
    try:
        return OPTIONS[name].read(name, value)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def text(name: str, value: Any) -> str:
    """A text that is not empty, and is one of the choices if the setting has choices.

    Raises:
        UsageError: the value is invalid.
    """
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a text, not {value!r}")
    option = OPTIONS.get(name)
    allowed = option.choices if option else ()
    if not value or not _CONTROL.isdisjoint(value):
        raise UsageError(f"{name} must not be empty or hold a control character, as {value!r} does")
    if allowed and value not in allowed:
        raise UsageError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
    return value


def place(name: str, value: Any) -> str:
    """A place for output: a path, or the URI of an object store.

    Raises:
        UsageError: the value is invalid.
    """
    where = text(name, value)
    if is_uri(where):
        try:
            check_writable(where)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from None
    return expanded(where)


def directory(name: str, value: Any) -> str:
    """A path on a mounted file system.

    Raises:
        UsageError: the value is invalid.
    """
    where = text(name, value)
    if is_uri(where):
        raise UsageError(f"{name} must be a directory that all of the engine's machines share, not a URI")
    return expanded(where)


def currency(name: str, value: Any) -> str:
    """A currency's code, in capitals.

    Raises:
        UsageError: the value is invalid.
    """
    try:
        return currency_code(text(name, value))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """A whole number from `least` to `most`, from a number or its text.

    Raises:
        UsageError: the value is invalid.
    """
    text = str(value).strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if isinstance(value, bool) or not is_number or int(text) < least:
        raise UsageError(f"{name} must be a whole number of at least {least}, not {value!r}")
    if most is not None and int(text) > most:
        raise UsageError(f"{name} must be a whole number of at most {most}, not {value!r}")
    return int(text)


def years(name: str, value: Any) -> Decimal:
    """A number of years above 0, from a number or its text.

    Raises:
        UsageError: the value is invalid.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    in_range = number.is_finite() and _SHORTEST_LIFESPAN <= number <= _LONGEST_LIFESPAN
    if isinstance(value, bool) or not in_range:
        raise UsageError(f"{name} must be a number above 0 and at most 1000, not {value!r}")
    return number


def _verbose(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be true or false, not {value!r}")
    return value


class Option(NamedTuple):
    """A setting that the settings file or a flag may give.

    Attributes:
        read: converts a value to the setting's type; takes a name for messages, and the value.
        help: the text for `--help`; empty for settings without a flag.
        metavar: the placeholder for `--help`; None for choices and booleans.
        choices: the allowed values; empty if any value is allowed.
    """

    read: Callable[[str, Any], Any]
    help: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()


# All settings, by their names in the file; flags have hyphens for underscores. Each job fills in the placeholders.
OPTIONS: Final = {
    "output": Option(place, "where the answer goes: a directory or an s3:// URI (default: /tmp/output)", "DIR"),
    "formula": Option(text, "formula of SimpleLTV (default: the format's)", choices=FORMULAS),
    "order_updates": Option(
        text, "whether an UPDATE replaces an order's value or adds to it (default: replace)", choices=("replace", "add")
    ),
    "lifespan_years": Option(years, "average customer lifespan in years (default: 10)", "T"),
    "week_start": Option(text, "first day of a week (default: monday)", choices=("monday", "sunday")),
    "format": Option(text, f"format of the log: {', '.join(names())}, or a TOML file (default: sfly)", "NAME|FILE"),
    "currency": Option(currency, "currency of the amounts (default: the format's)", "CODE"),
    "identity": Option(text, "which events count as the same event (default: the format's)", choices=IDENTITIES),
    "rejects": Option(place, "where the folder of rejects goes (default: {rejects_at})", "DIR"),
    "max_rejects": Option(
        lambda name, value: whole_number(name, value, 0), "fail with more than N rejects (default: no limit)", "N"
    ),
    "summary": Option(place, "write the account of the run as JSON", "FILE"),
    "staging": Option(directory, "where intermediate results go (default: {staging_at})", "DIR"),
    "engine": Option(text, "engine to run on (default: sail if installed, else spark)", choices=("sail", "spark")),
    "max_event_bytes": Option(lambda name, value: whole_number(name, value, 1 << 10, 1 << 30)),
    "verbose": Option(_verbose, "show the engine's own messages"),
}
