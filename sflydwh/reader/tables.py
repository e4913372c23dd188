"""A format as tables of numbers for the compiled fast path: what to look for in a record, and what to make of it.

So the code is compiled once for all formats. A rule that the tables cannot express is left to the exact path.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sflydwh.formats.amounts import Amount
from sflydwh.formats.format import ANYTHING, IGNORE, NOTHING, Format, Rule
from sflydwh.formats.model import IGNORED, KINDS, UPDATE
from sflydwh.formats.paths import Path

Ints = NDArray[np.int32]

NONE: Final = -1
_UNITS: Final = {"iso": 0, "us": 1, "ms": 1_000, "s": 1_000_000}
# One bit a name tells whether it was seen.
_MOST_NAMES: Final = 60
# How an amount's fraction is rounded where the format does not ask for it.
NOT_ROUNDED: Final = -1


# The numbers of a format lie in one array, for code compiled by Numba pays for each array that it hands on.
# Its first numbers tell where the rows of each kind begin, and how many there are.
OBJECTS, NAMES, LISTS, CASES, RULES, TESTS, TEXTS, ABSENTS, OTHERWISE, CURRENCY, PLACE_KINDS = range(11)
RULE_COUNT, ABSENT_COUNT, WIDTH, IS_EXACT = range(11, 15)
_HEADER: Final = 15

# Names lead to the places of a record: a tree of objects. A row of an object: its names, and of an object that
# stands for those of a list before they are told, the list.
FIRST_NAME, END_NAME, AWAITS, OBJECT_ROW = range(4)
# A row of a name: its text, and what its value is: a place, an object of the tree, a list; or none.
NAME_START, NAME_END, NAME_PLACE, NAME_OBJECT, NAME_LIST, NAME_ROW = range(6)
# A row of a list: its objects before they are told, those that nothing asks for, and its cases.
WAITING, OTHER, FIRST_CASE, END_CASE, LIST_ROW = range(5)
CASE_START, CASE_END, CASE_OBJECT, CASE_ROW = range(4)
# A row of a rule: its kind, `NONE` where it is left to the exact path; its tests; whether its verb is UPDATE, or the
# place of the verb; the microseconds of its time's unit, 0 for a time of rule 3; how its amount is rounded and signed.
# Then rows of places, the first that finds something, as long as `WIDTH` says, with `NONE` after the last.
KIND, FIRST_TEST, END_TEST, IS_UPDATE, VERB, UNIT, DECIMALS, IS_REFUND, PLACES = range(9)
CUSTOMERS, KEYS, TIMES, AMOUNTS, CURRENCIES, PLACE_ROWS = range(6)
# A row of a test: its place, whether anything or nothing will do, and its texts.
TEST_PLACE, ANYTHING_DOES, NOTHING_DOES, FIRST_TEXT, END_TEXT, TEST_ROW = range(6)
TEXT_START, TEXT_END, TEXT_ROW = range(3)
# A row of a place: whether a rule tests it, or asks it for a currency or a verb; whether it may give a customer or key.
IS_TESTED, IS_ID, PLACE_KIND_ROW = range(3)


class Tables(NamedTuple):
    """A format for the fast path.

    Attributes:
        numbers: all numbers; the first tell where the others begin.
        text: the bytes of all texts.
    """

    numbers: Ints
    text: NDArray[np.uint8]


def tables_of(log_format: Format) -> Tables | None:
    """The tables of a format; None for one that has to take the exact path."""
    paths = log_format.places.paths
    if log_format.csv or log_format.inside or not _are_simple(paths):
        return None
    if not any(_kind(rule) != NONE for rule in log_format.rules):
        return None
    text = _Text()
    tree = _Tree(paths)
    if tree.name_count > _MOST_NAMES:
        return None
    parts = tree.rows(text) | _rules(log_format, text)
    numbers = [0] * _HEADER
    numbers[RULE_COUNT:] = [
        len(log_format.rules),
        len(log_format.fallback.customer.absent),
        _width(log_format),
        int(log_format.is_exact),
    ]
    for part, rows in sorted(parts.items()):
        numbers[part] = len(numbers)
        numbers += [number for row in rows for number in row]
    return Tables(np.array(numbers, np.int32), text.array)


def _are_simple(paths: Sequence[Path]) -> bool:
    """Whether each list is told by one key, which is not read itself, and none is added up."""
    keys: dict[tuple[object, ...], str] = {}
    for path in paths:
        for number, step in enumerate(path):
            if step.each:
                return False
            if step.where:
                key, _ = step.where
                around = (*path[:number], step.name)
                if keys.setdefault(around, key) != key or path[number + 1].name == key:
                    return False
    return True


class _Text:
    """Texts one after the other, as bytes."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def extent(self, text: str) -> list[int]:
        """Where a text begins and ends, once it is added."""
        start = len(self.bytes)
        self.bytes += text.encode("utf-8")
        return [start, len(self.bytes)]

    @property
    def array(self) -> NDArray[np.uint8]:
        """The bytes; one more, so that there is one."""
        return np.frombuffer(bytes(self.bytes) + b"\0", np.uint8)


