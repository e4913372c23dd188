"""The command line that tries a format, without an engine."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.program import Parser, Start, end_with, run_command, show
from sflydwh.errors import InputError, UsageError
from sflydwh.formats.format import Format
from sflydwh.formats.named import format_of, names
from sflydwh.inputs.find import Inputs, find_inputs
from sflydwh.reader.fitting import JUDGED_BYTES, best_fit
from sflydwh.reader.pieces import Limits, Piece
from sflydwh.reader.rows import exact_pieces
from sflydwh.reader.source import open_source
from sflydwh.runs.settings import currency, whole_number
from sflydwh.runs.trial import tried

# Enough to judge a format, and quick to read.
_MOST_RECORDS: Final = 100_000

_EXAMPLE: Final = """\
example:
  try_format.py shop.toml orders.csv

  Shows which rule of shop.toml matches each of the first 20 records, and the resulting event.

  try_format.py events.json

  The same, with the built-in format that fits best.
"""


def _parser() -> Parser:
    parser = Parser("try_format.py", "Try a format on the first records of a log.", _EXAMPLE)
    add = parser.add_argument
    add("words", metavar="[FORMAT] EVENTS", nargs="+", help=f"{', '.join(names())} or a TOML file; then files")
    add("--records", metavar="N", default="20", help="how many records to show (default: 20)")
    add("--currency", metavar="CODE", help="currency of the amounts (default: the format's)")
    add("--version", action="version", version=f"sflydwh {__version__}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Try a format; the exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("try_format", _run, argv)


def program() -> NoReturn:
    """Try a format as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, _: Start) -> None:
    arguments = _parser().parsed(argv)
    shown = whole_number("--records", arguments.records, 0)
    code = None if arguments.currency is None else currency("--currency", arguments.currency)
    name, events = _format_and_events(arguments.words)
    log_format = None if name is None else format_of(name, code)
    inputs = find_inputs(events)
    if log_format is None:
        fitting = _fitting(inputs)
        show(f"the log looks like {fitting}: --format {fitting}\n", sys.stdout)
        log_format = format_of(fitting, code)
    trial = tried(_pieces(inputs, log_format), log_format, shown, _MOST_RECORDS)
    show("\n".join(trial.lines()), sys.stdout)


def _format_and_events(words: list[str]) -> tuple[str | None, list[str]]:
    """The format, if the first word names one, and the EVENTS."""
    first, *rest = words
    is_format = first in names() or first.endswith(".toml") or (rest and not os.path.lexists(first))
    if not is_format or (not rest and os.path.lexists(first) and not first.endswith(".toml")):
        return None, words
    if not rest:
        raise UsageError("give EVENTS after FORMAT; see --help")
    return first, rest


def _fitting(inputs: Inputs) -> str:
    for file in inputs:
        with open_source(file.path, file.size, file.modified) as source:
            found = best_fit(source.read(source.start, JUDGED_BYTES))
        if found:
            return found
    raise InputError(f"no built-in format fits; known are {', '.join(names())}; write one, see docs/formats.md")


def _pieces(inputs: Inputs, log_format: Format) -> Iterator[Piece]:
    for file in inputs:
        with open_source(file.path, file.size, file.modified, log_format) as source:
            yield from exact_pieces(source, log_format, Limits())
