"""The command line of the main job."""

import argparse
import io
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from typing import Final, NoReturn, TextIO

from sflydwh import __version__, interrupts
from sflydwh.errors import RunError, SflyError, UsageError
from sflydwh.inputs import Inputs, find_inputs
from sflydwh.settings import CHOICES, Settings, directory, load_settings, place, whole_number, years
from sflydwh.uri import is_uri, location, shown

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_EXAMPLE: Final = """\
example:
  simple_ltv.py 10 data/events.dat --output /tmp/output

  The ten customers that are worth most, from one file, into
  /tmp/output/YYYYMMDD_YYYYMMDDHHMMSS_SimpleLTV_TOP10_Customers.dat

exit status: 0 done, 1 the run failed, 2 wrong usage, 130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="simple_ltv.py",
        description="Which customers are worth most? The top N by SimpleLTV, from raw JSON events.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("top", metavar="N", help="how many customers, a whole number above 0")
    add("events", metavar="EVENTS", nargs="+", help="files, directories or globs, also s3:// URIs, in input order")
    add("--output", metavar="DIR", help="where the answer goes, also an s3:// URI (default: /tmp/output)")
    add("--formula", choices=CHOICES["formula"], help="how SimpleLTV is computed (default: simple)")
    add(
        "--order-updates",
        choices=CHOICES["order_updates"],
        help="whether an UPDATE replaces an order's worth (default) or adds to it",
    )
    add("--lifespan-years", metavar="T", help="average customer lifespan (default: 10)")
    add("--week-start", choices=CHOICES["week_start"], help="first day of a week (default: monday)")
    add("--rejects", metavar="DIR", help="where the folder of rejects goes (default: beside the answer)")
    add("--max-rejects", metavar="N", help="fail above this many rejects (default: no limit)")
    add("--summary", metavar="FILE", help="write the account of the run as JSON")
    add("--staging", metavar="DIR", help="where intermediate results go (default: the output, if a directory)")
    add("--engine", choices=CHOICES["engine"], help="default: Sail where it is installed, else Spark")
    add("--conf", metavar="FILE", help="settings file (default: conf/simple_ltv.toml)")
    add("--verbose", action="store_true", default=None, help="show the engine's own messages")
    add("--version", action="version", version=f"sflydwh {__version__}")
    return parser


def _settings(arguments: argparse.Namespace) -> Settings:
    flags = {field.name: getattr(arguments, field.name, None) for field in fields(Settings)}
    for name in ("output", "rejects", "summary"):
        if flags[name] is not None:
            place(f"--{name}", flags[name])
    if flags["staging"] is not None:
        directory("--staging", flags["staging"])
    if flags["lifespan_years"] is not None:
        flags["lifespan_years"] = years("--lifespan-years", flags["lifespan_years"])
    if flags["max_rejects"] is not None:
        flags["max_rejects"] = whole_number("--max-rejects", flags["max_rejects"], 0)
    return load_settings(arguments.conf, flags)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the main job; its exit status.

    Args:
        argv: the arguments; None for the process's own.
    """
    started, clock = datetime.now(), time.monotonic()
    try:
        with interrupts.watched():
            _run(_parser().parse_args(argv), started, clock)
    except SflyError as error:
        print(f"simple_ltv: {error}", file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        print("simple_ltv: interrupted", file=sys.stderr)
        return INTERRUPTED
    return OK


def program() -> NoReturn:
    """Run the main job as a program, and end with it.

    What an engine's client has left for the interpreter's end may wait for a
    server that is gone, and an engine at work does not let it end in order.
    """
    # Either may have been closed by the caller.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    status = main()
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _run(arguments: argparse.Namespace, started: datetime, clock: float) -> None:
    top = whole_number("N", arguments.top, 1)
    settings = _settings(arguments)
    inputs = find_inputs(arguments.events)
    _check_apart(settings, inputs)
    # What is heavy to import comes after all checks.
    from sflydwh.output.table import table
    from sflydwh.run import Run
    from sflydwh.session import open_engine

    with open_engine(settings.engine, settings.verbose, inputs.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        answer = Run(engine, inputs, top, settings, started, clock).answer()
    _show(f"{table(answer.best)}\n{answer.summary.output}", sys.stdout)
    _show(answer.summary.as_text(), sys.stderr)


def _check_apart(settings: Settings, inputs: Inputs) -> None:
    """Refuse to write over an input, and where the next run would read an answer as one."""
    if settings.summary and _identity(settings.summary) in (shown(file.path) for file in inputs):
        raise UsageError(f"--summary {shown(settings.summary)} is an input; give a file of its own")
    for option, path in (("output", settings.output), ("rejects", settings.rejects), ("summary", settings.summary)):
        if path and inputs.would_read(path if option == "summary" else _below(path)):
            raise UsageError(
                f"--{option} {shown(path)} lies in a directory of EVENTS, whose files are all read; give another"
            )


def _below(folder: str) -> str:
    """Something that would be put into a folder."""
    return location(folder).below("answer").uri if is_uri(folder) else os.path.join(folder, "answer")


def _identity(path: str) -> str:
    return shown(path) if is_uri(path) else os.path.abspath(path)


def _show(text: str, out: TextIO) -> None:
    """Print what a finished run has to say; that nobody listens any more is no failure."""
    try:
        print(text, file=out, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    except OSError as error:
        raise RunError(f"the answer is there, but cannot be shown: {error.strerror}") from error
