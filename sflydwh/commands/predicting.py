"""What the command lines of predictions and of the backtest share."""

import argparse
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sflydwh.commands.program import Parser, check_apart, check_outside, log_format_of
from sflydwh.errors import UsageError
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.settings import Settings, directory, whole_number

if TYPE_CHECKING:
    from sflydwh.runs.source import Logs, Table

MODEL_NAMES: Final = ("auto", "bg-nbd", "mbg-nbd", "pareto-nbd")
MOST_WEEKS: Final = 10_000


def add_source_options(parser: Parser) -> None:
    """The options that say what is asked."""
    add = parser.add_argument
    add("events", metavar="EVENTS", nargs="*", help="files, directories or globs, also s3:// URIs, in input order")
    add("--table", metavar="DIR", help="ask the event table in DIR instead of EVENTS")
    add("--as-of", metavar="VERSION", help="which version of the table (default: the latest)")
    add("--as-of-date", metavar="DAY", help="leave out the events of later UTC days (default: the last event's day)")
    add("--model", choices=MODEL_NAMES, default="auto", help="of purchases (default: auto, the likeliest of the three)")
    parser.add_settings("order_updates", "formula", "lifespan_years")


def check_installed() -> None:
    """Fail where the models' library is not installed.

    Raises:
        UsageError: it is not.
    """
    if find_spec("scipy") is None:
        raise UsageError("predictions need SciPy; install it with: pip install 'scipy>=1.11'")


def source_of(
    arguments: argparse.Namespace, settings: Settings, places: tuple[str, ...], customers: str | None = None
) -> "Logs | Table":
    """What is asked: the files of EVENTS, or a version of the table.

    Args:
        arguments: the options.
        settings: how to run.
        places: the settings that name where something is written.
        customers: the directory of `--customers`.

    Raises:
        UsageError: it cannot be asked.
    """
    written = [(f"--{name}", getattr(settings, name)) for name in places] + [("--customers", customers)]
    if arguments.table is None:
        if arguments.as_of is not None:
            is_day = "-" in arguments.as_of
            raise UsageError("--as-of takes a version; for a day: --as-of-date" if is_day else "--as-of needs --table")
        if not arguments.events:
            raise UsageError("give EVENTS or --table; see --help")
        from sflydwh.runs.source import Logs
        from sflydwh.runs.wording import identity_warnings

        log_format = log_format_of(settings)
        inputs = find_inputs(arguments.events)
        check_apart(inputs, settings.summary, [each for each in written if each[0] != "--summary"])
        identity = settings.identity or log_format.identity
        warnings = identity_warnings(identity, log_format)
        return Logs(inputs, log_format, settings.max_event_bytes, identity, warnings=warnings)
    if arguments.events:
        raise UsageError("give EVENTS or --table, not both; see --help")
    for name in ("format", "currency", "identity"):
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name} is of EVENTS; a table has what it was ingested with; see --help")
    return _table(arguments, written)


def _table(arguments: argparse.Namespace, written: list[tuple[str, str | None]]) -> "Table":
    from sflydwh.runs.source import Table
    from sflydwh.table.snapshot import EventTable

    folder = directory("--table", arguments.table)
    check_outside(folder, written)
    version = arguments.as_of
    if version is not None and "-" in version:
        raise UsageError(f"--as-of takes a version, not {version!r}; for a day: --as-of-date")
    number = None if version is None else whole_number("--as-of", version, 0)
    return Table(EventTable(folder).version(number))
