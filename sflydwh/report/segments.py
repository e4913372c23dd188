"""The meaning of each segment, and what to do about it."""

from typing import Final

# Who they are, and what to do.
MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "champions": (
        "bought recently, often and for large amounts",
        "Keep them happy: early access, thanks, requests for reviews. No discounts needed.",
    ),
    "loyal": ("come back often", "Recommend what goes with what they buy, and reward their loyalty."),
    "new": ("made their first purchase recently", "Welcome them, and give a reason for a second purchase soon."),
    "promising": ("bought recently, but not often yet", "Show them more of the range while they remember the shop."),
    "at risk": (
        "bought often or for large amounts, but not recently",
        "Write to them personally, and ask what is missing. Offers pay off here first.",
    ),
    "needs attention": ("last bought some time ago", "Remind them, with something that is new since then."),
    "hibernating": (
        "have been away for long, and never bought often or for much",
        "Include them in seasonal mailings, at low cost.",
    ),
    "lost": ("have been away longest", "Spend nothing on them except an occasional mailing."),
    "visitors": ("never bought", "Find out what keeps them from a first purchase."),
}
