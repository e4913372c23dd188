"""A format: where a log keeps the fields of the model. Data, never code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sflydwh.formats.amounts import Amount, first_found
from sflydwh.formats.paths import Path, Places
from sflydwh.formats.times import Instant
from sflydwh.formats.values import JSON_BLANKS, NumberText, identifier, is_nothing, text_of

IGNORE: Final = "ignore"
ANYTHING: Final = "*"
NOTHING: Final = ""

_LOWER: Final = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Test:
    """A condition of a rule on one place.

    Attributes:
        place: the slot.
        texts: the texts that it may have, normalised by `comparable`; `*` matches any value, an empty text no value.
        is_exact: whether only texts match, and verbatim.
    """

    place: int
    texts: frozenset[str]
    is_exact: bool

    def holds(self, slots: Sequence[Any]) -> bool:
        """Whether a record meets the condition."""
        value = slots[self.place]
        if is_nothing(value):
            return NOTHING in self.texts
        if ANYTHING in self.texts:
            return True
        if self.is_exact:
            return isinstance(value, str) and not isinstance(value, NumberText) and value in self.texts
        text = text_of(value)
        return text is not None and comparable(text) in self.texts


def comparable(text: str) -> str:
    """A text trimmed, and with ASCII letters in lower case.

    >>> comparable(" Order Completed "), comparable("İ")
    ('order completed', 'İ')
    """
    return text.strip(JSON_BLANKS).translate(_LOWER)


@dataclass(frozen=True)
class Identifier:
    """Where the id of a customer, or a key, is.

    Attributes:
        places: slots, of which the first with a value is used.
        absent: texts that count as no value.
    """

    places: tuple[int, ...]
    absent: frozenset[str] = frozenset()

    def read(self, slots: Sequence[Any]) -> tuple[str | None, int]:
        """The id, or None, and the slot that gave it."""
        for place in self.places:
            value = slots[place]
            if not is_nothing(value) and not (isinstance(value, str) and value in self.absent):
                return identifier(value), place
        return None, 0


@dataclass(frozen=True)
class Time:
    """Where the event's time is, and how it is written.

    Attributes:
        places: slots, of which the first with a value is used.
        unit: `iso`, `s`, `ms` or `us`; or the pattern.
        instant: the function that reads a value.
    """

    places: tuple[int, ...]
    unit: str
    instant: Instant

    def read(self, slots: Sequence[Any]) -> int | None:
        """The instant in microseconds since 1970 in UTC; None if the value is not a time."""
        return self.instant(first_found(slots, self.places))


@dataclass(frozen=True)
class Rule:
    """A rule: which records it matches, and the event that they become.

    Attributes:
        tests: the conditions, which must all hold.
        type: the event type, or `ignore`.
        verb: a constant, or the slot of the verb.
        key: where the key is.
        customer: where the customer is.
        time: where the time is.
        amount: how an ORDER's amount is read; None for other types.
        name: the rule's name in messages.
    """

    tests: tuple[Test, ...]
    type: str
    verb: str | int
    key: Identifier
    customer: Identifier
    time: Time
    amount: Amount | None
    name: str

    def takes(self, slots: Sequence[Any]) -> bool:
        """Whether the rule matches a record."""
        return all(test.holds(slots) for test in self.tests)


@dataclass(frozen=True)
class Format:
    """How a log names things.

    Attributes:
        name: its name.
        description: one line on its purpose.
        text: the TOML that it was read from.
        digest: a digest of its rules, independent of its name and description.
        identity: `time`, `key` or `none`, rule 1.
        currency: the code of the accepted currency.
        formula: the default formula, rule 9.
        is_exact: whether it compares verbatim and reads amounts exactly as in rule 4, see `Test` and `Notation`.
        places: the places of a record that it reads.
        rules: its rules, in order.
        otherwise: where to find the event name of a record that no rule matches.
        fallback: the rule that makes an event of such a record.
        inside: the path of the list of records in a surrounding object.
        csv: how records of a CSV file are separated; None for JSON.
    """

    name: str
    description: str
    text: str
    digest: str
    identity: str
    currency: str
    formula: str
    is_exact: bool
    places: Places
    rules: tuple[Rule, ...]
    otherwise: tuple[int, ...]
    fallback: Rule
    inside: Path | None = None
    csv: "Csv | None" = None

    def path_of(self, place: int) -> str:
        """The path of a slot, in the notation of a format."""
        return dotted(self.places.paths[place])

    def columns_missing(self, names: Sequence[str]) -> list[list[str]]:
        """The lists of columns that the format reads and of which a CSV file with these names has none."""
        asked: list[tuple[int, ...]] = [self.otherwise]
        for rule in (self.fallback, *self.rules):
            asked += [rule.customer.places, rule.key.places, rule.time.places, *((test.place,) for test in rule.tests)]
            if isinstance(rule.verb, int):
                asked.append((rule.verb,))
            if rule.amount:
                asked += rule.amount.asked
        columns = [[self.places.paths[place][0].name for place in places] for places in asked if places]
        return [group for group in columns if not set(group) & set(names)]

    def is_timed(self, slots: Sequence[Any]) -> bool:
        """Whether the format finds its time in a record."""
        return first_found(slots, self.fallback.time.places) is not None


@dataclass(frozen=True)
class Csv:
    """How the records of a CSV file are separated.

    Attributes:
        delimiter: one character, or `blanks`.
        header: the column names of files without a header row.
    """

    delimiter: str = ","
    header: tuple[str, ...] = ()


BLANKS: Final = "blanks"


def dotted(path: Path) -> str:
    """A path in the notation of a format.

    >>> from sflydwh.formats.paths import parse_path
    >>> dotted(parse_path('params[key=currency]."my field"'))
    'params[key=currency]."my field"'
    """
    parts = []
    for step in path:
        name = step.name if step.name and not set(step.name) & set('. "[]=') else f'"{step.name}"'
        where = f"[{step.where[0]}={step.where[1]}]" if step.where else "[]" * step.each
        parts.append(name + where)
    return ".".join(parts)
