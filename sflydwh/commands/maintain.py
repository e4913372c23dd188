"""The command line of the event table's maintenance."""

import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.program import Parser, Start, end_with, run_command, settings_of, show
from sflydwh.runs.settings import directory, whole_number

# A century; Delta Lake's log has a limit somewhere beyond.
_MOST_HOURS: Final = 876_600

_EXAMPLE: Final = """\
example:
  maintain.py /data/events

  Joins small files, rebuilds the rollup, and deletes files that no version
  of the last week needs. Answers do not change.
"""


def _parser() -> Parser:
    parser = Parser("maintain.py", "Keep the event table small and fast, and forget persons.", _EXAMPLE)
    add = parser.add_argument
    add("table", metavar="DIR", help="the event table's directory")
    add(
        "--forget",
        metavar="CUSTOMER_ID",
        action="append",
        default=[],
        help="remove a customer's events; may be repeated",
    )
    add(
        "--retention-hours",
        metavar="H",
        help="keep files of versions this recent (default: 168; below 168 nothing else may run)",
    )
    parser.add_engine_options()
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the maintenance; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("maintain", _run, argv)


def program() -> NoReturn:
    """Run the upkeep as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parsed(argv)
    folder = directory("DIR", arguments.table)
    hours = arguments.retention_hours
    retention = None if hours is None else whole_number("--retention-hours", hours, 0, _MOST_HOURS)
    settings = settings_of(arguments)
    # Imported only after all checks, because these modules load slowly.
    from sflydwh.table.snapshot import EventTable

    table = EventTable(folder)
    size = table.version(None).size
    from sflydwh.engine.choice import open_engine
    from sflydwh.runs.upkeep import SAFE_HOURS, keep_up

    with open_engine(settings.engine, settings.verbose, size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        kept = keep_up(engine, table, arguments.forget, SAFE_HOURS if retention is None else retention)
    show(f"{table.folder} version {kept.version}", sys.stdout)
    show(kept.as_text(start.ago()), sys.stderr)
