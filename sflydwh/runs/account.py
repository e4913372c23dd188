"""What a run says of itself: for a person, and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sflydwh.ltv import Account
from sflydwh.output.terminal import printable

_MOST_TYPES: Final = 12
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Summary:
    """The account of a run with what surrounds it.

    Attributes:
        account: what became of every piece.
        formula: the formula's name.
        engine: the engine's name.
        output: the answer's path; None where the run failed.
        rejects: the path of the rejects, None without any.
        skipped_files: hidden files that lay in a directory and were not read.
        warnings: what a person should look at.
        seconds: how long the run took.
        error: why the run failed, None where it did not.
        table: the directory of the event table that was asked; None for logs.
        table_version: the version of it.
    """

    account: Account
    formula: str
    engine: str
    output: str | None
    rejects: str | None
    skipped_files: int
    warnings: tuple[str, ...]
    seconds: float
    error: str | None = None
    table: str | None = None
    table_version: int | None = None

    def as_json(self) -> bytes:
        """One JSON object."""
        account = self.account
        values: dict[str, Any] = {
            "read": account.read,
            "accepted": account.accepted,
            "rejected": account.rejected,
            "superseded": account.superseded,
            "by_type": dict(sorted(account.by_type.items())),
            "reasons": dict(sorted(account.reasons.items())),
            "unknown_types": list(account.unknown_types),
            "customers": account.customers,
            "customers_without_customer_event": account.customers_without_customer_event,
            "customers_without_visit": account.customers_without_visit,
            "formula": self.formula,
            "engine": self.engine,
            "table": self.table,
            "table_version": self.table_version,
            "output": self.output,
            "rejects": self.rejects,
            "skipped_files": self.skipped_files,
            "warnings": list(self.warnings),
            "seconds": round(self.seconds, 3),
            "error": self.error,
        }
        return json.dumps(values, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"

    def as_text(self) -> str:
        """A few lines for a person."""
        account = self.account
        lines = [
            f"read        {account.read:,} events",
            f"accepted    {account.accepted:,}{listed(account.by_type)}",
            f"rejected    {account.rejected:,}{listed(account.reasons)}",
            f"superseded  {account.superseded:,} of the accepted, by a later one with the same key",
            f"customers   {account.customers:,}{_unusual(account)}",
            f"seconds     {self.seconds:.1f}",
        ]
        if self.table:
            lines.append(f"table       {self.table} version {self.table_version}")
        if self.skipped_files:
            lines.append(f"skipped     {self.skipped_files:,} hidden files")
        if self.rejects:
            lines.append(f"rejects     {self.rejects}")
        lines += [f"warning     {warning}" for warning in self.warnings]
        return "\n".join(lines)


def _unusual(account: Account) -> str:
    without_event = f"{account.customers_without_customer_event:,} without a CUSTOMER event"
    return f": {without_event}, {account.customers_without_visit:,} with spend and no visit"


def listed(counts: Counter[str]) -> str:
    """Counts by name, the largest first, after a colon; nothing for none.

    >>> listed(Counter(ORDER=2, SITE_VISIT=3, IMAGE=3))
    ': IMAGE 3, SITE_VISIT 3, ORDER 2'
    """
    by_size = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{printable(name)} {count:,}" for name, count in by_size[:_MOST_TYPES]]
    if len(counts) > _MOST_TYPES:
        shown.append(f"{len(counts) - _MOST_TYPES} more")
    return f": {', '.join(shown)}" if shown else ""


def named(names: Sequence[str]) -> str:
    """The first few of many names from events, safe in a terminal.

    >>> named(["a", "b\\x1b[1m", "c", "d", "e", "f"])
    'a, b\\\\x1b[1m, c, d, e'
    """
    return ", ".join(printable(name) for name in names[:_MOST_NAMED])


def unknown_types_warning(types: Sequence[str]) -> str:
    """What to say where event types are not known."""
    return f"{len(types)} unknown event types were accepted: {named(types)}"
