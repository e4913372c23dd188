"""A table of a format's TOML; its errors name the place and what would be right."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from sflydwh.errors import UsageError

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=int | str)


class Section:
    """One table.

    Args:
        values: its content.
        where: the file, or the built-in format, for messages.
        place: the name of the table, for messages.
    """

    def __init__(self, values: Mapping[str, Any], where: str, place: str = "") -> None:
        self.values = values
        self.place = place
        self._where = where

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def error(self, name: str, message: str) -> UsageError:
        """An error about a name in this table."""
        place = self._below(name) if name else self.place
        return UsageError(f"{self._where}: {place}: {message}" if place else f"{self._where}: {message}")

    def only(self, names: Sequence[str]) -> "Section":
        """This table; an error if it has other names than these."""
        for name in self.values:
            if name not in names:
                near = get_close_matches(name, names, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
                raise self.error(name, f"it is unknown; {hint}")
        return self

    def at(self, name: str, read: Callable[[], Value]) -> Value:
        """The result of a function; its errors are reported for the value of a name."""
        try:
            return read()
        except UsageError as error:
            raise self.error(name, str(error)) from None

    def _below(self, name: str) -> str:
        if not self.place:
            return name
        is_table = self.place.startswith("[") and "," not in self.place
        return f"{self.place}, {name}" if is_table else f"{self.place}.{name}"

    def section(self, name: str, place: str) -> "Section":
        """A table in this one."""
        values = self.values.get(name)
        if not isinstance(values, dict):
            found = "it is missing" if values is None else f"{values!r} must be a table"
            raise self.error(place if self.place == "" else name, found)
        return Section(values, self._where, place if self.place == "" else self._below(name))

    def section_or_path(self, name: str) -> "Section":
        """A table in this one; one or several paths stand for a table with only `path`."""
        values = self.values[name]
        return Section(values if isinstance(values, dict) else {"path": values}, self._where, self._below(name))

    def sections(self, name: str, place: str) -> "list[Section]":
        """The tables of a list."""
        values = self.values.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error(name, f"write each as {place}")
        return [Section(value, self._where, f"{place} {number}") for number, value in enumerate(values, 1)]

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self.values.get(name, default)
        if value is None:
            raise self.error(name, "it is missing")
        if not isinstance(value, str) or (not value and default != ""):
            raise self.error(name, f"{value!r} must be a text")
        return value

    def texts(self, name: str) -> list[str]:
        """One text or a list of texts; an empty list if the name is absent."""
        values = self.values.get(name, [])
        found = [values] if isinstance(values, str) else values
        if not isinstance(found, list) or not all(isinstance(value, str) and value for value in found):
            raise self.error(name, f"{values!r} must be a text, or a list of texts")
        return found

    def flag(self, name: str) -> bool:
        """A boolean; false if the name is absent."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.error(name, f"{value!r} must be true or false")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of some texts."""
        value = self.values.get(name, default)
        known = f"one of {', '.join(choices)}"
        if value is None:
            raise self.error(name, f"it is missing; give {known}")
        if value not in choices:
            near = get_close_matches(str(value), choices, 1)
            raise self.error(name, f"{value!r} must be {known}" + (f"; did you mean {near[0]}?" if near else ""))
        return str(value)

    def one_of(self, name: str, choices: Sequence[Choice], default: Choice) -> Choice:
        """One of some values."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or value not in choices:
            raise self.error(name, f"{value!r} must be one of {', '.join(map(str, choices))}")
        return next(choice for choice in choices if choice == value)

    def number(self, name: str, allowed: range) -> int:
        """A whole number within a range."""
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise self.error(name, f"{value!r} must be a whole number from {allowed[0]} to {allowed[-1]}")
        return value

    def currency(self, name: str, default: str) -> str:
        """A currency's code."""
        value = self.text(name, default)
        return self.at(name, lambda: currency_code(value))

    def money(self, name: str) -> Decimal:
        """A constant amount."""
        value = self.values[name]
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", value):
            raise self.error(name, f'{value!r} must be an amount as a text, such as "0"')
        return Decimal(value).quantize(Decimal("0.0001"))


def currency_code(text: str) -> str:
    """A currency's code in capitals.

    Raises:
        UsageError: it is none.
    """
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise UsageError(f"{text!r} must be a currency's code of three letters, such as EUR")
    return text.upper()
