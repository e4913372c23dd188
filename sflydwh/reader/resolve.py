"""What a format's rules make of a record whose places were found: compiled, for records without doubt.

A shortcut for `formats.judgement`, never another reading of the rules: what is
refused here is judged there, with the reason.
"""

from typing import Final

import numpy as np

from sflydwh.formats.model import IGNORED, KINDS, ORDER, UPDATE
from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.digits import NOT_PLAIN
from sflydwh.reader.grammar import ABSENT, INTEGER, LENGTH, NESTED, NUMBER, START, TEXT, WHAT, Found, same
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
from sflydwh.reader.tables import (
    ABSENT_COUNT,
    ABSENTS,
    AMOUNTS,
    ANYTHING_DOES,
    CURRENCIES,
    CURRENCY,
    CUSTOMERS,
    DECIMALS,
    END_TEST,
    END_TEXT,
    FIRST_TEST,
    FIRST_TEXT,
    IS_EXACT,
    IS_REFUND,
    IS_UPDATE,
    KEYS,
    KIND,
    NONE,
    NOTHING_DOES,
    OTHERWISE,
    PLACE_ROWS,
    PLACES,
    RULE_COUNT,
    RULES,
    TEST_PLACE,
    TEST_ROW,
    TESTS,
    TEXT_END,
    TEXT_ROW,
    TEXT_START,
    TEXTS,
    TIMES,
    UNIT,
    VERB,
    WIDTH,
    Ints,
)
from sflydwh.reader.tokens import Bytes

REFUSED: Final = -1
_MISSING: Final = -2
_ORDER: Final = KINDS[ORDER]
_FIRST_VISIBLE, _LAST_VISIBLE = b"!~"
_A, _Z = b"AZ"
_LOWER: Final = 0x20
_CODE_LETTERS: Final = 3
_UPDATE: Final = np.frombuffer(UPDATE.encode("ascii"), np.uint8)


@inlined
def _is_plain(data: Bytes, found: Found, row: int, place: int) -> bool:
    """Whether a value is no text, or one that begins and ends with a visible character of ASCII, or is empty."""
    length = found[row, place, LENGTH]
    if found[row, place, WHAT] != TEXT or length == 0:
        return True
    start = found[row, place, START]
    return bool(_FIRST_VISIBLE <= data[start] <= _LAST_VISIBLE and data[start + length - 1] >= _FIRST_VISIBLE)


@inlined
def _is_nothing(found: Found, row: int, place: int) -> bool:
    """Whether a plain value counts as absent."""
    what = found[row, place, WHAT]
    return bool(what == ABSENT or (what == TEXT and found[row, place, LENGTH] == 0))


@inlined
def _is_named(what: int) -> bool:
    """Whether a value is a text or a number."""
    return what == TEXT or what == INTEGER or what == NUMBER


@inlined
def _is_absent(data: Bytes, found: Found, row: int, place: int, numbers: Ints, text: Bytes) -> bool:
    """Whether a value is one that the format counts as no id."""
    if not _is_named(found[row, place, WHAT]):
        return False
    start = found[row, place, START]
    end = start + found[row, place, LENGTH]
    for absent in range(numbers[ABSENT_COUNT]):
        at = numbers[ABSENTS] + absent * TEXT_ROW
        if same(data, start, end, text, numbers[at + TEXT_START], numbers[at + TEXT_END]):
            return True
    return False


@inlined
def _first(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes, at: int, is_id: bool) -> int:
    """The first place, of those in a row, that finds something; `_MISSING` for none, `REFUSED` in doubt."""
    while numbers[at] != NONE:
        place = int(numbers[at])
        if not _is_plain(data, found, row, place):
            return REFUSED
        if not _is_nothing(found, row, place):
            is_absent = is_id and numbers[ABSENT_COUNT] and _is_absent(data, found, row, place, numbers, text)
            if not is_absent:
                return place
        at += 1
    return _MISSING


@inlined
def _equals(data: Bytes, start: int, end: int, text: Bytes, at: int, is_exact: bool) -> bool:
    """Whether a value has a text as long as itself."""
    for place in range(end - start):
        byte = data[start + place]
        if not is_exact and _A <= byte <= _Z:
            byte |= _LOWER
        if byte != text[at + place]:
            return False
    return True


@inlined
def _holds(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes, test: int) -> bool:
    """Whether a plain value is what a test, a row of the numbers, asks for."""
    place = numbers[test + TEST_PLACE]
    if _is_nothing(found, row, place):
        return bool(numbers[test + NOTHING_DOES])
    if numbers[test + ANYTHING_DOES]:
        return True
    what, start, length = found[row, place, WHAT], found[row, place, START], found[row, place, LENGTH]
    is_exact = numbers[IS_EXACT] != 0
    if what == NESTED or (is_exact and what != TEXT):
        return False
    texts = numbers[TEXTS]
    for one in range(numbers[test + FIRST_TEXT], numbers[test + END_TEXT]):
        at = texts + one * TEXT_ROW
        is_as_long = numbers[at + TEXT_END] - numbers[at + TEXT_START] == length
        if is_as_long and _equals(data, start, start + length, text, numbers[at + TEXT_START], is_exact):
            return True
    return False


