"""The command line of the generator."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from sflydwh.generator.formats import FORMATS
from sflydwh.generator.request import DAYS, LogRequest
from sflydwh.generator.shops import SFLY, SHOPS


class Arguments(NamedTuple):
    """What the command line asks for."""

    request: LogRequest
    out: str
    layout_name: str


def parse_arguments(arguments: Sequence[str] | None = None) -> Arguments:
    """Parse the command line; wrong usage ends the program with status 2 and a one-line message."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        request = LogRequest(
            given.events, given.customers, given.seed, given.dirty, given.shop, given.days, given.dropout
        )
        _check_out(Path(given.out))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return Arguments(request, given.out, given.layout_name)


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(description="Write a made-up event log.", allow_abbrev=False)
    parser.add_argument("events", metavar="N", type=int, help="number of events")
    parser.add_argument("out", metavar="OUT", help="file to write; - for standard output")
    parser.add_argument("--format", dest="layout_name", choices=FORMATS, default="lines", help="layout; default: lines")
    parser.add_argument("--shop", choices=SHOPS, default=SFLY, help="format of the events; default: sfly")
    parser.add_argument("--customers", metavar="C", type=int, help="number of customers; default: one per 50 events")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="same seed, same bytes; default: 0")
    parser.add_argument("--dirty", metavar="RATE", type=float, default=0.0, help="share of dirt, 0 to 1; default: 0")
    parser.add_argument("--days", metavar="D", type=int, default=DAYS, help=f"length of the log; default: {DAYS}")
    parser.add_argument(
        "--dropout",
        metavar="RATE",
        type=float,
        default=0.0,
        help="share of customers that leave within a year; a new one replaces each; default: 0",
    )
    return parser


def _check_out(out: Path) -> None:
    if out.is_dir():
        raise ValueError(f"OUT must be a file, and {out} is a directory")
    if not out.parent.is_dir():
        raise ValueError(f"OUT must be in an existing directory, and {out.parent} is not one")