class _Tree:
    """The tree of the names of some paths."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._objects: list[dict[str, int]] = [{}]
        self._slots: list[int] = []
        self._object_of: list[int] = []
        self._list_of: list[int] = []
        self._names: list[str] = []
        self._awaits = [NONE]
        self._lists: list[tuple[int, int, dict[str, int]]] = []
        for slot, path in enumerate(paths):
            self._add(slot, path)

    def _add(self, slot: int, path: Path) -> None:
        at = 0
        for number, step in enumerate(path):
            name = self._name(at, step.name)
            if number == len(path) - 1:
                self._slots[name] = slot
            elif step.where:
                at = self._case(name, *step.where)
            else:
                if self._object_of[name] == NONE:
                    self._object_of[name] = self._new_object()
                at = self._object_of[name]

    def _new_object(self, awaits: int = NONE) -> int:
        self._objects.append({})
        self._awaits.append(awaits)
        return len(self._objects) - 1

    def _name(self, at: int, text: str) -> int:
        if text not in self._objects[at]:
            self._objects[at][text] = len(self._names)
            self._names.append(text)
            self._slots.append(NONE)
            self._object_of.append(NONE)
            self._list_of.append(NONE)
        return self._objects[at][text]

    def _case(self, name: int, key: str, text: str) -> int:
        """What an object of a list is that has a text under a key."""
        if self._list_of[name] == NONE:
            number = len(self._lists)
            self._list_of[name] = number
            waiting, other = self._new_object(awaits=number), self._new_object()
            self._name(waiting, key)
            self._name(other, key)
            self._lists.append((waiting, other, {}))
        _, _, cases = self._lists[self._list_of[name]]
        if text not in cases:
            cases[text] = self._new_object()
            self._name(cases[text], key)
        return cases[text]

    @property
    def name_count(self) -> int:
        """How many names there are."""
        return len(self._names)

    def rows(self, text: _Text) -> "dict[int, list[list[int]]]":
        """The tree as rows of numbers, with the names of an object side by side."""
        order = [name for found in self._objects for name in found.values()]
        objects = _extents(len(found) for found in self._objects)
        cases = _extents(len(cases) for _, _, cases in self._lists)
        return {
            OBJECTS: [[*extent, awaits] for extent, awaits in zip(objects, self._awaits, strict=True)],
            NAMES: [
                [*text.extent(self._names[name]), self._slots[name], self._object_of[name], self._list_of[name]]
                for name in order
            ],
            LISTS: [[waiting, other, *extent] for (waiting, other, _), extent in zip(self._lists, cases, strict=True)],
            CASES: [[*text.extent(case), at] for _, _, found in self._lists for case, at in found.items()],
        }


def _extents(counts: Iterable[int]) -> list[tuple[int, int]]:
    """From which row to which each of several groups goes."""
    return list(pairwise(accumulate(counts, initial=0)))


def _rules(log_format: Format, text: _Text) -> "dict[int, list[list[int]]]":
    rules = log_format.rules
    tests = [test for rule in rules for test in rule.tests]
    wanted = [sorted(test.texts - {ANYTHING, NOTHING}) for test in tests]
    width = _width(log_format)
    tested = {test.place for test in tests} | {rule.verb for rule in rules if isinstance(rule.verb, int)}
    tested |= {place for rule in rules if rule.amount for place in rule.amount.currency_places}
    ids = {place for rule in rules for place in (*rule.customer.places, *rule.key.places)}
    return {
        RULES: [
            [*_rule(rule, extent), *_places(rule, width)]
            for rule, extent in zip(rules, _extents(len(rule.tests) for rule in rules), strict=True)
        ],
        TESTS: [
            [test.place, ANYTHING in test.texts, NOTHING in test.texts, *extent]
            for test, extent in zip(tests, _extents(map(len, wanted)), strict=True)
        ],
        TEXTS: [text.extent(one) for texts in wanted for one in texts],
        ABSENTS: [text.extent(absent) for absent in sorted(log_format.fallback.customer.absent)],
        OTHERWISE: [_row(log_format.otherwise, width)],
        CURRENCY: [list(log_format.currency.encode("ascii"))],
        PLACE_KINDS: [[place in tested, place in ids] for place in range(len(log_format.places.paths))],
    }


def _rule(rule: Rule, tests: tuple[int, int]) -> list[int]:
    amount = rule.amount or Amount()
    verb = rule.verb if isinstance(rule.verb, int) else NONE
    decimals = NOT_ROUNDED if amount.decimals is None else amount.decimals
    unit = _UNITS.get(rule.time.unit, NONE)
    return [_kind(rule), *tests, rule.verb == UPDATE, verb, unit, decimals, amount.is_refund]


def _places(rule: Rule, width: int) -> list[int]:
    amount = rule.amount or Amount()
    rows = (rule.customer.places, rule.key.places, rule.time.places, amount.places, amount.currency_places)
    return [place for row in rows for place in _row(row, width)]


def _width(log_format: Format) -> int:
    """How long a row of places is, `NONE` after the last included."""
    amounts = [rule.amount for rule in log_format.rules if rule.amount]
    places = [rule.customer.places for rule in log_format.rules] + [rule.key.places for rule in log_format.rules]
    places += [rule.time.places for rule in log_format.rules] + [log_format.otherwise]
    places += [amount.places for amount in amounts] + [amount.currency_places for amount in amounts]
    return max(map(len, places)) + 1


def _kind(rule: Rule) -> int:
    """The kind of what a rule takes, if all that it asks is in the tables."""
    if rule.type == IGNORE:
        return IGNORED
    if rule.time.unit not in _UNITS or (rule.amount and not _is_simple(rule.amount)):
        return NONE
    return KINDS.get(rule.type, NONE)


def _is_simple(amount: Amount) -> bool:
    """Whether an amount is a number as it stands; the compiled reading of rule 4 knows US dollars alone."""
    is_number = amount.value is None and not (amount.times or amount.less or amount.scale_digits)
    notation = amount.notation
    return is_number and not notation.decimal_comma and (not notation.is_exact or notation.currency == "USD")


def _row(places: Sequence[int], width: int) -> list[int]:
    return [*places, *[NONE] * (width - len(places))]
