"""From files to the whole answer: the .dat file's bytes, the counts, the rejects."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

from .pieces import DEFAULT_MAX_EVENT_BYTES, pieces_to_judge
from .rules import KNOWN_TYPES, Event, judge

HEADER = "Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration"


class Reject(TypedDict):
    """A rejected piece; `raw` are its bytes, before any base64."""

    reason: str
    source_file: str
    offset: int
    raw: bytes


@dataclass(frozen=True)
class Answer:
    """What a run gives.

    `by_type` counts all accepted events, superseded ones too, so that it adds up to `accepted`.
    """

    dat: bytes
    read: int
    accepted: int
    rejected: int
    superseded: int
    by_type: dict[str, int]
    reasons: dict[str, int]
    customers: int
    customers_without_customer_event: int
    customers_with_spend_and_no_visit: int
    rejects: list[Reject]


@dataclass(frozen=True)
class Customer:
    """One customer's line in the answer, with exact figures."""

    customer_id: str
    visits: int
    spend: Fraction
    ltv: Fraction
    weeks: int
    has_customer_event: bool


class NoAcceptedEvent(Exception):
    """Pieces were read, and none is an accepted event of the four types: a failed run. Its rejects stay."""

    def __init__(self, rejects: list[Reject]) -> None:
        """Keeps the rejects, in input order."""
        super().__init__(f"{len(rejects)} pieces read, none accepted")
        self.rejects = rejects


def answer(
    files: list[tuple[str, bytes]],
    top_n: int,
    formula: str = "simple",
    order_updates: str = "replace",
    lifespan_years: Decimal = Decimal(10),
    week_start: str = "monday",
    *,
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
    unwrap_rejects: bool = True,
    any_type_does: bool = False,
) -> Answer:
    """The answer for (name, decompressed bytes) of each file, given in input order.

    Input is empty when there is no piece in it: nothing but punctuation (and byte order marks).

    Raises:
        NoAcceptedEvent: there are pieces, and none of them is an accepted event of the four types.
    """
    if formula not in ("simple", "weekly") or order_updates not in ("replace", "add"):
        raise ValueError(f"unknown formula {formula!r} or order_updates {order_updates!r}")
    accepted: list[Event] = []
    rejects: list[Reject] = []
    for source_file, data in files:
        for piece in pieces_to_judge(data, max_event_bytes, unwrap_rejects):
            verdict = judge(piece.fields) if piece.fields is not None else str(piece.reason)
            if isinstance(verdict, Event):
                accepted.append(verdict)
            else:
                rejects.append(
                    {
                        "reason": verdict,
                        "source_file": source_file,
                        "offset": piece.offset,
                        "raw": piece.raw,
                    }
                )
    # An ingest takes events of unknown types, too.
    if (rejects or accepted) and not any(any_type_does or event.event_type in KNOWN_TYPES for event in accepted):
        raise NoAcceptedEvent(rejects)

    # Identity: the later in input order takes the place of the earlier.
    events = list({(e.customer_id, e.event_time, e.event_type): e for e in accepted}.values())
    total_weeks = timeframe_weeks(events, week_start)
    customers = []
    for own in events_by_customer(events):
        visits = sum(e.event_type == "SITE_VISIT" for e in own)
        spend = spend_of(own, order_updates)
        if formula == "simple":
            ltv = 52 * (visits * spend) * Fraction(lifespan_years)
        else:
            ltv = 52 * spend * Fraction(lifespan_years) / total_weeks
        has_customer_event = any(e.event_type == "CUSTOMER" for e in own)
        weeks = duration_weeks(own, week_start)
        customers.append(Customer(own[0].customer_id, visits, spend, ltv, weeks, has_customer_event))

    return Answer(
        dat=dat_bytes(top_customers(customers, top_n)),
        read=len(accepted) + len(rejects),
        accepted=len(accepted),
        rejected=len(rejects),
        superseded=len(accepted) - len(events),
        by_type=dict(Counter(e.event_type for e in accepted)),
        reasons=dict(Counter(reject["reason"] for reject in rejects)),
        customers=len(customers),
        customers_without_customer_event=sum(not c.has_customer_event for c in customers),
        customers_with_spend_and_no_visit=sum(c.spend != 0 and c.visits == 0 for c in customers),
        rejects=rejects,
    )


