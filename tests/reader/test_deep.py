"""The reader for what is nested too deep for the standard library's."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.formats.values import JsonObject, NumberText
from sflydwh.reader.deep import deep_object
from sflydwh.reader.strict import decoded
from tests.oracle.pieces import Number, object_fields
from tests.reader.logs import damage, events

PARTS = ["{", "}", "[", "]", ",", ":", '"a"', '"\\ud800"', "-1.50e+3", "01", "true", "nul", " ", '"b":', "{}", '{"c":']


def flat(value: Any) -> Iterator[Any]:
    """A value piece by piece, with the types: nested values are too deep for comparing and showing them as they are."""
    waiting = [value]
    while waiting:
        this = waiting.pop()
        inner = this.pairs if isinstance(this, JsonObject) else this
        if isinstance(inner, list | tuple):
            yield type(this), len(inner)
            waiting += reversed(inner)
        else:
            yield type(this), this


def pairs_of(text: str) -> list[tuple[str, Any]] | None:
    """As the oracle gives them: a number as such, None for what no rule reads."""
    number: Any = Number
    found = deep_object(text, number)
    if found is None:
        return None
    return [(name, value if isinstance(value, str | Number) else None) for name, value in found.pairs]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS)).map("".join)
    | st.lists(st.sampled_from(PARTS)).map(lambda parts: "{" + "".join(parts) + "}")
)
def test_random_tokens_are_read_as_the_oracle_reads_them(text: str) -> None:
    text = text.strip()
    assert pairs_of(text) == object_fields(text.encode())


@settings(max_examples=100, deadline=None)
@given(events() | damage())
def test_events_are_read_as_the_oracle_reads_them(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace").strip(" \t\r\n")
    assert pairs_of(text) == object_fields(text.encode())


@settings(max_examples=200, deadline=None)
@given(events() | damage())
def test_values_are_those_of_the_standard_library(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace").strip(" \t\r\n")
    assert list(flat(deep_object(text, NumberText))) == list(flat(decoded(text.encode())))


def test_pairs_come_in_order_with_repeated_names() -> None:
    text = '{"a": "\\u00e9", "b": 12.10, "a": {"c": 1}, "d": [[]], "": null, "e": true}'
    expected = [("a", "é"), ("b", Number("12.10")), ("a", None), ("d", None), ("", None), ("e", None)]
    assert pairs_of(text) == expected


def test_a_million_levels() -> None:
    nested = "[" * 500_000 + "]" * 500_000
    assert pairs_of('{"a": ' + nested + ', "b": 1}') == [("a", None), ("b", Number("1"))]
    assert pairs_of('{"a": ' + nested + "]}") is None
    assert pairs_of('{"a": ' + nested[:-1] + "}") is None


def test_what_lies_in_many_levels_is_there() -> None:
    levels = 200_000
    found = deep_object('{"a":' * levels + '{"b":[1.50]}' + "}" * levels, NumberText)
    for _ in range(levels):
        assert found is not None
        ((name, found),) = found.pairs
        assert name == "a"
    assert found is not None and found.pairs == [("b", ["1.50"])]


def test_a_long_string_takes_memory_in_proportion() -> None:
    text = '{"a": "' + "x\\n" * 500_000 + '"}'
    tracemalloc.start()
    try:
        assert pairs_of(text) == [("a", "x\n" * 500_000)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(text)
