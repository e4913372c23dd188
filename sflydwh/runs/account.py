"""The account of a run, as text and as JSON."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sflydwh.errors import RunError
from sflydwh.events.pieces import Pieces
from sflydwh.ltv import Account
from sflydwh.output.place import replace
from sflydwh.output.terminal import printable
from sflydwh.runs.wording import NO_VISITS, lines, listed
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import Snapshot

_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Summary:
    """The account of an answer, with the circumstances of the run.

    Attributes:
        account: what became of every piece.
        formula: the formula's name.
        format: the name of the logs' format; None for a table.
        identity: which events count as the same event: `time`, `key` or `none`.
        currency: the currency code of all amounts.
        engine: the engine's name.
        skipped_files: how many hidden files in directories were skipped.
        warnings: what the user should know, a line each.
        seconds: how long the run took.
        output: the answer's path; None if the run failed.
        rejects: the path of the rejects, None without any.
        error: why the run failed; None if it did not.
        snapshot: the version of the event table that was read; None for logs.
    """

    account: Account
    formula: str
    format: str | None
    identity: str
    currency: str
    engine: str
    skipped_files: int
    warnings: tuple[str, ...]
    seconds: float
    output: str | None = None
    rejects: str | None = None
    error: str | None = None
    snapshot: Snapshot | None = None

    def as_json(self) -> bytes:
        """One JSON object."""
        account = self.account
        return as_json(
            {
                **_counts(account),
                **_names(account),
                "unknown_types": list(account.unknown_types),
                "customers": account.customers,
                "customers_without_customer_event": account.customers_without_customer_event,
                "customers_without_visit": account.customers_without_visit,
                "formula": self.formula,
                "format": self.format,
                "identity": self.identity,
                "currency": self.currency,
                "engine": self.engine,
                "table": self.snapshot.path if self.snapshot else None,
                "table_version": self.snapshot.number if self.snapshot else None,
                "output": self.output,
                "rejects": self.rejects,
                "skipped_files": self.skipped_files,
                "warnings": list(self.warnings),
                "seconds": round(self.seconds, 3),
                "error": self.error,
            }
        )

    def as_text(self) -> str:
        """A few lines to print."""
        account = self.account
        table = f"{self.snapshot.path} version {self.snapshot.number}" if self.snapshot else None
        return lines(
            [
                ("read", f"{account.read:,} events"),
                *_outcomes(account),
                ("customers", f"{account.customers:,}{_unusual(account)}"),
                ("seconds", f"{self.seconds:.1f}"),
                ("table", table),
                *_asides(self.skipped_files, self.rejects, self.warnings),
            ]
        )


@dataclass(frozen=True)
class Ingested(Pieces):
    """What an ingest did, or would do.

    Attributes:
        version: the version of the table after it; None for no table.
        files: files ingested.
        known: paths of the files whose content was ingested before, or occurs twice in this batch.
        replaced: events of the table that an event of this batch replaced.
        weeks_rewritten: how many weeks had their files rewritten.
        weeks_added_to: how many weeks got files in addition to the old ones.
        rejects: the path of the rejects, None without any.
        skipped_files: how many hidden files in directories were skipped.
        warnings: what the user should know, a line each.
    """

    version: int | None = None
    files: int = 0
    known: tuple[str, ...] = ()
    replaced: int = 0
    weeks_rewritten: int = 0
    weeks_added_to: int = 0
    rejects: str | None = None
    skipped_files: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        """By how many events the table grew."""
        return self.accepted - self.superseded - self.replaced

    def as_json(
        self, table: str, format_name: str, kept: Kept, is_dry_run: bool, seconds: float, error: RunError | None = None
    ) -> bytes:
        """One JSON object.

        Args:
            table: the table's directory.
            format_name: the name of the logs' format.
            kept: the table's identity, currency and formula.
            is_dry_run: whether the table was left unchanged.
            seconds: how long the run took.
            error: why it failed; None if it did not.
        """
        return as_json(
            {
                "table": table,
                "version": self.version,
                "format": format_name,
                "identity": kept.identity,
                "currency": kept.currency,
                "dry_run": is_dry_run,
                "files": self.files,
                "known_files": list(self.known),
                **_counts(self),
                "replaced": self.replaced,
                "added": 0 if error else self.added,
                **_names(self),
                "weeks_rewritten": self.weeks_rewritten,
                "weeks_added_to": self.weeks_added_to,
                "rejects": error.rejects if error else self.rejects,
                "skipped_files": self.skipped_files,
                "warnings": list(self.warnings),
                "seconds": round(seconds, 3),
                "error": str(error) if error else None,
            }
        )

    def as_text(self, seconds: float) -> str:
        """A few lines to print."""
        known = [("known", f"{printable(path)}: its content was ingested before") for path in self.known[:_MOST_NAMED]]
        more = len(self.known) - _MOST_NAMED
        took = ("seconds", f"{seconds:.1f}")
        if more > 0:
            known.append(("known", f"{more:,} files more"))
        if self.known and not self.files:
            return lines([*known, took])
        return lines(
            [
                *known,
                ("read", f"{self.read:,} events in {self.files:,} files"),
                *_outcomes(self),
                ("replaced", f"{self.replaced:,} of the table, by one of the accepted with the same key"),
                ("added", f"{self.added:,}"),
                ("weeks", f"{self.weeks_rewritten:,} rewritten, {self.weeks_added_to:,} added to"),
                took,
                *_asides(self.skipped_files, self.rejects, self.warnings),
            ]
        )


def _counts(pieces: Pieces) -> dict[str, int | None]:
    counts = {name: getattr(pieces, name) for name in ("read", "accepted", "rejected", "superseded")}
    others = ("superseded_other_key", "superseded_other_amount", "rounded_amounts")
    return {**counts, "ignored": pieces.ignored.total(), **{name: getattr(pieces, name) for name in others}}


def _names(pieces: Pieces) -> dict[str, dict[str, int]]:
    return {
        "by_type": dict(sorted(pieces.by_type.items())),
        "reasons": dict(sorted(pieces.reasons.items())),
        "ignored_by_name": dict(sorted(pieces.ignored.items())),
        "accepted_by_customer_path": dict(sorted(pieces.by_customer_path.items())),
    }


def _outcomes(pieces: Pieces) -> list[tuple[str, str | None]]:
    ignored, rounded = pieces.ignored.total(), pieces.rounded_amounts
    return [
        ("accepted", f"{pieces.accepted:,}{listed(pieces.by_type)}"),
        ("rejected", f"{pieces.rejected:,}{listed(pieces.reasons)}"),
        ("ignored", f"{ignored:,}{listed(pieces.ignored)}" if ignored else None),
        ("superseded", f"{pieces.superseded:,} of the accepted, by a later one of the same identity"),
        ("rounded", f"{rounded:,} amounts" if rounded else None),
    ]


def _asides(skipped_files: int, rejects: str | None, warnings: Sequence[str]) -> list[tuple[str, str | None]]:
    skipped = f"{skipped_files:,} hidden files" if skipped_files else None
    return [("skipped", skipped), ("rejects", rejects), *(("warning", warning) for warning in warnings)]


def _unusual(account: Account) -> str:
    without_event = f"{account.customers_without_customer_event:,} without a CUSTOMER event"
    return f": {without_event}, {account.customers_without_visit:,} with spend and no visit"


def as_json(values: Mapping[str, Any]) -> bytes:
    """One JSON object as the bytes of a file."""
    return json.dumps(values, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"


def write_summary(path: str | None, account: bytes) -> None:
    """Write an account to the file of `--summary`, if one is given.

    Raises:
        OSError: it cannot be written; the error names it.
    """
    if path:
        replace(path, account)


def told_at_ingest(account: Account) -> Account:
    """The account of an answer from a table, without the counts that each ingest reported."""
    return dataclasses.replace(account, superseded_other_key=None, superseded_other_amount=None)


def without_no_visits(summary: Summary) -> Summary:
    """A summary without the warning that recommends predictions, for the jobs that make them."""
    return dataclasses.replace(summary, warnings=tuple(each for each in summary.warnings if each != NO_VISITS))
