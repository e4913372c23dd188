"""What a format's rules make of a record whose places were found: compiled, for records without doubt.

A shortcut for `formats.judgement`, never another reading of the rules: what is
refused here is judged there, with the reason.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sflydwh.formats.model import IGNORED, KINDS, ORDER, UPDATE
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import ABSENT, INTEGER, NESTED, NUMBER, TEXT, Bytes, Places, same
from sflydwh.reader.plain import NOT_PLAIN, plain_amount, plain_count, plain_instant, plain_number
from sflydwh.reader.tables import NONE, Ints, Rules

REFUSED: Final = -1
_MISSING: Final = -2
_ORDER: Final = KINDS[ORDER]
_FIRST_VISIBLE, _LAST_VISIBLE = b"!~"
_A, _Z = b"AZ"
_LOWER: Final = 0x20
_UPDATE: Final = np.frombuffer(UPDATE.encode("ascii"), np.uint8)


class Records(NamedTuple):
    """Records of a block, a row each: where the values of their places stand, and what became of them.

    Attributes:
        extents: where each begins and ends.
        starts: where the text at each place begins.
        lengths: how long it is.
        found: what stands there.
        kind: the kind of the event, or `IGNORED`.
        rule: the rule that took it.
        customer: the place of its customer.
        key: the place of its key; `NONE` for no key.
        name: the place of the name of an ignored record; `NONE` for none.
        is_update: whether it is an UPDATE.
        micros: its time.
        amount: of an ORDER, in ten thousandths.
        was_rounded: whether digits of that were rounded away.
    """

    extents: Places
    starts: Places
    lengths: Places
    found: NDArray[np.uint8]
    kind: Ints
    rule: Ints
    customer: Ints
    key: Ints
    name: Ints
    is_update: Ints
    micros: NDArray[np.int64]
    amount: NDArray[np.int64]
    was_rounded: NDArray[np.bool_]


def room_for(rows: int, places: int) -> Records:
    """Room for so many records of a format with so many places."""
    return Records(
        extents=np.empty((rows, 2), np.int32),
        starts=np.empty((rows, places), np.int32),
        lengths=np.empty((rows, places), np.int32),
        found=np.empty((rows, places), np.uint8),
        kind=np.empty(rows, np.int32),
        rule=np.empty(rows, np.int32),
        customer=np.empty(rows, np.int32),
        key=np.empty(rows, np.int32),
        name=np.empty(rows, np.int32),
        is_update=np.empty(rows, np.int32),
        micros=np.empty(rows, np.int64),
        amount=np.empty(rows, np.int64),
        was_rounded=np.empty(rows, np.bool_),
    )


def rows_of(records: Records, chosen: Any) -> Records:
    """Some of the records, by an index of NumPy's."""
    return Records._make(column[chosen] for column in records)


@compiled
def _is_plain(data: Bytes, records: Records, row: int, place: int) -> bool:
    """Whether a value is no text, or one that begins and ends with a visible character of ASCII, or is empty."""
    if records.found[row, place] != TEXT or records.lengths[row, place] == 0:
        return True
    start = records.starts[row, place]
    first, last = data[start], data[start + records.lengths[row, place] - 1]
    return bool(_FIRST_VISIBLE <= first <= _LAST_VISIBLE and last >= _FIRST_VISIBLE)


@compiled
def _is_nothing(records: Records, row: int, place: int) -> bool:
    """Whether a plain value counts as absent."""
    what = records.found[row, place]
    return bool(what == ABSENT or (what == TEXT and records.lengths[row, place] == 0))


@compiled
def _first(data: Bytes, records: Records, row: int, places: Ints, rule: int) -> int:
    """The first place that finds something; `_MISSING` where none does, `REFUSED` where that is in doubt."""
    number = 0
    while places[rule, number] != NONE:
        place = places[rule, number]
        if not _is_plain(data, records, row, place):
            return REFUSED
        if not _is_nothing(records, row, place):
            return int(place)
        number += 1
    return _MISSING


@compiled
def _is_absent(data: Bytes, records: Records, row: int, place: int, rules: Rules) -> bool:
    """Whether a text is one that the format counts as no id."""
    start = records.starts[row, place]
    end = start + records.lengths[row, place]
    for number in range(len(rules.absent_starts)):
        if same(data, start, end, rules.text, rules.absent_starts[number], rules.absent_ends[number]):
            return True
    return False


@compiled
def _id(data: Bytes, records: Records, row: int, places: Ints, rule: int, rules: Rules) -> int:
    """The first place that finds something which is not absent by name."""
    number = 0
    while places[rule, number] != NONE:
        place = places[rule, number]
        if not _is_plain(data, records, row, place):
            return REFUSED
        what = records.found[row, place]
        is_named = what == TEXT or what == INTEGER or what == NUMBER
        if not _is_nothing(records, row, place) and not (is_named and _is_absent(data, records, row, place, rules)):
            return int(place)
        number += 1
    return _MISSING


@compiled
def _equals(data: Bytes, start: int, end: int, rules: Rules, text: int) -> bool:
    """Whether a value has one of the texts of a test."""
    at = rules.starts[text]
    if end - start != rules.ends[text] - at:
        return False
    for place in range(end - start):
        byte = data[start + place]
        if not rules.is_exact and _A <= byte <= _Z:
            byte |= _LOWER
        if byte != rules.text[at + place]:
            return False
    return True


