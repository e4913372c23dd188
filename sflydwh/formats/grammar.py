"""Parses the TOML of a format into a `Format`; an error is one line that names the place."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sflydwh.errors import UsageError
from sflydwh.formats.amounts import SCALES, STRIPE, Amount, Notation, scale_digits
from sflydwh.formats.format import (
    ANYTHING,
    BLANKS,
    IGNORE,
    NOTHING,
    Csv,
    Format,
    Identifier,
    Rule,
    Test,
    Time,
    comparable,
)
from sflydwh.formats.model import FORMULAS, IDENTITIES, ORDER, SIMPLE
from sflydwh.formats.paths import Path, Places, parse_path
from sflydwh.formats.section import Section
from sflydwh.formats.times import UNITS, counted_instant, iso_instant, pattern_instant
from sflydwh.formats.values import is_nothing

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

_READS: Final = ("json", "csv")
_OF_FORMAT: Final = (
    "name", "description", "identity", "customer", "time", "key", "verb", "amount", "accepted_currency", "otherwise",
    "absent", "exact", "inside", "formula", "reads", "delimiter", "header",
)  # fmt: skip
_OF_EVENT: Final = ("when", "type", "verb", "key", "customer", "time", "amount")
_OF_AMOUNT: Final = ("path", "value", "currency", "decimal", "times", "less", "scale", "sign", "round")


def parse(text: str, where: str, currency: str | None = None) -> Format:
    """A format from its TOML.

    Args:
        text: the TOML.
        where: the source of the text, for messages: a file, or a built-in format.
        currency: overrides the format's accepted currency.

    Raises:
        UsageError: the format is invalid; the message names the place and what would be right.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is not TOML: {error}") from error
    return _Parser(Section(document, where), text, currency).format()


