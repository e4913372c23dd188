"""The independent oracle: what `sflydwh` must answer, in the plainest Python.

It shares no code with the product and reads the rules of docs/rules.md to the letter.
Speed does not matter here; being obviously right does.

    pieces  bytes of one file -> the pieces in it
    rules   one piece's fields -> an event, or the reason why not
    ltv     files -> the bytes of the .dat file, the counts and the rejects
"""

from .ltv import Answer, NoAcceptedEvent, answer
from .pieces import Number, Piece, pieces, pieces_to_judge
from .rules import Event, judge

__all__ = [
    "Answer",
    "Event",
    "NoAcceptedEvent",
    "Number",
    "Piece",
    "answer",
    "judge",
    "pieces",
    "pieces_to_judge",
]
