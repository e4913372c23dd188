"""Counts of the pieces of an input by outcome: accepted, ignored or rejected."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sflydwh.formats.model import CURRENCY_SEEN, CUSTOMER_PATH, IGNORED, KINDS, REJECTED, ROUNDED


@dataclass(frozen=True)
class Pieces:
    """The count of all pieces read.

    Attributes:
        by_type: accepted events, including superseded ones, by event type.
        reasons: rejected pieces by reason.
        superseded: accepted events superseded by a later one with the same identity.
        ignored: pieces that the format ignores, by name.
        rounded_amounts: amounts that lost digits by rounding.
        by_customer_path: accepted events by the path that gave the customer.
        currencies: pieces rejected as `unsupported_currency`, by their currency.
        superseded_other_key: superseded ORDER events with another key than the winner's; None if not counted.
        superseded_other_amount: those with the same key but another amount, neither an UPDATE; None if not counted.
    """

    by_type: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    superseded: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rounded_amounts: int = 0
    by_customer_path: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    superseded_other_key: int | None = 0
    superseded_other_amount: int | None = 0

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
        """Pieces read: every one is accepted, ignored or rejected."""
        return self.accepted + self.ignored.total() + self.rejected

    @property
    def of_the_model(self) -> int:
        """Accepted events of the four types."""
        return sum(self.by_type[kind] for kind in KINDS)

    @property
    def unknown_types(self) -> tuple[str, ...]:
        """The event types that the model does not know, in order."""
        return tuple(sorted(set(self.by_type) - set(KINDS)))


@dataclass(frozen=True)
class Names:
    """Pieces counted by name: rejects, ignored records, and properties of accepted events.

    Attributes:
        reasons: rejected pieces by reason.
        rejects_by_split: rejected pieces by split.
        ignored: ignored pieces by name.
        by_customer_path: accepted events by the path that gave the customer.
        currencies: pieces rejected as `unsupported_currency`, by their currency.
        rounded_amounts: amounts that lost digits by rounding.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    rejects_by_split: Counter[int] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    by_customer_path: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    rounded_amounts: int = 0

    @property
    def of_pieces(self) -> dict[str, Any]:
        """The counts that are also attributes of `Pieces`, by name."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "rejects_by_split"}


def named_pieces(rows: Iterable[tuple[int, str, int | None, int]]) -> Names:
    """Pieces counted by name.

    Args:
        rows: kind, name, split and count of pieces.
    """
    reasons, ignored, by_path, currencies, counts = (Counter[str]() for _ in range(5))
    splits = Counter[int]()
    for kind, name, split, pieces in rows:
        if kind == REJECTED:
            reasons[name] += pieces
            splits[split or 0] += pieces
        elif kind == IGNORED:
            ignored[name] += pieces
        elif name.startswith(CUSTOMER_PATH):
            by_path[name.removeprefix(CUSTOMER_PATH)] += pieces
        elif name.startswith(CURRENCY_SEEN):
            currencies[name.removeprefix(CURRENCY_SEEN)] += pieces
        else:
            counts[name] += pieces
    return Names(reasons, splits, ignored, by_path, currencies, counts[ROUNDED])
