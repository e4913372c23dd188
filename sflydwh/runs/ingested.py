"""What an ingest says of itself: for a person, and as JSON."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from sflydwh.output.terminal import printable
from sflydwh.runs.account import listed

_MOST_NAMED: Final = 5


@dataclass
class Ingested:
    """What an ingest did, or would do.

    Attributes:
        version: the version of the table after it; None for no table.
        files: files ingested.
        known: paths of the files whose content was ingested before, or twice here.
        by_type: accepted events by event type, superseded ones among them.
        reasons: rejected pieces by reason.
        superseded: accepted events that a later one of this batch replaced.
        replaced: events of the table that an event of this batch replaced.
        weeks_rewritten: weeks whose files were written anew.
        weeks_added_to: weeks that got files, and keep those that they had.
        rejects: the path of the rejects, None without any.
        skipped_files: hidden files that lay in a directory and were not read.
        warnings: what a person should look at.
    """

    version: int | None = None
    files: int = 0
    known: list[str] = field(default_factory=list)
    by_type: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    superseded: int = 0
    replaced: int = 0
    weeks_rewritten: int = 0
    weeks_added_to: int = 0
    rejects: str | None = None
    skipped_files: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Pieces accepted."""
        return self.by_type.total()

    @property
    def rejected(self) -> int:
        """Pieces rejected."""
        return self.reasons.total()

    @property
    def read(self) -> int:
        """Pieces read: every one is accepted or rejected."""
        return self.accepted + self.rejected

    @property
    def added(self) -> int:
        """Events that the table has more than before."""
        return self.accepted - self.superseded - self.replaced

    def as_json(self, table: str, is_dry_run: bool, seconds: float, error: str | None = None) -> bytes:
        """One JSON object.

        Args:
            table: the table's directory.
            is_dry_run: whether the table was left as it was.
            seconds: how long the run took.
            error: why it failed, None where it did not.
        """
        values: dict[str, Any] = {
            "table": table,
            "version": self.version,
            "dry_run": is_dry_run,
            "files": self.files,
            "known_files": self.known,
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "superseded": self.superseded,
            "replaced": self.replaced,
            "added": self.added,
            "by_type": dict(sorted(self.by_type.items())),
            "reasons": dict(sorted(self.reasons.items())),
            "weeks_rewritten": self.weeks_rewritten,
            "weeks_added_to": self.weeks_added_to,
            "rejects": self.rejects,
            "skipped_files": self.skipped_files,
            "warnings": self.warnings,
            "seconds": round(seconds, 3),
            "error": error,
        }
        return json.dumps(values, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"

    def as_text(self, seconds: float) -> str:
        """A few lines for a person."""
        lines = [f"known       {printable(path)}: its content was ingested before" for path in self.known[:_MOST_NAMED]]
        if len(self.known) > _MOST_NAMED:
            lines.append(f"known       {len(self.known) - _MOST_NAMED:,} files more")
        if self.known and not self.files:
            return "\n".join([*lines, f"seconds     {seconds:.1f}"])
        lines += [
            f"read        {self.read:,} events in {self.files:,} files",
            f"accepted    {self.accepted:,}{listed(self.by_type)}",
            f"rejected    {self.rejected:,}{listed(self.reasons)}",
            f"superseded  {self.superseded:,} of the accepted, by a later one with the same key",
            f"replaced    {self.replaced:,} of the table, by one of the accepted with the same key",
            f"added       {self.added:,}",
            f"weeks       {self.weeks_rewritten:,} rewritten, {self.weeks_added_to:,} added to",
            f"seconds     {seconds:.1f}",
        ]
        if self.skipped_files:
            lines.append(f"skipped     {self.skipped_files:,} hidden files")
        if self.rejects:
            lines.append(f"rejects     {self.rejects}")
        return "\n".join(lines + [f"warning     {warning}" for warning in self.warnings])
