"""Objects of a list that a path chooses among: the fast path takes what the exact path accepts, and the same of it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.formats.grammar import parse
from sflydwh.reader.form import Form
from tests.reader.both_paths import PADDING, assert_same

HEAD = """
[format]
name = "lists"
identity = "none"
customer = "who"
time = "at"
otherwise = "name"
"""
TAIL = """
[[event]]
type = "IMAGE"
key = "list[k=x].v.w"
"""
FORMATS = {
    "one key": """
[[event]]
when = { "list[k=x].v" = "*" }
type = "SITE_VISIT"
key = "list[k=y].v.w"
""",
    "two keys": """
[[event]]
when = { "list[k=x].v" = "*" }
type = "SITE_VISIT"
key = "list[j=x].v"
""",
    "two keys of one object": """
[[event]]
when = { "list[k=x].v" = "*", "list[j=y].w" = "*" }
type = "SITE_VISIT"
key = ["list[j=x].v", "list[k=y].w"]
""",
    "the key itself": """
[[event]]
when = { "list[k=x].k" = "*" }
type = "SITE_VISIT"
key = ["list[k=y].k", "list[k=y].v"]
""",
    "a list in a list": """
[[event]]
when = { "list[k=x].v[j=y].w" = "*" }
type = "SITE_VISIT"
key = ["list[k=x].w", "list[k=y].w[k=x].v"]
""",
}
scalars = st.sampled_from(["x", "x", "y", "y", "z", "", 1, 1.5, None, True, "\u00e9", "\n"])
names = st.sampled_from("kjvvww")


def of_pairs(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects that mostly say first which one they are."""
    others = st.lists(st.tuples(names, values), max_size=3)
    keys = st.sampled_from([("k", '"x"'), ("k", '"y"'), ("j", '"x"'), ("j", '"y"')])
    return (st.tuples(keys, others).map(lambda parts: [parts[0], *parts[1]]) | others).map(of_pairs)


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=4).map(lambda texts: "[" + ",".join(texts) + "]")


texts = scalars.map(json.dumps)
inner = texts | objects(texts) | lists(objects(texts) | texts)
records = st.lists(lists(objects(inner) | texts) | objects(inner) | texts, min_size=1, max_size=1).map(
    lambda parts: of_pairs([("who", '"a"'), ("at", '"2020-01-01"'), *(("list", text) for text in parts)])
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None)
@given(found=st.lists(records, min_size=1, max_size=30))
def test_lists_are_read_as_the_exact_path_reads_them(name: str, found: list[str]) -> None:
    log = "\n".join(found).encode() + b"\n" + PADDING
    log_format = parse(HEAD + FORMATS[name] + TAIL, "test.toml")
    for form in (Form.LINES, Form.STREAM):
        assert_same(log, log_format, form)


@pytest.mark.parametrize("first", [1, 1.5, None, True, "x", "z", {}, [], {"k": 1}, [1]])
@pytest.mark.parametrize("second", [1, "x", None])
def test_a_key_given_twice_is_refused_whatever_its_values_are(first: Any, second: Any) -> None:
    twice = of_pairs([("k", json.dumps(first)), ("k", json.dumps(second)), ("v", "2")])
    asked = '{"k":"x","v":1}'
    log_format = parse(HEAD + FORMATS["one key"] + TAIL, "test.toml")
    for parts in ([twice], [twice, asked], [asked, twice], ["0", twice, asked]):
        record = of_pairs([("who", '"a"'), ("at", '"2020-01-01"'), ("list", "[" + ",".join(parts) + "]")])
        assert_same(record.encode() + b"\n" + PADDING, log_format)
