"""Compiled: make the event of a record whose rule and places are chosen, if its values are plain.

This is a shortcut for `formats.judgement` and gives the same events: what is
refused here is judged there, which also gives the reason.
"""

from typing import Final

from sflydwh.formats.model import IGNORED, KINDS, ORDER
from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.digits import NOT_PLAIN
from sflydwh.reader.grammar import INTEGER, LENGTH, NUMBER, START, TEXT, WHAT, Found
from sflydwh.reader.instants import plain_count, plain_instant
from sflydwh.reader.plain import plain_amount, plain_number
from sflydwh.reader.records import (
    AMOUNT,
    CUSTOMER_MADE,
    KEY_MADE,
    KIND_MADE,
    MICROS,
    NAME_MADE,
    ROUNDED_MADE,
    RULE_MADE,
    UPDATE_MADE,
    Made,
    Values,
)
from sflydwh.reader.resolve import (
    CHOSEN_AMOUNT,
    CHOSEN_CUSTOMER,
    CHOSEN_KEY,
    CHOSEN_NAME,
    CHOSEN_RULE,
    CHOSEN_TIME,
    CHOSEN_UPDATE,
    MISSING,
    Chosen,
    is_absent,
    is_plain,
)
from sflydwh.reader.tables import (
    ABSENT_COUNT,
    DECIMALS,
    IS_EXACT,
    IS_REFUND,
    KIND,
    NONE,
    PLACE_ROWS,
    PLACES,
    RULES,
    UNIT,
    WIDTH,
    Ints,
)
from sflydwh.reader.tokens import Bytes

_ORDER: Final = KINDS[ORDER]


@inlined
def _is_id(data: Bytes, found: Found, row: int, place: int, numbers: Ints, text: Bytes) -> bool:
    """Whether a value is a plain id that does not count as absent."""
    what = found[row, place, WHAT]
    if (what != TEXT and what != INTEGER) or not is_plain(data, found, row, place):
        return False
    return not (numbers[ABSENT_COUNT] and is_absent(data, found, row, place, numbers, text))


@inlined
def _instant(data: Bytes, found: Found, row: int, place: int, unit: int) -> int:
    what, start, length = found[row, place, WHAT], found[row, place, START], found[row, place, LENGTH]
    if unit == 0:
        return plain_instant(data, start, length) if what == TEXT else NOT_PLAIN
    return plain_count(data, start, length, unit) if what == TEXT or what == INTEGER else NOT_PLAIN


@compiled
def _amount(data: Bytes, found: Found, row: int, numbers: Ints, rule: int, place: int) -> tuple[int, bool]:
    """The amount of an ORDER, or `NOT_PLAIN` if the exact path must read it; and whether it was rounded."""
    if not is_plain(data, found, row, place):
        return NOT_PLAIN, False
    start, length = found[row, place, START], found[row, place, LENGTH]
    amount, was_rounded = 0, False
    if numbers[IS_EXACT]:
        amount = plain_amount(data, start, length)
    else:
        amount, was_rounded = plain_number(data, start, length, numbers[rule + DECIMALS])
    if amount != NOT_PLAIN and numbers[rule + IS_REFUND]:
        amount = -abs(amount)
    return amount, was_rounded


@compiled
def fill(
    data: Bytes,
    found: Found,
    made: Made,
    values: Values,
    row: int,
    numbers: Ints,
    text: Bytes,
    chosen: Chosen,
    at: int,
) -> bool:
    """Make an event, or an ignored record, from the chosen places; false if the exact path must.

    Args:
        data: the block's bytes.
        found: what stands at each place; only that of those chosen is read.
        made: what becomes of the record is written there.
        values: its time and amount are.
        row: which record.
        numbers: the format.
        text: its texts.
        chosen: what was chosen.
        at: in which row.
    """
    rule = chosen[at, CHOSEN_RULE]
    kind = numbers[rule + KIND]
    made[row, KIND_MADE] = kind
    made[row, RULE_MADE] = (rule - numbers[RULES]) // (PLACES + PLACE_ROWS * numbers[WIDTH])
    made[row, ROUNDED_MADE] = 0
    made[row, UPDATE_MADE] = chosen[at, CHOSEN_UPDATE]
    made[row, NAME_MADE] = made[row, CUSTOMER_MADE] = made[row, KEY_MADE] = NONE
    if kind == IGNORED:
        name = chosen[at, CHOSEN_NAME]
        if name >= 0:
            made[row, NAME_MADE] = name
        return name == MISSING or is_plain(data, found, row, name)
    customer, key, time = chosen[at, CHOSEN_CUSTOMER], chosen[at, CHOSEN_KEY], chosen[at, CHOSEN_TIME]
    if not _is_id(data, found, row, customer, numbers, text):
        return False
    made[row, CUSTOMER_MADE] = customer
    # A number that is no integer is no key.
    if key >= 0 and found[row, key, WHAT] != NUMBER:
        if not _is_id(data, found, row, key, numbers, text):
            return False
        made[row, KEY_MADE] = key
    if not is_plain(data, found, row, time):
        return False
    values[row, MICROS] = _instant(data, found, row, time, numbers[rule + UNIT])
    if values[row, MICROS] == NOT_PLAIN:
        return False
    if kind != _ORDER:
        return True
    amount, was_rounded = _amount(data, found, row, numbers, rule, chosen[at, CHOSEN_AMOUNT])
    values[row, AMOUNT], made[row, ROUNDED_MADE] = amount, was_rounded
    return amount != NOT_PLAIN
