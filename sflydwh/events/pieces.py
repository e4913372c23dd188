"""What became of the pieces of an input: each is accepted or rejected, and counted here."""

from collections import Counter
from dataclasses import dataclass, field

from sflydwh.formats.model import KINDS


@dataclass(frozen=True)
class Pieces:
    """The count of all pieces read.

    Attributes:
        by_type: accepted events, superseded ones among them, by event type.
        reasons: rejected pieces by reason.
        superseded: accepted events that a later one with the same key replaced.
    """

    by_type: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    superseded: int = 0

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
    def unknown_types(self) -> tuple[str, ...]:
        """The event types that the model does not know, in order."""
        return tuple(sorted(set(self.by_type) - set(KINDS)))
