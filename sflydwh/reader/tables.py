"""A format as tables of numbers, for the compiled fast path: what to look for in a record, and what to make of it.

The tables have the same types for every format, so that the code is compiled once.
What a format asks beyond them the fast path leaves to the exact path.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Names(NamedTuple):
    """The names that lead to the places of a record: a tree.

    Attributes:
        text: the bytes of all names, and of the texts by which objects of lists are told.
        first: the first name of each object of the tree; one more for the end.
        starts: where each name begins in `text`.
        ends: where it ends.
        slot: which place its value is, `NONE` for none.
        object: the object of the tree that its value is, if an object.
        list: the list that its value is, if a list.
        awaits: of an object of the tree, the list of which it is an object that is not told yet.
        waiting: of a list, what an object in it is before it is told.
        other: of a list, what an object in it is that nothing asks for.
        first_case: the first case of each list; one more for the end.
        case_starts: where the text of each case begins in `text`.
        case_ends: where it ends.
        case_object: what an object with this text is.
    """

    text: NDArray[np.uint8]
    first: Ints
    starts: Ints
    ends: Ints
    slot: Ints
    object: Ints
    list: Ints
    awaits: Ints
    waiting: Ints
    other: Ints
    first_case: Ints
    case_starts: Ints
    case_ends: Ints
    case_object: Ints


class Rules(NamedTuple):
    """What is made of the values found.

    Attributes:
        text: the bytes of all texts.
        is_exact: whether texts are compared as they are; else ASCII letters in lower case, and given so.
        first_test: the first test of each rule; one more for the end.
        test_slot: which place it looks at.
        anything: whether something is enough.
        nothing: whether nothing is fine.
        first_text: the first text of each test; one more for the end.
        starts: where each text begins in `text`.
        ends: where it ends.
        kind: the kind of what each rule takes; `NONE` where that is left to the exact path.
        is_update: whether its verb is UPDATE; `NONE` where the place of the verb tells.
        verb: the place of the verb, `NONE` for a constant.
        customers: the places of the customer, then `NONE`.
        keys: the places of the key.
        times: the places of the time.
        units: the microseconds of its unit, 0 for a time of rule 3.
        amounts: the places of the amount.
        currencies: the places of the currency.
        decimals: how many decimals the amount is rounded to.
        is_refund: whether it is minus its absolute value.
        names: the places of the name of an ignored record, one row.
        absent_starts: where each text that counts as no id begins in `text`.
        absent_ends: where it ends.
        currency: the accepted currency's code.
    """

    text: NDArray[np.uint8]
    is_exact: bool
    first_test: Ints
    test_slot: Ints
    anything: Ints
    nothing: Ints
    first_text: Ints
    starts: Ints
    ends: Ints
    kind: Ints
    is_update: Ints
    verb: Ints
    customers: Ints
    keys: Ints
    times: Ints
    units: Ints
    amounts: Ints
    currencies: Ints
    decimals: Ints
    is_refund: Ints
    names: Ints
    absent_starts: Ints
    absent_ends: Ints
    currency: NDArray[np.uint8]


class Tables(NamedTuple):
    """A format for the fast path."""

    names: Names
    rules: Rules


def tables_of(log_format: Format) -> Tables | None:
    """The tables of a format; None for one that has to take the exact path."""
    paths = log_format.places.paths
    if log_format.csv or any(step.each for path in paths for step in path):
        return None
    names = _Tree(paths).names()
    if len(names.starts) > _MOST_NAMES or not any(_kind(rule) != NONE for rule in log_format.rules):
        return None
    return Tables(names, _rules(log_format))


class _Text:
    """Texts one after the other, as bytes."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def extents(self, texts: Iterable[str]) -> tuple[Ints, Ints]:
        """Where texts begin and end, once they are added."""
        starts, ends = [], []
        for text in texts:
            starts.append(len(self.bytes))
            self.bytes += text.encode("utf-8")
            ends.append(len(self.bytes))
        return ints(starts), ints(ends)

    @property
    def array(self) -> NDArray[np.uint8]:
        """The bytes; one more, so that there is one."""
        return np.frombuffer(bytes(self.bytes) + b"\0", np.uint8)


