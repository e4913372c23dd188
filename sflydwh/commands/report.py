"""The command line of the report."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.asking import source_of
from sflydwh.commands.predicting import MOST_WEEKS, add_horizon_options, add_prediction_options, check_installed, rate
from sflydwh.commands.program import Parser, Start, check_summary, end_with, run_command, settings_of, show
from sflydwh.errors import UsageError
from sflydwh.files.uri import is_uri
from sflydwh.runs.settings import whole_number

_EXAMPLE: Final = """\
example:
  report.py data/events.dat --output /tmp/output

  Writes the page /tmp/output/YYYYMMDD_YYYYMMDDHHMMSS_Report.html, for any browser.
"""
_MOST_LISTED: Final = 100
_NEEDED: Final = ("altair", "vl_convert", "jinja2")
_INSTALL: Final = "pip install 'altair>=5.5,<7' 'vl-convert-python>=1.7' 'jinja2>=3.1'"


def _parser() -> Parser:
    parser = Parser(
        "report.py", "Write a report page: the best customers now and in the future, and who is leaving.", _EXAMPLE
    )
    add_prediction_options(parser)
    add = parser.add_argument
    add("--top", metavar="N", default="20", help=f"how many customers to list, at most {_MOST_LISTED} (default: 20)")
    add_horizon_options(parser)
    add(
        "--holdout-weeks",
        metavar="H",
        help="how many of the last weeks the backtest predicts (default: a third, at most 52)",
    )
    add("--open", action="store_true", help="open the page in a browser")
    parser.add_settings("output")
    parser.add_rejecting_options("beside the page")
    parser.add_running_options("the output, if it is a directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("report", _run, argv)


def program() -> NoReturn:
    """Run the job as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parse_args(argv)
    top = whole_number("--top", arguments.top, 1, _MOST_LISTED)
    weeks = whole_number("--horizon-weeks", arguments.horizon_weeks, 0, MOST_WEEKS)
    asked = arguments.holdout_weeks
    holdout = None if asked is None else whole_number("--holdout-weeks", asked, 1, MOST_WEEKS)
    check_installed()
    if any(find_spec(name) is None for name in _NEEDED):
        raise UsageError(f"the report needs Altair, vl-convert and Jinja2; install them with: {_INSTALL}")
    settings = settings_of(arguments)
    check_summary(settings, settings.output)
    if arguments.open and is_uri(settings.output):
        raise UsageError("--open needs an --output in a directory, not a URI")
    # Imported only after all checks, because these modules load slowly.
    from sflydwh.engine.choice import open_engine
    from sflydwh.predict.horizon import Horizon
    from sflydwh.runs.dated import day_named
    from sflydwh.runs.prediction import Ask
    from sflydwh.runs.report import report
    from sflydwh.runs.workplace import Job

    as_of = None if arguments.as_of_date is None else day_named(arguments.as_of_date)
    ask = Ask(top, Horizon(weeks, rate(arguments.discount_rate)), as_of, arguments.model)
    source = source_of(arguments, settings, ("output", "rejects", "summary"))
    with open_engine(settings.engine, settings.verbose, source.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        found = report(Job(engine, settings, start.local, start.clock), source, ask, holdout)
    show(found.summary.as_text(), sys.stderr)
    page = str(found.summary.output)
    if arguments.open:
        import webbrowser
        from pathlib import Path

        if not webbrowser.open(Path(page).as_uri()):
            print("report: no browser was found; open the page by hand", file=sys.stderr)
    show(page, sys.stdout)
