"""Options shared by predictions, backtest and report."""

from importlib.util import find_spec
from typing import Final

from sflydwh.commands.asking import add_source_options
from sflydwh.commands.program import Parser
from sflydwh.errors import UsageError

MODEL_NAMES: Final = ("auto", "bg-nbd", "mbg-nbd", "pareto-nbd")
MOST_WEEKS: Final = 10_000


def add_prediction_options(parser: Parser) -> None:
    """Add the options that select the source and the models."""
    add_source_options(parser, " (default: the last event's day)")
    parser.add_argument(
        "--model", choices=MODEL_NAMES, default="auto", help="model of purchases (default: auto, the likeliest one)"
    )
    parser.add_settings("order_updates", "formula", "lifespan_years")


def add_horizon_options(parser: Parser) -> None:
    """Add the options of the prediction horizon."""
    add = parser.add_argument
    add("--horizon-weeks", metavar="W", default="52", help="how many weeks ahead to predict (default: 52)")
    add("--discount-rate", metavar="D", default="0", help="discount rate per year, such as 0.15 for 15 %% (default: 0)")


def rate(text: str) -> float:
    """The value of `--discount-rate`.

    Raises:
        UsageError: it is not a number.
    """
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--discount-rate must be a number such as 0.15, not {text!r}") from None


def check_installed() -> None:
    """Check that SciPy is installed.

    Raises:
        UsageError: it is not.
    """
    if find_spec("scipy") is None:
        raise UsageError("predictions need SciPy; install it with: pip install 'scipy>=1.11'")