def events_by_customer(events: list[Event]) -> list[list[Event]]:
    """The events of each customer; unknown event types make no customer and count in nothing."""
    grouped: dict[str, list[Event]] = {}
    for event in events:
        if event.event_type in KNOWN_TYPES:
            grouped.setdefault(event.customer_id, []).append(event)
    return list(grouped.values())


def spend_of(events: list[Event], order_updates: str) -> Fraction:
    """The worth of one customer's orders.

    A customer has at most one ORDER event at an instant (identity), so times have no ties.
    """
    orders = [e for e in events if e.event_type == "ORDER"]
    if order_updates == "add":
        return total(orders)
    spend = total([e for e in orders if e.key is None])  # each is its own order, UPDATE or not
    for key in {e.key for e in orders if e.key is not None}:
        of_key = [e for e in orders if e.key == key]
        updates = [e.event_time for e in of_key if e.verb == "UPDATE"]
        if updates:
            # The latest UPDATE stands for all up to it; what is later adds to it.
            of_key = [e for e in of_key if e.event_time >= max(updates)]
        spend += total(of_key)
    return spend


def total(orders: list[Event]) -> Fraction:
    """The exact sum of the amounts."""
    return sum((Fraction(e.amount) for e in orders if e.amount is not None), start=Fraction(0))


def week_number(event_time: datetime, week_start: str) -> int:
    """A number for the week that it is in: two weeks' numbers differ by the weeks between them.

    Day 1, 0001-01-01, is a Monday and day 7 a Sunday. Whole numbers, because the Sunday before
    day 1 is a date that Python does not have.
    """
    day = event_time.toordinal()
    if week_start == "monday":
        return (day - 1) // 7
    if week_start == "sunday":
        return day // 7
    raise ValueError(f"unknown week_start {week_start!r}")


def weeks_between(events: list[Event], week_start: str) -> int:
    """Weeks from the first to the last of the events' weeks, 0 if it is the same."""
    numbers = [week_number(e.event_time, week_start) for e in events]
    return max(numbers) - min(numbers)


def duration_weeks(events: list[Event], week_start: str) -> int:
    """Weeks of one customer: by its CUSTOMER events, or by all the others if it has none."""
    of_customer = [e for e in events if e.event_type == "CUSTOMER"]
    return max(1, weeks_between(of_customer or events, week_start))


def timeframe_weeks(events: list[Event], week_start: str) -> int:
    """Weeks that the data set touches, unknown event types included."""
    return weeks_between(events, week_start) + 1 if events else 1


def top_customers(customers: list[Customer], top_n: int) -> list[Customer]:
    """The best N, the best last: ranked by the exact value, then by id in UTF-8 bytes."""
    ranked = sorted(customers, key=lambda c: (-c.ltv, c.customer_id.encode("utf-8")))
    return ranked[:top_n][::-1]


def dat_bytes(customers: list[Customer]) -> bytes:
    """The output file, header included, every line ended by LF."""
    lines = [HEADER]
    for c in customers:
        duration = "1week" if c.weeks == 1 else f"{c.weeks}weeks"
        figures = f"{c.visits},{money(c.spend)},{money(c.ltv)}"
        lines.append(f"{quoted(c.customer_id)},{figures},{duration}")
    return "".join(line + "\n" for line in lines).encode("utf-8")


def quoted(value: str) -> str:
    """RFC 4180: quotes around a value with a comma, quote, CR or LF; quotes in it doubled."""
    if any(character in value for character in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def money(value: Fraction) -> str:
    """Two decimals, rounded half away from zero; never `-0.00`."""
    cents = int(abs(value) * 100 + Fraction(1, 2))  # int() cuts, so a half goes up
    minus = "-" if value < 0 and cents > 0 else ""
    return f"{minus}{cents // 100}.{cents % 100:02d}"
