"""The command line of predictions."""

import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.asking import add_customers_option, customers_of, source_of
from sflydwh.commands.predicting import MOST_WEEKS, add_horizon_options, add_prediction_options, check_installed, rate
from sflydwh.commands.program import Parser, Start, check_summary, end_with, run_command, settings_of, show
from sflydwh.runs.settings import whole_number

_EXAMPLE: Final = """\
example:
  predicted_ltv.py 10 data/events.dat --output /tmp/output

  Writes the ten customers who are expected to spend most in the next 52 weeks to
  /tmp/output/YYYYMMDD_YYYYMMDDHHMMSS_PredictedLTV_TOP10_Customers.dat
"""


def _parser() -> Parser:
    parser = Parser("predicted_ltv.py", "Rank the customers of a shop by predicted LTV, from its event log.", _EXAMPLE)
    add = parser.add_argument
    add("top", metavar="N", help="how many customers to list, above 0")
    add_prediction_options(parser)
    add_horizon_options(parser)
    add_customers_option(parser)
    parser.add_settings("output")
    parser.add_rejecting_options("beside the answer")
    parser.add_running_options("the output, if it is a directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("predicted_ltv", _run, argv)


def program() -> NoReturn:
    """Run the job as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parsed(argv)
    top = whole_number("N", arguments.top, 1)
    weeks = whole_number("--horizon-weeks", arguments.horizon_weeks, 0, MOST_WEEKS)
    customers = customers_of(arguments)
    check_installed()
    settings = settings_of(arguments)
    check_summary(settings, settings.output)
    # Imported only after all checks, because these modules load slowly.
    from sflydwh.engine.choice import open_engine
    from sflydwh.output.predicted import predicted_table
    from sflydwh.predict.horizon import Horizon
    from sflydwh.runs.dated import day_named
    from sflydwh.runs.prediction import Ask, predict
    from sflydwh.runs.workplace import Job

    as_of = None if arguments.as_of_date is None else day_named(arguments.as_of_date)
    ask = Ask(top, Horizon(weeks, rate(arguments.discount_rate)), as_of, arguments.model, customers)
    source = source_of(arguments, settings, ("output", "rejects", "summary"), customers)
    with open_engine(settings.engine, settings.verbose, source.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        found = predict(Job(engine, settings, start.local, start.clock), source, ask)
    show(f"{predicted_table(found.best, source.currency)}\n{found.summary.output}", sys.stdout)
    show(found.as_text(), sys.stderr)
