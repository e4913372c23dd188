"""The command line of the main job."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.predicting import check_installed
from sflydwh.commands.program import (
    Parser,
    Start,
    check_apart,
    check_outside,
    check_summary,
    end_with,
    log_format_of,
    run_command,
    settings_of,
    show,
)
from sflydwh.errors import UsageError
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.settings import Settings, directory, whole_number

if TYPE_CHECKING:
    from sflydwh.runs.answer import MakeBeside
    from sflydwh.runs.dated import UpTo
    from sflydwh.runs.source import Logs, Table

_EXAMPLE: Final = """\
example:
  simple_ltv.py 10 data/events.dat --output /tmp/output

  The ten customers that are worth most, from one file, into
  /tmp/output/YYYYMMDD_YYYYMMDDHHMMSS_SimpleLTV_TOP10_Customers.dat

  simple_ltv.py 10 --table /data/events

  The same from the event table that ingest.py keeps.
"""


def _parser() -> Parser:
    parser = Parser(
        "simple_ltv.py", "Which customers are worth most? The top N by SimpleLTV, from raw JSON events.", _EXAMPLE
    )
    add = parser.add_argument
    add("top", metavar="N", help="how many customers, a whole number above 0")
    add("events", metavar="EVENTS", nargs="*", help="files, directories or globs, also s3:// URIs, in input order")
    add("--table", metavar="DIR", help="ask the event table in DIR instead of EVENTS")
    add("--as-of", metavar="VERSION", help="which version of the table (default: the latest)")
    add("--as-of-date", metavar="DAY", help="leave out the events of later UTC days")
    parser.add_settings("output", "formula", "order_updates")
    add("--customers", metavar="DIR", help="write a row for every customer into a folder in DIR, as Parquet")
    parser.add_settings("lifespan_years", "week_start")
    parser.add_rejecting_options("beside the answer")
    parser.add_running_options("the output, if a directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the main job; its exit status.

    Args:
        argv: the arguments; None for the process's own.
    """
    return run_command("simple_ltv", _run, argv)


def program() -> NoReturn:
    """Run the main job as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parse_args(argv)
    top = whole_number("N", arguments.top, 1)
    settings = settings_of(arguments)
    check_summary(settings, settings.output)
    customers = None
    if arguments.customers is not None:
        customers = os.path.abspath(directory("--customers", arguments.customers))
        check_installed()
    asked = _source(arguments, settings, customers)
    source: Logs | Table | UpTo = asked
    # What is heavy to import comes after all checks.
    if arguments.as_of_date is not None:
        from sflydwh.runs.dated import day_named, up_to

        source = up_to(asked, day_named(arguments.as_of_date))
    from sflydwh.engine.choice import open_engine
    from sflydwh.output.terminal import table
    from sflydwh.runs.answer import answer
    from sflydwh.runs.workplace import Job

    with open_engine(settings.engine, settings.verbose, source.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        found = answer(Job(engine, settings, start.local, start.clock), source, top, *_beside(customers))
    show(f"{table(found.best, source.currency)}\n{found.summary.output}", sys.stdout)
    show(found.summary.as_text(), sys.stderr)


def _beside(customers: str | None) -> "tuple[MakeBeside, Path] | tuple[()]":
    """How the folder of `--customers` is made, and where; nothing without it."""
    if customers is None:
        return ()
    from sflydwh.runs.everyone import Everyone, unpredicted

    folder = Path(customers)
    return (lambda work, counted, settings: Everyone(work, unpredicted(work, counted, settings), folder)), folder


def _source(arguments: argparse.Namespace, settings: Settings, customers: str | None) -> "Logs | Table":
    """What is asked: the files of EVENTS, or a version of the table."""
    written = [("--output", settings.output), ("--customers", customers)]
    if arguments.table is None:
        if arguments.as_of is not None:
            is_day = "-" in arguments.as_of
            raise UsageError(
                "--as-of takes a version; for a day: --as-of-date" if is_day else "--as-of needs --table; see --help"
            )
        if not arguments.events:
            raise UsageError("give EVENTS or --table; see --help")
        log_format = log_format_of(settings)
        inputs = find_inputs(arguments.events)
        check_apart(inputs, settings.summary, [*written, ("--rejects", settings.rejects)])
        from sflydwh.runs.source import Logs
        from sflydwh.runs.wording import identity_warnings

        identity = settings.identity or log_format.identity
        warnings = identity_warnings(identity, log_format)
        return Logs(inputs, log_format, settings.max_event_bytes, identity, warnings=warnings)
    if arguments.events:
        raise UsageError("give EVENTS or --table, not both; see --help")
    for name in ("format", "currency", "identity"):
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name} is of EVENTS; a table has what it was ingested with; see --help")
    from sflydwh.runs.source import Table
    from sflydwh.table.snapshot import EventTable

    folder = directory("--table", arguments.table)
    places = ("rejects", "summary")
    check_outside(folder, [*written, *((f"--{name}", getattr(settings, name)) for name in places)])
    number = None if arguments.as_of is None else whole_number("--as-of", arguments.as_of, 0)
    return Table(EventTable(folder).version(number))
