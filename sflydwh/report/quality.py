"""The data-quality section."""

from typing import Final

from sflydwh.output.terminal import printable
from sflydwh.report.facts import Facts
from sflydwh.report.numbers import count
from sflydwh.report.parts import Section, Table

_MOST_NAMED: Final = 12


def quality(facts: Facts) -> Section:
    """The outcome of every event of the input."""
    found = facts.quality
    told = "told at each ingest"

    def number(value: int | None) -> str:
        return told if value is None else f"{value:,}"

    rejected = f"{number(found.rejected)} of them were rejected" if found.rejected else "none of them was rejected"
    title = f"{count(found.read, 'event')} {'was' if found.read == 1 else 'were'} read, and {rejected}"
    if found.rejected is None:
        title = f"{count(found.read, 'event')} of the event table {'was' if found.read == 1 else 'were'} read"
    rows = [
        ("As of", facts.as_of.isoformat()),
        ("Source", f"event table, {found.table}" if found.table else f"logs, format {found.format}"),
        ("Currency", facts.currency),
        ("Identity of events", found.identity),
        ("Events accepted", f"{found.accepted:,}"),
        ("Superseded by a later one of the same identity", number(found.superseded)),
        ("Rejected", number(found.rejected)),
        *((f"Rejected: {printable(reason)}", f"{pieces:,}") for reason, pieces in found.reasons.items()),
        ("Ignored by the format", number(found.ignored)),
        *(
            (f"Ignored: {printable(name) or 'without a name'}", f"{pieces:,}")
            for name, pieces in _first(found.ignored_by_name)
        ),
        ("Amounts rounded", number(found.rounded)),
        ("After the day of the report, left out", f"{found.left_out:,}"),
    ]
    return Section("quality", title, (), Table("Data quality", ("What", "How much"), tuple(rows)), notes=found.warnings)


def _first(names: dict[str, int]) -> list[tuple[str, int]]:
    """The most frequent names."""
    return sorted(names.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMED]
