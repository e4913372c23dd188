"""Dirt in the values of an event, whose JSON stays valid: what a rule must reject, or must not.

Each function takes the text of a clean event and a number that chooses a variant, and returns the replacement.
"""

import json
from typing import Any

from sflydwh.generator.broken_text import with_field

_FLOATS = ("123.5", "1e5", "7.0")
_INTEGERS = ("123", "0", "-7", "9007199254740993")
_NOT_SCALARS = ("[]", '["96f55c7d8f42"]', "{}", '{"id": 1}')
_NOT_TYPES = ("1", "null", "false", '["ORDER"]')
_BAD_TIMES = (
    '"12:00"',
    '"2017"',
    '"2017-01-06T12:46:60Z"',
    '"2017-01-06T24:00:00Z"',
    '"2017-02-30T12:46:46Z"',
    '"2017-13-01"',
    '"2017-1-6"',
    '"2017-01-06T12:46:46.Z"',
    '"2017-01-06T12:46:46.1234567890Z"',
    '"yesterday"',
    '""',
    "1483706806384",
    "null",
)
_ODD_TIMES = (
    "2017-01-06T12:46:46+05:30",
    "2017-01-06T12:46:46.384-0800",
    "2017-01-06T12:46:46.123456789Z",
    "2017-01-06",
    "2016-06-28:08:03:01.000Z",
    " 2017-01-06T12:46Z ",
    "2017-01-06 12:46:46",
    "2017-01-06t12:46:46z",
)
_BAD_AMOUNTS = (
    '"NaN"',
    '"1e3"',
    '"+5"',
    '"1.23456"',
    '"12,34"',
    '".5"',
    '"5."',
    '"USD"',
    '""',
    '"123456789012345"',
    "1e3",
    "null",
)
_OTHER_CURRENCIES = ("12 EUR", "€5", "GBP 3.50", "£7", "1,234.50 JPY")
_ODD_AMOUNTS = ("$1,234.5", "usd 7", "-$3", " 12.3400 ", "-3 USD", "$ 5 Usd", "0")
_NUMBER_AMOUNTS = ("12.34", "7", "-3.5", "0.0001", "12.3400")


def missing_customer_id(event: str, _pick: int) -> str:
    """Leave the customer's id out."""
    return _text(_without(_fields(event), _id_name(event)))


def null_customer_id(event: str, _pick: int) -> str:
    """Give null for an id."""
    return _with_value(event, _id_name(event), "null")


def blank_customer_id(event: str, pick: int) -> str:
    """Give an empty or blank id."""
    return _with_value(event, _id_name(event), ('""', '"   "')[pick % 2])


def boolean_customer_id(event: str, pick: int) -> str:
    """Give a boolean for an id."""
    return _with_value(event, _id_name(event), ("true", "false")[pick % 2])


def float_customer_id(event: str, pick: int) -> str:
    """Give a number that is not an integer for an id."""
    return _with_value(event, _id_name(event), _FLOATS[pick % len(_FLOATS)])


def nested_customer_id(event: str, pick: int) -> str:
    """Give an array or an object for an id."""
    return _with_value(event, _id_name(event), _NOT_SCALARS[pick % len(_NOT_SCALARS)])


def integer_customer_id(event: str, pick: int) -> str:
    """Give an integer for an id; valid."""
    return _with_value(event, _id_name(event), _INTEGERS[pick % len(_INTEGERS)])


def missing_type(event: str, _pick: int) -> str:
    """Leave the event's type out."""
    return _text(_without(_fields(event), "type"))


def blank_type(event: str, pick: int) -> str:
    """Give an empty or blank type."""
    return _with_value(event, "type", ('""', '" "')[pick % 2])


def wrong_typed_type(event: str, pick: int) -> str:
    """Give a type that is not a string."""
    return _with_value(event, "type", _NOT_TYPES[pick % len(_NOT_TYPES)])


def unknown_type(event: str, pick: int) -> str:
    """Give a type that the model does not know; valid."""
    order = _order(event)
    return _text({**order, "type": ("RETURN", "order", "CART")[pick % 3]})


def unknown_verb(event: str, pick: int) -> str:
    """Give a verb that the model does not know, or none; valid."""
    if pick % 3 == 0:
        return _text(_without(_fields(event), "verb"))
    return _with_value(event, "verb", ('"DELETE"', "null")[pick % 2])


def missing_time(event: str, _pick: int) -> str:
    """Leave the time out."""
    return _text(_without(_fields(event), "event_time"))


def bad_time(event: str, pick: int) -> str:
    """Give an invalid time."""
    return _with_value(event, "event_time", _BAD_TIMES[pick % len(_BAD_TIMES)])


def odd_time(event: str, pick: int) -> str:
    """Give a time in a rarer form; valid."""
    return _text({**_fields(event), "event_time": _ODD_TIMES[pick % len(_ODD_TIMES)]})


def missing_amount(event: str, _pick: int) -> str:
    """Leave the amount of an order out."""
    return _text(_without(_order(event), "total_amount"))


def bad_amount(event: str, pick: int) -> str:
    """Give an invalid amount."""
    return _with_value(_text(_order(event)), "total_amount", _BAD_AMOUNTS[pick % len(_BAD_AMOUNTS)])


def other_currency(event: str, pick: int) -> str:
    """Give an amount that is not in dollars."""
    return _text({**_order(event), "total_amount": _OTHER_CURRENCIES[pick % len(_OTHER_CURRENCIES)]})


def odd_amount(event: str, pick: int) -> str:
    """Give an amount in a rarer form; valid."""
    return _text({**_order(event), "total_amount": _ODD_AMOUNTS[pick % len(_ODD_AMOUNTS)]})


def number_amount(event: str, pick: int) -> str:
    """Give an amount as a JSON number; valid."""
    return _with_value(_text(_order(event)), "total_amount", _NUMBER_AMOUNTS[pick % len(_NUMBER_AMOUNTS)])


def _fields(event: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(event)
    return fields


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in fields.items() if other != name}


def _with_value(event: str, name: str, json_text: str) -> str:
    return with_field(_text(_without(_fields(event), name)), name, json_text)


def _id_name(event: str) -> str:
    return "key" if _fields(event)["type"] == "CUSTOMER" else "customer_id"


def _order(event: str) -> dict[str, Any]:
    """The event if it is an order, or else one of the same customer at the same time."""
    fields = _fields(event)
    order = {"type": "ORDER", "verb": "NEW", "key": fields["key"], "event_time": fields["event_time"]}
    order |= {"customer_id": fields[_id_name(event)], "total_amount": "12.34 USD"}
    return fields if fields["type"] == "ORDER" else order
