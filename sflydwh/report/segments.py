"""What the segments are, and what to do about each."""

from typing import Final

# Who they are, and what one does.
MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "champions": (
        "bought lately, often and for much",
        "Keep them happy: early access, thanks, requests for reviews. No discounts needed.",
    ),
    "loyal": ("come back often", "Recommend what goes with what they buy, and reward that they come back."),
    "new": ("bought for the first time lately", "Welcome them, and give a reason for a second purchase soon."),
    "promising": ("bought lately, not often yet", "Show them more of the range while they remember the shop."),
    "at risk": (
        "bought often or for much, but not lately",
        "Write to them in person, and ask what is missing. An offer pays here first.",
    ),
    "needs attention": ("last bought some time ago", "Remind them, with something that is new since then."),
    "hibernating": ("have been away for long, and were never close", "Include them in seasonal mailings, at low cost."),
    "lost": ("have been away longest", "Spend nothing on them but an occasional mailing."),
    "visitors": ("never bought", "Find out what keeps them from a first purchase."),
}
