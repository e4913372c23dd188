"""Rules 2 to 5: whether a record is an event, a reject or ignored. This is the authoritative implementation."""

from decimal import Decimal
from typing import NamedTuple

from sflydwh.formats.format import IGNORE, Format, Rule
from sflydwh.formats.model import (
    DUPLICATE_FIELD,
    INVALID_EVENT_TIME,
    KINDS,
    MISSING_CUSTOMER_ID,
    MISSING_EVENT_TYPE,
    UPDATE,
)
from sflydwh.formats.values import JsonObject, NumberText, is_nothing, text_of


class Accepted(NamedTuple):
    """An event.

    Attributes:
        type: its event type, known or not.
        customer_id: the customer.
        micros: its time, in microseconds since 1970-01-01 in UTC.
        verb: its verb; None if it has none.
        key: its key; None if it has none.
        amount: for an ORDER, decimal(18,4) of the accepted currency; else None.
        rule: the number of the rule that matched; None if none did.
        customer_place: the slot that gave the customer.
        was_rounded: whether the amount lost digits by rounding.
    """

    type: str
    customer_id: str
    micros: int
    verb: str | None = None
    key: str | None = None
    amount: Decimal | None = None
    rule: int | None = None
    customer_place: int = 0
    was_rounded: bool = False

    @property
    def is_update(self) -> bool:
        """Whether it replaces the earlier value of its order, rule 7."""
        return self.verb == UPDATE


class Rejected(NamedTuple):
    """A record that is not an event.

    Attributes:
        reason: the first reason that applies.
        rule: the number of the rule that matched; None if none did.
        currency: the currency found, if that is the reason; else None.
    """

    reason: str
    rule: int | None = None
    currency: str | None = None


class Ignored(NamedTuple):
    """A record that the format ignores.

    Attributes:
        name: the record's event name.
        rule: the number of the rule that matched; None if none did.
    """

    name: str
    rule: int | None


Outcome = Accepted | Rejected | Ignored


def judge(log_format: Format, record: JsonObject) -> Outcome:
    """Judge a record by a format.

    Args:
        log_format: the format.
        record: the record, decoded; see `values`.
    """
    slots = log_format.places.find(record)
    if slots is None:
        return Rejected(DUPLICATE_FIELD)
    for number, rule in enumerate(log_format.rules):
        if rule.takes(slots):
            if rule.type == IGNORE:
                return Ignored(_name(log_format, slots) or "", number)
            return _event(rule, rule.type, number, slots)
    name = _name(log_format, slots)
    if name is None:
        return Rejected(MISSING_EVENT_TYPE)
    return _event(log_format.fallback, f"other:{name}" if name in KINDS else name, None, slots)


def _event(rule: Rule, event_type: str, number: int | None, slots: list[object]) -> Outcome:
    customer_id, place = rule.customer.read(slots)
    if customer_id is None:
        return Rejected(MISSING_CUSTOMER_ID, number)
    micros = rule.time.read(slots)
    if micros is None:
        return Rejected(INVALID_EVENT_TIME, number)
    verb = rule.verb if isinstance(rule.verb, str) else _plain_text(slots[rule.verb])
    key = rule.key.read(slots)[0]
    if rule.amount is None:
        return Accepted(event_type, customer_id, micros, verb, key, None, number, place)
    money = rule.amount.read(slots)
    if money.reason:
        return Rejected(money.reason, number, money.currency)
    return Accepted(event_type, customer_id, micros, verb, key, money.amount, number, place, money.was_rounded)


def _name(log_format: Format, slots: list[object]) -> str | None:
    """The event name in a record; None if it has none."""
    for place in log_format.otherwise:
        value = slots[place]
        if not is_nothing(value):
            return _plain_text(value) if log_format.is_exact else text_of(value)
    return None


def _plain_text(value: object) -> str | None:
    return value if isinstance(value, str) and not isinstance(value, NumberText) else None
