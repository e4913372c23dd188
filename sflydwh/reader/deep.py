"""A strict JSON reader without a limit on nesting, for the rare piece that is nested too deep.

It goes token by token with a stack of its own, checks the grammar of RFC 8259,
and keeps no more than the pairs of the outermost object.
"""

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*(?:(?P<mark>[{}\[\]:,])"
    r'|(?P<string>")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null))"
)
_OPENING: Final = {"}": "{", "]": "["}
_NESTED: Final = object()
_WORDS: Final = {"true": True, "false": False, "null": None}


class _Refused(Exception):  # noqa: N818
    """The text is not strict JSON."""


def top_level_pairs(text: str, number_text: Callable[[str], str]) -> list[tuple[str, Any]] | None:
    """The name and value pairs of the outermost object, or None if `text` is not strict JSON.

    Args:
        text: one JSON text, without blanks around it.
        number_text: what makes the value of a number from its text.

    Returns:
        The pairs in order; a nested array or object is given as an opaque value.

    >>> top_level_pairs('{"a": [[{}]], "b": 1.50}', str)[1]
    ('b', '1.50')
    >>> top_level_pairs('{"a": [1,]}', str) is None
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
    return walk.pairs if position == len(text) else None


class _Walk:
    """Where a reader of JSON stands: what is open, and what may come next."""

    def __init__(self, number_text: Callable[[str], str]) -> None:
        self.pairs: list[tuple[str, Any]] = []
        self.is_done = False
        self._number_text = number_text
        self._open: list[str] = []
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
        if len(self._open) == 1:
            self.pairs.append((self._name, scalar))
        self._after_value()

    def _open_nested(self, mark: str) -> None:
        self._expect("value")
        if len(self._open) == 1:
            self.pairs.append((self._name, _NESTED))
        self._open.append(mark)
        self._expected = ("name", "}") if mark == "{" else ("value", "]")

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
