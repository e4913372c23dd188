"""A strict JSON reader without a limit on nesting, for the rare piece that is nested too deep.

It goes token by token with a stack of its own, checks the grammar of RFC 8259,
and keeps no more than the pairs of the outermost object.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*(?:(?P<mark>[{}\[\]:,])"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
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
            walk.take(token)
            position = token.end()
    except _Refused:
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

    def take(self, token: re.Match[str]) -> None:
        """Go on by one token."""
        mark = token.group("mark")
        if mark is None or mark in "{[":
            self._name_or_value(token, mark)
        elif mark in ":,":
            self._expect(mark)
            self._expected = ("name",) if mark == "," and self._open[-1] == "{" else ("value",)
        else:
            self._expect(mark)
            if self._open.pop() != _OPENING[mark]:
                raise _Refused
            self._after_value()

    def _name_or_value(self, token: re.Match[str], mark: str | None) -> None:
        if "name" in self._expected and token.lastgroup == "string":
            self._name = self._scalar(token)
            self._expected = (":",)
            return
        self._expect("value")
        if len(self._open) == 1:
            self.pairs.append((self._name, _NESTED if mark else self._scalar(token)))
        elif not mark:
            self._scalar(token)
        if mark:
            self._open.append(mark)
            self._expected = ("name", "}") if mark == "{" else ("value", "]")
        else:
            self._after_value()

    def _after_value(self) -> None:
        self.is_done = not self._open
        self._expected = (",", "}" if self._open and self._open[-1] == "{" else "]")

    def _expect(self, what: str) -> None:
        if what not in self._expected:
            raise _Refused

    def _scalar(self, token: re.Match[str]) -> Any:
        """The value of a scalar token, refused if it is a string that is no Unicode text."""
        kind = token.lastgroup or ""
        if kind == "number":
            return self._number_text(token.group(kind))
        if kind == "word":
            return _WORDS[token.group(kind)]
        value = json.loads(token.group(kind))
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise _Refused from None
        return value
