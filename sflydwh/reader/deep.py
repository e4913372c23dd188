"""A strict JSON reader without a limit on nesting, for the rare piece that is nested too deep.

It reads token by token with its own stack, checks the grammar of RFC 8259, and gives
the same values as the standard library's parser, so it does not matter which of the two read a piece.
"""

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

from sflydwh.formats.values import JsonObject

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*(?:(?P<mark>[{}\[\]:,])"
    r'|(?P<string>")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null))"
)
_OPENING: Final = {"}": "{", "]": "["}
_WORDS: Final = {"true": True, "false": False, "null": None}


class _Refused(Exception):  # noqa: N818
    """The text is not strict JSON."""


def deep_object(text: str, number_text: Callable[[str], str]) -> JsonObject | None:
    """The object in a text; None if the text is not one object in strict JSON.

    Args:
        text: one JSON text, without blanks around it.
        number_text: what makes the value of a number from its text.

    >>> deep_object('{"a": [[{}]], "b": 1.50}', str)
    JsonObject(pairs=[('a', [[JsonObject(pairs=[])]]), ('b', '1.50')])
    >>> deep_object('{"a": [1,]}', str) is None
    True
    """
    if not text.startswith("{"):
        return None
    walk = _Walk(number_text)
    position = 0
    try:
        while not walk.is_done:
            token = _TOKEN.match(text, position)
            if token is None:
                return None
            position = walk.take(token)
    except (_Refused, json.JSONDecodeError):
        return None
    return walk.outermost if position == len(text) else None


class _Walk:
    """The state of reading: which objects and lists are open, and what may come next."""

    def __init__(self, number_text: Callable[[str], str]) -> None:
        self.outermost = JsonObject([])
        self.is_done = False
        self._number_text = number_text
        self._open: list[str] = []
        self._values: list[JsonObject | list[Any]] = []
        self._expected: tuple[str, ...] = ("value",)
        self._name = ""

    def take(self, token: re.Match[str]) -> int:
        """Go on by one token; where it ends."""
        mark = token.group("mark")
        if mark is None:
            scalar, end = self._scalar(token)
            self._name_or_value(scalar, is_name=token.lastgroup == "string" and "name" in self._expected)
            return end
        if mark in "{[":
            self._open_nested(mark)
        elif mark in ":,":
            self._expect(mark)
            self._expected = ("name",) if mark == "," and self._open[-1] == "{" else ("value",)
        else:
            self._expect(mark)
            self._values.pop()
            if self._open.pop() != _OPENING[mark]:
                raise _Refused
            self._after_value()

        return token.end()

    def _name_or_value(self, scalar: Any, *, is_name: bool) -> None:
        if is_name:
            self._name = scalar
            self._expected = (":",)
            return
        self._expect("value")
        self._add(scalar)
        self._after_value()

    def _open_nested(self, mark: str) -> None:
        self._expect("value")
        nested: JsonObject | list[Any] = JsonObject([]) if mark == "{" else []
        if not self._open:
            # The text begins with a brace.
            nested = self.outermost
        else:
            self._add(nested)
        self._open.append(mark)
        self._values.append(nested)
        self._expected = ("name", "}") if mark == "{" else ("value", "]")

    def _add(self, value: Any) -> None:
        """Add a value to the object or list that is open."""
        around = self._values[-1]
        if isinstance(around, JsonObject):
            around.pairs.append((self._name, value))
        else:
            around.append(value)

    def _after_value(self) -> None:
        self.is_done = not self._open
        self._expected = (",", "}" if self._open and self._open[-1] == "{" else "]")

    def _expect(self, what: str) -> None:
        if what not in self._expected:
            raise _Refused

    def _scalar(self, token: re.Match[str]) -> tuple[Any, int]:
        """The value of a scalar and where it ends; refused if it is a string that is no Unicode text."""
        kind = token.lastgroup or ""
        if kind == "number":
            return self._number_text(token.group(kind)), token.end()
        if kind == "word":
            return _WORDS[token.group(kind)], token.end()
        value, end = scanstring(token.string, token.end(), True)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise _Refused from None
        return value, end
