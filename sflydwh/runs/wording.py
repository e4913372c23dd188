"""The wording of warnings and counts that several jobs share."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from sflydwh.events.pieces import Pieces
from sflydwh.formats.format import Format
from sflydwh.formats.model import BY_KEY
from sflydwh.output.dat import is_formula
from sflydwh.output.terminal import printable

_MOST_TYPES: Final = 12
_MOST_NAMED: Final = 5
NO_VISITS: Final = "there are orders but no visits, so every SimpleLTV is 0; use --formula weekly or predicted_ltv.py"


def lines(rows: Sequence[tuple[str, str | None]]) -> str:
    """Names with their texts, one per line; rows whose text is None are left out.

    >>> lines([("read", "3 events"), ("table", None)])
    'read        3 events'
    """
    return "\n".join(f"{name:<12}{said}" for name, said in rows if said is not None)


def listed(counts: Counter[str]) -> str:
    """Counts by name, the largest first, after a colon; nothing for none.

    >>> listed(Counter(ORDER=2, SITE_VISIT=3, IMAGE=3))
    ': IMAGE 3, SITE_VISIT 3, ORDER 2'
    """
    by_size = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{printable(name) or 'without a name'} {count:,}" for name, count in by_size[:_MOST_TYPES]]
    if len(counts) > _MOST_TYPES:
        shown.append(f"{len(counts) - _MOST_TYPES} more")
    return f": {', '.join(shown)}" if shown else ""


def named(names: Sequence[str]) -> str:
    """The first few of many names from events, safe in a terminal.

    >>> named(["a", "b\\x1b[1m", "c", "d", "e", "f"])
    'a, b\\\\x1b[1m, c, d, e'
    """
    return ", ".join(printable(name) for name in names[:_MOST_NAMED])


def superseded_warnings(pieces: Pieces, identity: str) -> tuple[str, ...]:
    """Warnings of superseded orders that may be separate orders."""
    warnings = []
    if pieces.superseded_other_key:
        warnings.append(
            f"{pieces.superseded_other_key:,} ORDER events were superseded by one of the same customer and time "
            "with another key; if they are separate orders, use --identity key"
        )
    if pieces.superseded_other_amount:
        warnings.append(
            f"{pieces.superseded_other_amount:,} ORDER events were superseded by one of the same "
            f"{'order' if identity == BY_KEY else 'key'} and time with another amount; if they are line items, "
            "use --identity none"
        )
    return tuple(warnings)


def formula_warnings(ids: Iterable[str]) -> tuple[str, ...]:
    """A warning if ids of an answer would run as formulas in a spreadsheet."""
    found = [each for each in ids if is_formula(each)]
    if not found:
        return ()
    return (f"{len(found)} ids in the answer would run as formulas in a spreadsheet: {named(found)}",)


def identity_warnings(asked: str, log_format: Format) -> tuple[str, ...]:
    """A warning if the identity is not the one of the format."""
    own = log_format.identity
    return (
        ()
        if asked == own
        else (f"--identity {asked} is used instead of {own}, the identity of format {log_format.name}",)
    )


def unknown_types_warnings(pieces: Pieces) -> tuple[str, ...]:
    """A warning of unknown event types."""
    types = pieces.unknown_types
    return (f"{len(types)} unknown event types were accepted: {named(types)}",) if types else ()
