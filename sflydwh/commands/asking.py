"""Options shared by all jobs that answer from logs or from the event table."""

import argparse
import os
from typing import TYPE_CHECKING

from sflydwh.commands.program import Parser, check_apart, check_outside, log_format_of
from sflydwh.errors import UsageError
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.settings import Settings, directory, whole_number

if TYPE_CHECKING:
    from sflydwh.runs.source import Logs, Table


def add_source_options(parser: Parser, last_day: str = "") -> None:
    """Add the options that select the logs, or the table, to read.

    Args:
        parser: the job's parser.
        last_day: the default of `--as-of-date`, for `--help`.
    """
    add = parser.add_argument
    add("events", metavar="EVENTS", nargs="*", help="files, directories, globs or s3:// URIs, in input order")
    add("--table", metavar="DIR", help="read the event table in DIR instead of EVENTS")
    add("--as-of", metavar="VERSION", help="version of the table to read (default: the latest)")
    add("--as-of-date", metavar="DAY", help=f"leave out events of later UTC days{last_day}")


def add_customers_option(parser: Parser) -> None:
    """Add the option that writes a row for every customer."""
    parser.add_argument(
        "--customers", metavar="DIR", help="also write a row for every customer, as Parquet, into a folder in DIR"
    )


def customers_of(arguments: argparse.Namespace) -> str | None:
    """The absolute path of `--customers`; None if it is not given.

    Raises:
        UsageError: it is a URI.
    """
    return None if arguments.customers is None else os.path.abspath(directory("--customers", arguments.customers))


def source_of(
    arguments: argparse.Namespace, settings: Settings, places: tuple[str, ...], customers: str | None = None
) -> "Logs | Table":
    """The source that the options select: the files of EVENTS, or a version of the table.

    Args:
        arguments: the options.
        settings: how to run.
        places: names of the settings that say where output goes.
        customers: the directory of `--customers`.

    Raises:
        UsageError: the options contradict each other, or the source does not exist.
    """
    written = [(f"--{name}", getattr(settings, name)) for name in places] + [("--customers", customers)]
    if arguments.as_of is not None and "-" in arguments.as_of:
        raise UsageError(f"--as-of takes a version; for a day: --as-of-date {arguments.as_of}")
    if arguments.table is None:
        return _logs(arguments, settings, written)
    if arguments.events:
        raise UsageError("give EVENTS or --table, not both; see --help")
    for name in ("format", "currency", "identity"):
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name} cannot be used with --table; ingest.py sets it; see --help")
    from sflydwh.runs.source import Table
    from sflydwh.table.snapshot import EventTable

    folder = directory("--table", arguments.table)
    check_outside(folder, written)
    number = None if arguments.as_of is None else whole_number("--as-of", arguments.as_of, 0)
    return Table(EventTable(folder).version(number))


def _logs(arguments: argparse.Namespace, settings: Settings, written: list[tuple[str, str | None]]) -> "Logs":
    if arguments.as_of is not None:
        raise UsageError("--as-of needs --table; see --help")
    if not arguments.events:
        raise UsageError("give EVENTS or --table; see --help")
    log_format = log_format_of(settings)
    inputs = find_inputs(arguments.events)
    check_apart(inputs, settings.summary, [each for each in written if each[0] != "--summary"])
    from sflydwh.runs.source import Logs
    from sflydwh.runs.wording import identity_warnings

    identity = settings.identity or log_format.identity
    warnings = identity_warnings(identity, log_format)
    return Logs(inputs, log_format, settings.max_event_bytes, identity, warnings=warnings)