@inlined
def _rule(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes) -> int:
    """The row of the rule that takes a record; `REFUSED` for none, and where that is in doubt."""
    size = PLACES + PLACE_ROWS * numbers[WIDTH]
    rule = numbers[RULES]
    tests = numbers[TESTS]
    for _ in range(numbers[RULE_COUNT]):
        is_taken = True
        for number in range(numbers[rule + FIRST_TEST], numbers[rule + END_TEST]):
            test = tests + number * TEST_ROW
            if not _is_plain(data, found, row, numbers[test + TEST_PLACE]):
                return REFUSED
            if not _holds(data, found, row, numbers, text, test):
                is_taken = False
                break
        if is_taken:
            return int(rule) if numbers[rule + KIND] != NONE else REFUSED
        rule += size
    return REFUSED


@inlined
def _instant(data: Bytes, found: Found, row: int, place: int, unit: int) -> int:
    what, start, length = found[row, place, WHAT], found[row, place, START], found[row, place, LENGTH]
    if unit == 0:
        return plain_instant(data, start, length) if what == TEXT else NOT_PLAIN
    return plain_count(data, start, length, unit) if what == TEXT or what == INTEGER else NOT_PLAIN


@inlined
def _is_our_currency(data: Bytes, found: Found, row: int, place: int, numbers: Ints) -> bool:
    """Whether a plain text is the accepted currency's code, in letters of any case."""
    if found[row, place, WHAT] != TEXT or found[row, place, LENGTH] != _CODE_LETTERS:
        return False
    start = found[row, place, START]
    for letter in range(_CODE_LETTERS):
        if data[start + letter] | _LOWER != numbers[numbers[CURRENCY] + letter] | _LOWER:
            return False
    return True


@compiled
def _amount(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes, rule: int) -> tuple[int, bool]:
    """The amount of an ORDER, `NOT_PLAIN` where the exact path must read it; whether digits were rounded away."""
    currency = _first(data, found, row, numbers, text, rule + PLACES + CURRENCIES * numbers[WIDTH], False)
    if currency == REFUSED or (currency != _MISSING and not _is_our_currency(data, found, row, currency, numbers)):
        return NOT_PLAIN, False
    place = _first(data, found, row, numbers, text, rule + PLACES + AMOUNTS * numbers[WIDTH], False)
    if place < 0 or not _is_named(found[row, place, WHAT]):
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


@inlined
def _verb_is_update(data: Bytes, found: Found, row: int, numbers: Ints, rule: int) -> bool:
    place = numbers[rule + VERB]
    if place == NONE:
        return bool(numbers[rule + IS_UPDATE])
    start = found[row, place, START]
    is_text = found[row, place, WHAT] == TEXT
    return bool(is_text and same(data, start, start + found[row, place, LENGTH], _UPDATE, 0, len(_UPDATE)))


@compiled
def resolve(data: Bytes, found: Found, made: Made, values: Values, row: int, numbers: Ints, text: Bytes) -> bool:
    """Make an event, or an ignored record, of the places found; false where the exact path must.

    Args:
        data: the block's bytes.
        found: what stands at each place.
        made: what becomes of the record is written there.
        values: its time and amount are.
        row: which record.
        numbers: the format.
        text: its texts.
    """
    rule = _rule(data, found, row, numbers, text)
    if rule == REFUSED:
        return False
    kind = numbers[rule + KIND]
    width = numbers[WIDTH]
    made[row, KIND_MADE] = kind
    made[row, RULE_MADE] = (rule - numbers[RULES]) // (PLACES + PLACE_ROWS * width)
    made[row, ROUNDED_MADE] = made[row, UPDATE_MADE] = 0
    made[row, NAME_MADE] = made[row, CUSTOMER_MADE] = made[row, KEY_MADE] = NONE
    if kind == IGNORED:
        name = _first(data, found, row, numbers, text, numbers[OTHERWISE], False)
        if name >= 0:
            made[row, NAME_MADE] = name
        # The JSON text of what is no text has to be spelled.
        return name == _MISSING or (name != REFUSED and found[row, name, WHAT] == TEXT)
    places = rule + PLACES
    customer = _first(data, found, row, numbers, text, places + CUSTOMERS * width, True)
    if customer < 0 or (found[row, customer, WHAT] != TEXT and found[row, customer, WHAT] != INTEGER):
        return False
    key = _first(data, found, row, numbers, text, places + KEYS * width, True)
    time = _first(data, found, row, numbers, text, places + TIMES * width, False)
    if key == REFUSED or time < 0:
        return False
    micros = _instant(data, found, row, time, numbers[rule + UNIT])
    if micros == NOT_PLAIN:
        return False
    if kind == _ORDER:
        amount, was_rounded = _amount(data, found, row, numbers, text, rule)
        if amount == NOT_PLAIN:
            return False
        values[row, AMOUNT], made[row, ROUNDED_MADE] = amount, was_rounded
        made[row, UPDATE_MADE] = _verb_is_update(data, found, row, numbers, rule)
    made[row, CUSTOMER_MADE] = customer
    if key >= 0 and (found[row, key, WHAT] == TEXT or found[row, key, WHAT] == INTEGER):
        made[row, KEY_MADE] = key
    values[row, MICROS] = micros
    return True
