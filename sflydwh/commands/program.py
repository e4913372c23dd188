"""What all command lines share: options, checks, exit statuses and the end of a program."""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, TextIO

from sflydwh import __version__, interrupts
from sflydwh.errors import FAILED, INTERRUPTED, OK, USAGE, RunError, SflyError, UsageError, first_line
from sflydwh.files.uri import is_uri, location, shown
from sflydwh.formats.format import Format
from sflydwh.formats.named import SFLY, format_of
from sflydwh.inputs.find import Inputs
from sflydwh.runs.settings import OPTIONS, Settings, load_settings

EXIT_STATUS: Final = "exit status: 0 success, 1 the run failed, 2 wrong usage, 130 interrupted\n"


class Parser(argparse.ArgumentParser):
    """An argument parser that raises an error for wrong usage.

    Args:
        prog: the program's name.
        description: what it does, in a line.
        example: how it is called, and what that does.
    """

    def __init__(self, prog: str, description: str, example: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=f"{example}\n{EXIT_STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Report wrong usage.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{message}; see --help")

    def parsed(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """The arguments of a command line, with options before, between and after EVENTS.

        Raises:
            UsageError: they are wrong.
        """
        try:
            return self.parse_intermixed_args(argv)
        except UsageError as error:
            if "are required" in str(error):
                # This call names all missing arguments, the one above only missing options.
                self.parse_args(argv)
            raise

    def add_settings(self, *names: str, **told: str) -> None:
        """Add options that a settings file may also give.

        Args:
            names: the settings, see `OPTIONS`.
            told: what to put into the placeholders of their help.
        """
        for name in names:
            option = OPTIONS[name]
            flag, text = f"--{name.replace('_', '-')}", option.help.format(**told)
            if option.choices:
                self.add_argument(flag, choices=option.choices, help=text)
            elif option.metavar:
                self.add_argument(flag, metavar=option.metavar, help=text)
            else:
                self.add_argument(flag, action="store_true", default=None, help=text)

    def add_rejecting_options(self, rejects_at: str) -> None:
        """Add the options of jobs that read events.

        Args:
            rejects_at: the default of `--rejects`, for `--help`.
        """
        self.add_settings("format", "currency", "identity", "rejects", "max_rejects", rejects_at=rejects_at)

    def add_running_options(self, staging_at: str) -> None:
        """Add the options of jobs that write a summary and intermediate results.

        Args:
            staging_at: the default of `--staging`, for `--help`.
        """
        self.add_settings("summary", "staging", staging_at=staging_at)
        self.add_engine_options()

    def add_engine_options(self) -> None:
        """Add the options of all jobs that start an engine."""
        self.add_settings("engine")
        self.add_argument("--conf", metavar="FILE", help="settings file (default: conf/simple_ltv.toml)")
        self.add_settings("verbose")
        self.add_argument("--version", action="version", version=f"sflydwh {__version__}")


@dataclass(frozen=True)
class Start:
    """When a run began.

    Attributes:
        local: local time, which names the output.
        clock: monotonic time in seconds.
    """

    local: datetime
    clock: float

    def ago(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.clock


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of a run: its options over its settings file.

    Raises:
        UsageError: one of them is invalid.
    """
    given = {name: getattr(arguments, name, None) for name in OPTIONS}
    flags = {
        name: OPTIONS[name].read(f"--{name.replace('_', '-')}", value)
        for name, value in given.items()
        if value is not None
    }
    return load_settings(arguments.conf, flags)


def log_format_of(settings: Settings) -> Format:
    """The format of a run's logs.

    Raises:
        UsageError: the format does not exist, or is invalid.
    """
    return format_of(settings.format or SFLY, settings.currency)


def check_apart(inputs: Inputs, summary: str | None, folders: Iterable[tuple[str, str | None]]) -> None:
    """Refuse to overwrite an input, or to write where the next run would read the output as input.

    Args:
        inputs: the files that are read.
        summary: the value of `--summary`, if given.
        folders: options and the folders that they name, if given.

    Raises:
        UsageError: something would be written among the inputs.
    """
    if summary and _identity(summary) in (shown(file.path) for file in inputs):
        raise UsageError(f"--summary {shown(summary)} is an input; give a file of its own")
    written = [("--summary", summary, summary), *((option, path, path and _below(path)) for option, path in folders)]
    for option, path, file in written:
        if path and file and inputs.would_read(file):
            raise UsageError(
                f"{option} {shown(path)} is inside a directory of EVENTS, which the next run reads; give another"
            )


def check_summary(settings: Settings, output: str | None = None) -> None:
    """Refuse a summary file that could not be written at the end.

    Args:
        settings: how to run.
        output: the directory of the answer, if the job writes one.

    Raises:
        UsageError: its directory does not exist and the run will not make it, or it is a directory itself.
    """
    summary = settings.summary
    if summary is None or is_uri(summary):
        return
    folder = os.path.dirname(os.path.abspath(summary))
    made = [path for path in (output, settings.rejects, settings.staging) if path and not is_uri(path)]
    if not os.path.isdir(folder) and not any(_lies_in(path, folder) for path in made):
        raise UsageError(f"--summary {summary}: there is no directory {folder}; make it first")
    if os.path.isdir(summary):
        raise UsageError(f"--summary {summary} is a directory; give a file")


def check_outside(table: str, places: Iterable[tuple[str, str | None]]) -> None:
    """Refuse to write output into a table's directory.

    Args:
        table: the directory.
        places: options and the paths that they name, if given.

    Raises:
        UsageError: something would be written there.
    """
    for option, path in places:
        if path and not is_uri(path) and _lies_in(path, table):
            raise UsageError(f"{option} {path} is inside the table's directory; give another")


def _lies_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies below it."""
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(folder), ""))


def _below(folder: str) -> str:
    """The path of an imaginary file in a folder."""
    return location(folder).below("answer").uri if is_uri(folder) else os.path.join(folder, "answer")


def _identity(path: str) -> str:
    return shown(path) if is_uri(path) else os.path.abspath(path)


def run_command(name: str, run: Callable[[Sequence[str] | None, Start], None], argv: Sequence[str] | None) -> int:
    """Run a job, report an error in one line, and return the exit status.

    Args:
        name: the program's name.
        run: the job; takes the arguments and its start time.
        argv: the arguments; None for those of the process.
    """
    start = Start(datetime.now(), time.monotonic())
    try:
        with interrupts.watched():
            run(argv, start)
    except SflyError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{name}: {where}{error.strerror or first_line(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    return OK


def end_with(main: Callable[[], int]) -> NoReturn:
    """Run a command as a program, and end the process with its exit status.

    The process skips the interpreter's shutdown: exit handlers of an engine's client may wait for
    a server that is gone, and threads of a busy engine prevent an orderly end.
    """
    # The caller may have closed either.
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


def show(text: str, out: TextIO) -> None:
    """Print the result of a finished run; a closed pipe is not an error.

    Raises:
        RunError: it cannot be printed for another reason.
    """
    try:
        print(text, file=out, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    except OSError as error:
        raise RunError(f"the answer is written, but cannot be printed: {error.strerror}") from error
