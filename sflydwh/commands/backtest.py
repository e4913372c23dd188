"""The command line of the backtest."""

import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.asking import source_of
from sflydwh.commands.predicting import MOST_WEEKS, add_prediction_options, check_installed
from sflydwh.commands.program import Parser, Start, check_summary, end_with, run_command, settings_of, show
from sflydwh.runs.settings import whole_number

_EXAMPLE: Final = """\
example:
  backtest.py data/events.dat --holdout-weeks 26

  Predicts as of 26 weeks before the last event, and compares with what customers bought.
"""


def _parser() -> Parser:
    parser = Parser("backtest.py", "Test the predictions on the shop's own past.", _EXAMPLE)
    add = parser.add_argument
    add_prediction_options(parser)
    add("--holdout-weeks", metavar="H", help="how many weeks to hold out (default: a third, at most 52)")
    add("--output", metavar="DIR", help="where intermediate results go without --staging (default: /tmp/output)")
    parser.add_rejecting_options("none: a backtest only counts them")
    parser.add_running_options("the output, if it is a directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the backtest; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("backtest", _run, argv)


def program() -> NoReturn:
    """Run the backtest as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parsed(argv)
    asked = arguments.holdout_weeks
    weeks = None if asked is None else whole_number("--holdout-weeks", asked, 1, MOST_WEEKS)
    check_installed()
    settings = settings_of(arguments)
    check_summary(settings, settings.output)
    # Imported only after all checks, because these modules load slowly.
    from sflydwh.engine.choice import open_engine
    from sflydwh.runs.backtest import Test, backtest
    from sflydwh.runs.dated import day_named
    from sflydwh.runs.workplace import Job

    as_of = None if arguments.as_of_date is None else day_named(arguments.as_of_date)
    source = source_of(arguments, settings, ("summary", "staging"))
    with open_engine(settings.engine, settings.verbose, source.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        found = backtest(Job(engine, settings, start.local, start.clock), source, Test(as_of, weeks, arguments.model))
    show(found.as_text(), sys.stdout)
    show(found.summary.as_text(), sys.stderr)
