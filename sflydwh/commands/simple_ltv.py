"""The command line of the main job."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.asking import add_customers_option, add_source_options, customers_of, source_of
from sflydwh.commands.predicting import check_installed
from sflydwh.commands.program import (
    Parser,
    Start,
    check_summary,
    end_with,
    run_command,
    settings_of,
    show,
)
from sflydwh.runs.settings import whole_number

if TYPE_CHECKING:
    from sflydwh.runs.answer import MakeBeside
    from sflydwh.runs.dated import UpTo
    from sflydwh.runs.source import Logs, Table

_EXAMPLE: Final = """\
example:
  simple_ltv.py 10 data/events.dat --output /tmp/output

  Writes the ten best customers from one file to
  /tmp/output/YYYYMMDD_YYYYMMDDHHMMSS_SimpleLTV_TOP10_Customers.dat

  simple_ltv.py 10 --table /data/events

  The same, from the event table that ingest.py maintains.
"""


def _parser() -> Parser:
    parser = Parser("simple_ltv.py", "Rank the customers of a shop by SimpleLTV, from its event log.", _EXAMPLE)
    parser.add_argument("top", metavar="N", help="how many customers to list, above 0")
    add_source_options(parser)
    parser.add_settings("output", "formula", "order_updates")
    add_customers_option(parser)
    parser.add_settings("lifespan_years", "week_start")
    parser.add_rejecting_options("beside the answer")
    parser.add_running_options("the output, if it is a directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the main job; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("simple_ltv", _run, argv)


def program() -> NoReturn:
    """Run the main job as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parsed(argv)
    top = whole_number("N", arguments.top, 1)
    settings = settings_of(arguments)
    check_summary(settings, settings.output)
    customers = customers_of(arguments)
    if customers:
        check_installed()
    asked = source_of(arguments, settings, ("output", "rejects", "summary"), customers)
    source: Logs | Table | UpTo = asked
    # Imported only after all checks, because these modules load slowly.
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
    """The last arguments of `answer`: how to make the folder of `--customers`, and where; none without the option."""
    if customers is None:
        return ()
    from sflydwh.runs.everyone import Everyone, unpredicted

    folder = Path(customers)
    return (lambda work, counted, settings: Everyone(work, unpredicted(work, counted, settings), folder)), folder