@compiled
def _holds(data: Bytes, records: Records, row: int, test: int, rules: Rules) -> bool:
    """Whether a plain value is what a test asks for."""
    place = rules.test_slot[test]
    what = records.found[row, place]
    if _is_nothing(records, row, place):
        return bool(rules.nothing[test])
    if rules.anything[test]:
        return True
    if what == NESTED or (rules.is_exact and what != TEXT):
        return False
    start = records.starts[row, place]
    end = start + records.lengths[row, place]
    for text in range(rules.first_text[test], rules.first_text[test + 1]):
        if _equals(data, start, end, rules, text):
            return True
    return False


@compiled
def _rule(data: Bytes, records: Records, row: int, rules: Rules) -> int:
    """The rule that takes a record; `REFUSED` for none, and where that is in doubt."""
    for rule in range(len(rules.kind)):
        is_taken = True
        for test in range(rules.first_test[rule], rules.first_test[rule + 1]):
            if not _is_plain(data, records, row, rules.test_slot[test]):
                return REFUSED
            if not _holds(data, records, row, test, rules):
                is_taken = False
                break
        if is_taken:
            return rule if rules.kind[rule] != NONE else REFUSED
    return REFUSED


@compiled
def _instant(data: Bytes, records: Records, row: int, place: int, unit: int) -> int:
    what = records.found[row, place]
    start, length = records.starts[row, place], records.lengths[row, place]
    if unit == 0:
        return plain_instant(data, start, length) if what == TEXT else NOT_PLAIN
    return plain_count(data, start, length, unit) if what == TEXT or what == INTEGER else NOT_PLAIN


@compiled
def _is_our_currency(data: Bytes, records: Records, row: int, place: int, rules: Rules) -> bool:
    """Whether a plain text is the accepted currency's code, in letters of any case."""
    if records.found[row, place] != TEXT or records.lengths[row, place] != len(rules.currency):
        return False
    start = records.starts[row, place]
    for letter in range(len(rules.currency)):
        if data[start + letter] | _LOWER != rules.currency[letter] | _LOWER:
            return False
    return True


@compiled
def _priced(data: Bytes, records: Records, row: int, rule: int, rules: Rules) -> bool:
    """Read the amount of an ORDER; false where the exact path must."""
    currency = _first(data, records, row, rules.currencies, rule)
    if currency == REFUSED or (currency != _MISSING and not _is_our_currency(data, records, row, currency, rules)):
        return False
    place = _first(data, records, row, rules.amounts, rule)
    if place < 0:
        return False
    what = records.found[row, place]
    if what != TEXT and what != INTEGER and what != NUMBER:
        return False
    start, length = records.starts[row, place], records.lengths[row, place]
    was_rounded = False
    if rules.is_exact:
        amount = plain_amount(data, start, length)
    else:
        amount, was_rounded = plain_number(data, start, length, rules.decimals[rule])
    if amount == NOT_PLAIN:
        return False
    records.amount[row] = -abs(amount) if rules.is_refund[rule] else amount
    records.was_rounded[row] = was_rounded
    return True


@compiled
def _is_update(data: Bytes, records: Records, row: int, rule: int, rules: Rules) -> bool:
    if rules.verb[rule] == NONE:
        return bool(rules.is_update[rule])
    place = rules.verb[rule]
    start = records.starts[row, place]
    is_text = records.found[row, place] == TEXT
    return bool(is_text and same(data, start, start + records.lengths[row, place], _UPDATE, 0, len(_UPDATE)))


@compiled
def resolve(data: Bytes, records: Records, row: int, rules: Rules) -> bool:
    """Make an event, or an ignored record, of the places found; false where the exact path must.

    Args:
        data: the block's bytes.
        records: the records; what becomes of this one is written there.
        row: which of them.
        rules: the format's.
    """
    rule = _rule(data, records, row, rules)
    if rule == REFUSED:
        return False
    kind = rules.kind[rule]
    records.kind[row], records.rule[row] = kind, rule
    records.was_rounded[row] = False
    records.name[row] = records.customer[row] = records.key[row] = NONE
    if kind == IGNORED:
        name = _first(data, records, row, rules.names, 0)
        records.name[row] = NONE if name == _MISSING else name
        # The JSON text of what is no text has to be spelled.
        return name == _MISSING or (name != REFUSED and records.found[row, name] == TEXT)
    customer = _id(data, records, row, rules.customers, rule, rules)
    if customer < 0 or (records.found[row, customer] != TEXT and records.found[row, customer] != INTEGER):
        return False
    key = _id(data, records, row, rules.keys, rule, rules)
    if key == REFUSED:
        return False
    is_key = key != _MISSING and (records.found[row, key] == TEXT or records.found[row, key] == INTEGER)
    time = _first(data, records, row, rules.times, rule)
    micros = _instant(data, records, row, time, rules.units[rule]) if time >= 0 else NOT_PLAIN
    if micros == NOT_PLAIN or (kind == _ORDER and not _priced(data, records, row, rule, rules)):
        return False
    records.customer[row] = customer
    records.key[row] = key if is_key else NONE
    records.is_update[row] = _is_update(data, records, row, rule, rules)
    records.micros[row] = micros
    return True
