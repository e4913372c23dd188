"""Compiled: choose the rule for a record whose places were found, if that is plain.

This is a shortcut for `formats.judgement` and chooses the same rules: what is
refused here is judged there, which also gives the reason.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.formats.model import IGNORED, KINDS, ORDER, UPDATE
from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.grammar import ABSENT, INTEGER, LENGTH, NESTED, NUMBER, START, TEXT, WHAT, Found, same
from sflydwh.reader.tables import (
    ABSENT_COUNT,
    ABSENTS,
    AMOUNTS,
    ANYTHING_DOES,
    CURRENCIES,
    CURRENCY,
    CUSTOMERS,
    END_TEST,
    END_TEXT,
    FIRST_TEST,
    FIRST_TEXT,
    IS_EXACT,
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
    VERB,
    WIDTH,
    Ints,
)
from sflydwh.reader.tokens import Bytes

REFUSED: Final = -1
MISSING: Final = -2
# What the rules choose for a record: the row of the rule, the places that give what counts, whether it is an UPDATE.
CHOSEN_RULE, CHOSEN_CUSTOMER, CHOSEN_KEY, CHOSEN_TIME, CHOSEN_AMOUNT, CHOSEN_NAME, CHOSEN_UPDATE, CHOSEN_ROW = range(8)
Chosen = NDArray[np.int32]
_ORDER: Final = KINDS[ORDER]
_FIRST_VISIBLE, _LAST_VISIBLE = b"!~"
_A, _Z = b"AZ"
_LOWER: Final = 0x20
_CODE_LETTERS: Final = 3
_UPDATE: Final = np.frombuffer(UPDATE.encode("ascii"), np.uint8)


@inlined
def is_plain(data: Bytes, found: Found, row: int, place: int) -> bool:
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
def is_named(what: int) -> bool:
    """Whether a value is a text or a number."""
    return what == TEXT or what == INTEGER or what == NUMBER


@inlined
def is_absent(data: Bytes, found: Found, row: int, place: int, numbers: Ints, text: Bytes) -> bool:
    """Whether a value is one that the format counts as no id."""
    if not is_named(found[row, place, WHAT]):
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
    """The first place, of those in a row, that finds something; `MISSING` for none, `REFUSED` in doubt."""
    while numbers[at] != NONE:
        place = int(numbers[at])
        if not is_plain(data, found, row, place):
            return REFUSED
        is_left_out = is_id and numbers[ABSENT_COUNT] and is_absent(data, found, row, place, numbers, text)
        if not (is_left_out or _is_nothing(found, row, place)):
            return place
        at += 1
    return MISSING


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
            if not is_plain(data, found, row, numbers[test + TEST_PLACE]):
                return REFUSED
            if not _holds(data, found, row, numbers, text, test):
                is_taken = False
                break
        if is_taken:
            return int(rule) if numbers[rule + KIND] != NONE else REFUSED
        rule += size
    return REFUSED


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


@inlined
def _verb_is_update(data: Bytes, found: Found, row: int, numbers: Ints, rule: int) -> bool:
    place = numbers[rule + VERB]
    if place == NONE:
        return bool(numbers[rule + IS_UPDATE])
    start = found[row, place, START]
    is_text = found[row, place, WHAT] == TEXT
    return bool(is_text and same(data, start, start + found[row, place, LENGTH], _UPDATE, 0, len(_UPDATE)))


@compiled
def choose(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes, chosen: Chosen, at: int) -> bool:
    """Choose the rule for a record, and the places to read; false if the exact path must.

    Args:
        data: the block's bytes.
        found: what stands at each place.
        row: which record.
        numbers: the format.
        text: its texts.
        chosen: what is chosen is written there.
        at: in which row.
    """
    rule = _rule(data, found, row, numbers, text)
    if rule == REFUSED:
        return False
    width = numbers[WIDTH]
    chosen[at, CHOSEN_RULE] = rule
    chosen[at, CHOSEN_UPDATE] = 0
    if numbers[rule + KIND] == IGNORED:
        name = _first(data, found, row, numbers, text, numbers[OTHERWISE], False)
        chosen[at, CHOSEN_NAME] = name
        # The JSON text of what is no text has to be spelled.
        return name == MISSING or (name != REFUSED and found[row, name, WHAT] == TEXT)
    places = rule + PLACES
    customer = _first(data, found, row, numbers, text, places + CUSTOMERS * width, True)
    key = _first(data, found, row, numbers, text, places + KEYS * width, True)
    time = _first(data, found, row, numbers, text, places + TIMES * width, False)
    if customer < 0 or key == REFUSED or time < 0:
        return False
    if not (is_named(found[row, customer, WHAT]) and is_named(found[row, time, WHAT])):
        return False
    if key >= 0 and not is_named(found[row, key, WHAT]):
        key = MISSING
    chosen[at, CHOSEN_CUSTOMER], chosen[at, CHOSEN_KEY], chosen[at, CHOSEN_TIME] = customer, key, time
    if numbers[rule + KIND] == _ORDER:
        currency = _first(data, found, row, numbers, text, places + CURRENCIES * width, False)
        if currency == REFUSED or (currency != MISSING and not _is_our_currency(data, found, row, currency, numbers)):
            return False
        amount = _first(data, found, row, numbers, text, places + AMOUNTS * width, False)
        if amount < 0 or not is_named(found[row, amount, WHAT]):
            return False
        chosen[at, CHOSEN_AMOUNT] = amount
        chosen[at, CHOSEN_UPDATE] = _verb_is_update(data, found, row, numbers, rule)
    return True