def ints(values: Iterable[int]) -> Ints:
    """An array of numbers."""
    return np.array(list(values), np.int32)


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
        self._list_keys: list[str] = []
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
            self._list_keys.append(key)
        _, _, cases = self._lists[self._list_of[name]]
        if text not in cases:
            cases[text] = self._new_object()
            self._name(cases[text], key)
        return cases[text]

    def names(self) -> Names:
        """The tree as arrays, with the names of an object side by side."""
        order = [name for found in self._objects for name in found.values()]
        text = _Text()
        starts, ends = text.extents(self._names[name] for name in order)
        case_texts = [case for _, _, cases in self._lists for case in cases]
        case_starts, case_ends = text.extents(case_texts)
        return Names(
            text.array,
            _firsts(len(found) for found in self._objects),
            starts,
            ends,
            ints(self._slots[name] for name in order),
            ints(self._object_of[name] for name in order),
            ints(self._list_of[name] for name in order),
            ints(self._awaits),
            ints(waiting for waiting, _, _ in self._lists),
            ints(other for _, other, _ in self._lists),
            _firsts(len(cases) for _, _, cases in self._lists),
            case_starts,
            case_ends,
            ints(case for _, _, cases in self._lists for case in cases.values()),
        )


def _firsts(counts: Iterable[int]) -> Ints:
    return ints(np.cumsum([0, *counts]))


def _rules(log_format: Format) -> Rules:
    rules = log_format.rules
    tests = [test for rule in rules for test in rule.tests]
    wanted = [sorted(test.texts - {ANYTHING, NOTHING}) for test in tests]
    text = _Text()
    starts, ends = text.extents(one for texts in wanted for one in texts)
    absent_starts, absent_ends = text.extents(sorted(log_format.fallback.customer.absent))
    return Rules(
        text.array,
        log_format.is_exact,
        _firsts(len(rule.tests) for rule in rules),
        ints(test.place for test in tests),
        ints(ANYTHING in test.texts for test in tests),
        ints(NOTHING in test.texts for test in tests),
        _firsts(map(len, wanted)),
        starts,
        ends,
        ints(map(_kind, rules)),
        ints(NONE if isinstance(rule.verb, int) else rule.verb == UPDATE for rule in rules),
        ints(rule.verb if isinstance(rule.verb, int) else NONE for rule in rules),
        _rows(rule.customer.places for rule in rules),
        _rows(rule.key.places for rule in rules),
        _rows(rule.time.places for rule in rules),
        ints(_UNITS.get(rule.time.unit, NONE) for rule in rules),
        _rows(rule.amount.places if rule.amount else () for rule in rules),
        _rows(rule.amount.currency_places if rule.amount else () for rule in rules),
        ints(_decimals(rule) for rule in rules),
        ints(bool(rule.amount and rule.amount.is_refund) for rule in rules),
        _rows([log_format.otherwise]),
        absent_starts,
        absent_ends,
        np.frombuffer(log_format.currency.encode("ascii"), np.uint8),
    )


def _kind(rule: Rule) -> int:
    """The kind of what a rule takes, if all that it asks is in the tables."""
    if rule.type == IGNORE:
        return IGNORED
    amount = rule.amount
    is_simple = amount is None or (
        amount.value is None
        and not (amount.times or amount.less or amount.scale_digits or amount.notation.decimal_comma)
    )
    # The compiled reading of rule 4 knows US dollars alone.
    is_known = amount is None or not amount.notation.is_exact or amount.notation.currency == "USD"
    return KINDS.get(rule.type, NONE) if is_simple and is_known and rule.time.unit in _UNITS else NONE


def _decimals(rule: Rule) -> int:
    return NOT_ROUNDED if rule.amount is None or rule.amount.decimals is None else rule.amount.decimals


def _rows(places: Iterable[Sequence[int]]) -> Ints:
    """Lists of places as rows of one length, `NONE` after the last."""
    rows = [list(row) for row in places]
    width = max(map(len, rows), default=0) + 1
    return np.array([row + [NONE] * (width - len(row)) for row in rows], np.int32).reshape(len(rows), width)
