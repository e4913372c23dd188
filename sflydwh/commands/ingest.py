"""The command line of the ingest."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn

from sflydwh import __version__
from sflydwh.commands.program import (
    Parser,
    Start,
    check_apart,
    check_outside,
    check_summary,
    end_with,
    log_format_of,
    run_command,
    settings_of,
    show,
)
from sflydwh.errors import RunError, UsageError
from sflydwh.files.uri import shown
from sflydwh.formats.format import Format
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.settings import Settings, directory

if TYPE_CHECKING:
    from sflydwh.runs.account import Ingested
    from sflydwh.runs.batch import Batch
    from sflydwh.table.schema import Kept
    from sflydwh.table.snapshot import EventTable

_EXAMPLE: Final = """\
example:
  ingest.py logs/2017-01-06.json --table /data/events

  Adds the events of a day's log to the event table in /data/events, each event once.
  Ingesting the same content again changes nothing.
"""


def _parser() -> Parser:
    parser = Parser("ingest.py", "Add the events of logs to the event table.", _EXAMPLE)
    add = parser.add_argument
    add("events", metavar="EVENTS", nargs="+", help="files, directories, globs or s3:// URIs, in input order")
    add("--table", metavar="DIR", required=True, help="the event table's directory; created if absent")
    add("--dry-run", action="store_true", help="report what would be done, and leave the table unchanged")
    parser.add_rejecting_options("_rejects in the table's directory")
    parser.add_running_options("the table's directory")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ingest; its exit status.

    Args:
        argv: the arguments; None for those of the process.
    """
    return run_command("ingest", _run, argv)


def program() -> NoReturn:
    """Run the ingest as a program, and end with it."""
    end_with(main)


def _run(argv: Sequence[str] | None, start: Start) -> None:
    arguments = _parser().parsed(argv)
    folder = directory("--table", arguments.table)
    settings = settings_of(arguments)
    log_format = log_format_of(settings)
    inputs = find_inputs(arguments.events)
    check_apart(inputs, settings.summary, [("--table", folder), ("--rejects", settings.rejects)])
    check_summary(settings)
    check_outside(folder, [("--rejects", settings.rejects), ("--summary", settings.summary)])
    # Imported only after all checks, because these modules load slowly.
    from sflydwh.runs.account import Ingested, write_summary
    from sflydwh.runs.batch import Batch
    from sflydwh.runs.ingest import IngestError
    from sflydwh.table.snapshot import EventTable

    table, is_dry_run = EventTable(folder), arguments.dry_run
    kept = _kept(table, settings, log_format)

    def account(done: Ingested, error: RunError | None = None) -> bytes:
        return done.as_json(str(table.folder), log_format.name, kept, is_dry_run, start.ago(), error)

    try:
        done = _ingested(Batch(inputs, log_format, settings.max_event_bytes), table, kept, settings, start, is_dry_run)
    except RunError as failure:
        known = failure.done if isinstance(failure, IngestError) else Ingested()
        with suppress(OSError):
            write_summary(settings.summary, account(known, failure))
        raise
    seconds = start.ago()
    version = "no version yet" if done.version is None else f"version {done.version}"
    try:
        write_summary(settings.summary, account(done))
    except OSError as failure:
        raise RunError(
            f"{table.folder} has {version}, but --summary {shown(settings.summary or '')} "
            f"cannot be written: {failure.strerror}"
        ) from failure
    finally:
        # The version is committed even if the summary could not be written.
        show(f"{table.folder} {version}{', a dry run' if is_dry_run else ''}", sys.stdout)
        show(done.as_text(seconds), sys.stderr)


def _kept(table: "EventTable", settings: Settings, log_format: Format) -> "Kept":
    """The table's identity, currency and formula: as recorded, or as this first ingest sets them.

    Raises:
        UsageError: the options ask for another identity or currency than the table's.
    """
    from sflydwh.table.schema import Kept

    snapshot = table.latest()
    if snapshot.version is None:
        formula = settings.formula or log_format.formula
        return Kept(settings.identity or log_format.identity, log_format.currency, formula)
    kept = snapshot.kept
    asked = {"identity": settings.identity, "currency": log_format.currency}
    for name, value in asked.items():
        if value not in (None, getattr(kept, name)):
            raise UsageError(
                f"{table.folder} has the {name} {getattr(kept, name)}, decided at its first ingest, not {value}; "
                f"leave --{name} out or give another table"
                if name == "identity" or settings.currency
                else f"{table.folder} has amounts in {kept.currency}, and the format {log_format.name} has {value}; "
                f"if the log is in {kept.currency}, say so with --currency {kept.currency}"
            )
    return kept


def _ingested(
    batch: "Batch", table: "EventTable", kept: "Kept", settings: Settings, start: Start, is_dry_run: bool
) -> "Ingested":
    """Ingest the batch; start no engine if the table knows all of its files."""
    from sflydwh.runs.account import Ingested

    snapshot = table.latest()
    found = batch.sort_out(snapshot)
    skipped_files = len(batch.inputs.skipped)
    if not found.fresh:
        warnings = found.warnings
        return Ingested(version=snapshot.number, known=found.known, skipped_files=skipped_files, warnings=warnings)
    from sflydwh.engine.choice import open_engine
    from sflydwh.runs.ingest import ingest
    from sflydwh.runs.workplace import Job

    with open_engine(settings.engine, settings.verbose, batch.inputs.size) as engine:
        print(f"sflydwh {__version__} on {engine.label}", file=sys.stderr)
        done = ingest(Job(engine, settings, start.local, start.clock), batch, table, kept, is_dry_run)
    return replace(done, skipped_files=skipped_files)