class _Parser:
    """Parses one format."""

    def __init__(self, document: Section, text: str, currency: str | None) -> None:
        document.only(("format", "event"))
        self._text = text
        self._top = document.section("format", "[format]").only(_OF_FORMAT)
        self._events = document.sections("event", "[[event]]")
        self._places = Places()
        self._is_csv = self._top.choice("reads", _READS, "json") == "csv"
        self._is_exact = self._top.flag("exact")
        self._currency = currency or self._top.currency("accepted_currency", "USD")
        self._absent = frozenset(self._top.texts("absent"))
        self._digest = hashlib.sha256(_canonical(document.values, self._currency).encode("utf-8")).hexdigest()

    def format(self) -> Format:
        top = self._top
        csv = self._csv()
        fallback = Rule(
            (),
            "",
            self._verb(top, None),
            self._identifier(top, "key", None),
            self._identifier(top, "customer", None),
            self._time(top, None),
            None,
            "otherwise",
        )
        rules = tuple(self._rule(section, fallback) for section in self._events)
        if not rules:
            raise top.error("", "there is no [[event]]; say which records are events")
        _check_reached(rules, self._events)
        inside = top.text("inside", "") if "inside" in top else None
        if inside is not None and self._is_csv:
            raise top.error("inside", "a CSV file has no lists; leave it out")
        found = Format(
            top.text("name"),
            top.text("description", ""),
            self._text,
            self._digest,
            top.choice("identity", IDENTITIES),
            self._currency,
            top.choice("formula", FORMULAS, SIMPLE),
            self._is_exact,
            self._places,
            rules,
            self._slots(top, "otherwise"),
            fallback,
            None if inside is None else top.at("inside", lambda: _names(inside)),
            csv,
        )
        for columns in found.columns_missing(csv.header) if csv and csv.header else ():
            raise top.error("header", f"it has no column {' or '.join(map(repr, columns))}, which the format reads")
        return found

    def _csv(self) -> Csv | None:
        top = self._top
        if not self._is_csv:
            for name in ("delimiter", "header"):
                if name in top:
                    raise top.error(name, 'it is of CSV only; add reads = "csv"')
            return None
        delimiter = top.text("delimiter", ",")
        if delimiter != BLANKS and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise top.error("delimiter", f'{delimiter!r} must be one character, or "{BLANKS}"')
        header = tuple(top.texts("header"))
        if len(set(header)) != len(header):
            raise top.error("header", "a name occurs twice")
        return Csv(delimiter, header)

    def _rule(self, section: Section, fallback: Rule) -> Rule:
        section.only(_OF_EVENT)
        event_type = section.text("type")
        if is_nothing(event_type):
            raise section.error("type", f"{event_type!r} is blank; name the event")
        if event_type == IGNORE:
            for name in ("verb", "key", "customer", "time", "amount"):
                if name in section:
                    raise section.error(name, "records that are ignored have none")
        amount = None
        if event_type == ORDER:
            holder = section if "amount" in section else self._top
            if "amount" not in holder:
                raise section.error("amount", "an ORDER must have one")
            amount = self._amount(holder)
        elif "amount" in section:
            raise section.error("amount", f"only an ORDER has one, not {event_type}")
        return Rule(
            self._tests(section),
            event_type,
            self._verb(section, fallback.verb),
            self._identifier(section, "key", fallback.key),
            self._identifier(section, "customer", fallback.customer),
            self._time(section, fallback.time),
            amount,
            section.place,
        )

    def _tests(self, section: Section) -> tuple[Test, ...]:
        if "when" not in section:
            return ()
        when = section.section("when", "when")
        return tuple(
            Test(self._slot(when, path), frozenset(self._wanted(when, path, value)), self._is_exact)
            for path, value in _flat(when.values, "", self._is_csv)
        )

    def _wanted(self, when: Section, path: str, value: Any) -> Sequence[str]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise when.error(path, "the list is empty; name the texts that it may have")
        found = []
        for one in values:
            if isinstance(one, bool):
                found.append("true" if one else "false")
            elif isinstance(one, int):
                found.append(str(one))
            elif isinstance(one, str):
                found.append(one if self._is_exact or one in (ANYTHING, NOTHING) else comparable(one))
            else:
                raise when.error(path, f"{one!r} must be a text, a whole number, true or false")
        return found

    def _verb(self, section: Section, default: str | int | None) -> str | int:
        if "verb" not in section:
            return "NEW" if default is None else default
        if isinstance(section.values["verb"], str):
            return section.text("verb")
        verb = section.section("verb", "verb").only(("path",))
        return self._slot(verb, verb.text("path"), "path")

    def _identifier(self, section: Section, name: str, default: Identifier | None) -> Identifier:
        if name not in section:
            if default is not None:
                return default
            if name == "customer":
                raise section.error(name, "it is missing; say where the customer's id is")
            return Identifier(())
        return Identifier(self._slots(section, name, is_needed=name == "customer"), self._absent)

    def _time(self, section: Section, default: Time | None) -> Time:
        if "time" not in section:
            if default is None:
                raise section.error("time", "it is missing; say where the event's time is")
            return default
        time = section.section_or_path("time").only(("path", "unit", "pattern"))
        if "unit" in time and "pattern" in time:
            raise time.error("pattern", "give unit or pattern, not both")
        places = self._slots(time, "path", is_needed=True)
        if "pattern" in time:
            pattern = time.text("pattern")
            return Time(places, pattern, time.at("pattern", lambda: pattern_instant(pattern)))
        unit = time.choice("unit", UNITS, "iso")
        return Time(places, unit, iso_instant if unit == "iso" else counted_instant(unit))

    def _amount(self, section: Section) -> Amount:
        amount = section.section_or_path("amount").only(_OF_AMOUNT)
        if "value" in amount:
            for name in _OF_AMOUNT:
                if name != "value" and name in amount:
                    raise amount.error(name, "a constant amount has a value alone")
            return Amount(value=amount.money("value"))
        decimals = amount.number("round", range(5)) if "round" in amount else None
        notation = Notation(
            self._currency, self._is_exact, amount.choice("decimal", (".", ","), ".") == ",", decimals is not None
        )
        scale = amount.one_of("scale", SCALES, 1)
        return Amount(
            notation,
            self._slots(amount, "path", is_needed=True),
            None,
            self._slots(amount, "currency"),
            self._slots(amount, "times"),
            self._slots(amount, "less", may_be_list=True),
            scale_digits(scale, self._currency) if scale == STRIPE or isinstance(scale, int) else 0,
            amount.one_of("sign", (1, -1), 1) == -1,
            decimals,
        )

    def _slots(
        self, section: Section, name: str, is_needed: bool = False, may_be_list: bool = False
    ) -> tuple[int, ...]:
        """The slots of one path or several."""
        paths = section.texts(name)
        if is_needed and not paths:
            raise section.error(name, "it is missing; give a path")
        if len(set(paths)) != len(paths):
            raise section.error(name, "a path occurs twice")
        return tuple(self._slot(section, path, name, may_be_list) for path in paths)

    def _slot(self, section: Section, text: str, name: str | None = None, may_be_list: bool = False) -> int:
        path: Path = section.at(text if name is None else name, lambda: parse_path(text, self._is_csv))
        if any(step.each for step in path) and not may_be_list:
            raise section.error(name or text, "only less adds up a list; take one of it by [name=text]")
        return self._places.slot(path)


def _names(text: str) -> Path:
    """A path that consists only of names."""
    path = parse_path(text)
    if any(step.where or step.each for step in path):
        raise UsageError(f"{text!r} must be names joined by dots")
    return path


def _flat(values: Mapping[str, Any], prefix: str, is_csv: bool) -> list[tuple[str, Any]]:
    """The paths of `when` with their allowed values; a dotted key of TOML equals the dotted path."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        path = f"{prefix}{name}"
        found += _flat(value, f"{path}.", is_csv) if isinstance(value, dict) else [(path, value)]
    return found


def _check_reached(rules: Sequence[Rule], sections: Sequence[Section]) -> None:
    """Refuse a rule that can never match, because an earlier one matches all of its records."""
    for number, rule in enumerate(rules):
        for before, earlier in enumerate(rules[:number]):
            own = {test.place: test.texts for test in rule.tests}
            is_taken = all(_covers(test.texts, own.get(test.place)) for test in earlier.tests)
            if is_taken:
                raise sections[number].error(
                    "when", f"no record gets here: {sections[before].place} takes them all; put this one before it"
                )


def _covers(earlier: frozenset[str], later: frozenset[str] | None) -> bool:
    return later is not None and (later <= earlier or (ANYTHING in earlier and NOTHING not in later))


def _canonical(document: Mapping[str, Any], currency: str) -> str:
    """A canonical text of a format's rules: equal rules give equal texts."""
    top = {name: value for name, value in document.get("format", {}).items() if name not in ("name", "description")}
    rules = {"format": {**top, "accepted_currency": currency}, "event": document.get("event")}
    return json.dumps(rules, sort_keys=True, default=str)
