"""A strict JSON reader without a limit on nesting, for the rare piece that is nested too deep.

It goes token by token with a stack of its own, checks the grammar of RFC 8259,
and keeps no more than the pairs of the outermost object.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:(?P<mark>[{}\[\]:,])'
    r'|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null))"
)
_NESTED: Final = object()
_WORDS: Final = {"true": True, "false": False, "null": None}


def top_level_pairs(
    text: str, number_text: Callable[[str], str]
) -> list[tuple[str, Any]] | None:
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
    pairs: list[tuple[str, Any]] = []
    stack: list[str] = []
    name: str | None = None
    expect = "start"
    position = 0
    while expect != "end":
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        position = token.end()
        kind, mark = token.lastgroup, token.group("mark")
        if expect in ("value", "value or ]", "start") and (mark in ("{", "[") or kind != "mark"):
            if expect == "start" and mark != "{":
                return None
            if mark is not None:
                stack.append(mark)
                if len(stack) == 2 and stack[0] == "{":
                    pairs.append((name or "", _NESTED))
                expect = "name or }" if mark == "{" else "value or ]"
                continue
            value = _scalar(kind, token.group(kind or ""), number_text)
            if value is _NESTED:
                return None
            if len(stack) == 1:
                pairs.append((name or "", value))
            expect = "comma or close"
        elif expect in ("name", "name or }") and kind == "string":
            name = _scalar(kind, token.group("string"), number_text)
            if name is _NESTED:
                return None
            expect = "colon"
        elif expect == "colon" and mark == ":":
            expect = "value"
        elif expect == "comma or close" and mark == ",":
            expect = "name" if stack[-1] == "{" else "value"
        elif mark in ("}", "]") and _closes(expect, mark, stack):
            stack.pop()
            expect = "comma or close" if stack else "end"
        else:
            return None
    return pairs if position == len(text) else None


def _closes(expect: str, mark: str, stack: list[str]) -> bool:
    opened = "{" if mark == "}" else "["
    return stack[-1:] == [opened] and expect in ("comma or close", f"name or {mark}", f"value or {mark}")


def _scalar(kind: str | None, text: str, number_text: Callable[[str], str]) -> Any:
    """The value of a scalar token; `_NESTED` for a string that is no Unicode text."""
    if kind == "number":
        return number_text(text)
    if kind == "word":
        return _WORDS[text]
    value = json.loads(text)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return _NESTED
    return value
