"""Objects around a list of records: each record is a piece of its own, and nothing around them is counted."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.formats.grammar import parse
from sflydwh.formats.paths import parse_path
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from sflydwh.reader.wrappers import list_start
from tests.reader.reading import source_of

FORMAT = parse(
    """
[format]
name = "dump"
identity = "key"
inside = "a.list"
customer = "who"
time = "at"

[[event]]
type = "SITE_VISIT"
""",
    "dump.toml",
)
Found = list[tuple[int, str]]


def read(data: bytes, limits: Limits = Limits()) -> tuple[Form, Found]:
    """The form, and each piece's offset with its customer or the reason against it."""
    reading = Reading(FORMAT, "key", limits, Gives.PIECES)
    with source_of(data) as source:
        form = form_of_source(source, FORMAT)
        batches = list(rows(source, form, (0, source.end), Where("", 0, 0), reading))
    found = [row for batch in batches for row in batch.to_pylist() if row["source_offset"] is not None]
    return form, sorted((row["source_offset"], row["customer_id"] or row["reason"]) for row in found)


def record(who: str, **more: Any) -> str:
    return json.dumps({"who": who, "at": "2024-01-05", **more})


def at(data: str, *whos: str) -> Found:
    return [(data.index(f'{{"who": "{who}"'), who) for who in whos]


def test_each_record_has_its_own_offset() -> None:
    data = f'{{"n": [1, {{"list": [3]}}], "a": {{"b": "]", "list": [{record("x")}, {record("y")}]}}, "more": false}}'
    assert read(data.encode()) == (Form.LINES, at(data, "x", "y"))


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_wrapper_over_many_lines_is_no_log_of_lines(line_break: str) -> None:
    data = line_break.join(('{"a": {"list": [', f"{record('x')},", record("y"), "]}}"))
    assert read(data.encode()) == (Form.STREAM, at(data, "x", "y"))


def test_pages_and_records_may_stand_on_lines_of_one_file() -> None:
    data = f'{{"a": {{"list": [{record("x")}]}}}}\n{{"a": {{"list": []}}}}\n{record("y")}\n'
    assert read(data.encode()) == (Form.LINES, at(data, "x", "y"))


@pytest.mark.parametrize("end", ["", ",", ', {"who": "z", "at"', ', {"who": "z'])
def test_a_wrapper_that_never_closes_gives_its_whole_records_and_one_reject(end: str) -> None:
    data = f'{{"a": {{"list": [{record("x")}, {record("y")}{end}'
    assert read(data.encode()) == (Form.STREAM, [(0, "malformed_json"), *at(data, "x", "y")])


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ('{"a": {"list": [1, 2]}}', [(0, "missing_customer_id")]),
        ('{"a": {"list": {"who": "x"}}}', [(0, "missing_customer_id")]),
        ('{"a": {"list": []}} {"a": {"list": [ ]}}', []),
        ('{"a": 1, "who": "x", "at": "2024-01-05"}', [(0, "x")]),
        ('{"\\u0061": {"list": [{"who": "x", "at": "2024-01-05"}]}}', [(21, "x")]),
        ('{"a": {"list": [{"who": "x", "at": "2024-01-05"}, null, 5]}}', [(16, "x"), (50, "malformed_json")]),
        ('{"a": {"list": [null, {"who": "x", "at": "2024-01-05"}]}}', [(16, "malformed_json"), (22, "x")]),
        ('{"a": {"list": ["]{", {"who": "x", "at": "2024-01-05"}, "a]b"], "b": 1}}', [(16, ""), (22, "x"), (56, "")]),
        (
            '{"a": {"list": [[{"who": "x", "at": "2024-01-05"}], [], [{"who": "y", "at": "2024-01-05"}]]}}',
            [(17, "x"), (57, "y")],
        ),
        (
            '{"a": {"list": [{"who": "x", "at": "2024-01-05"},, [[1], "\\"["], {"who": "y", "at": "2024-01-05"},]}}',
            [(16, "x"), (53, ""), (65, "y")],
        ),
        ('{"a": {"list": [null, "]"]}}', [(0, "missing_customer_id")]),
        ('{"a": {"list": [null, {"who": "x", "at": "2024-01-05"}, "]', [(0, "malformed_json"), (16, ""), (22, "x")]),
        ('{"a": {"list": [{"who": "x", "at": "2024-01-05"}], "list": [{}]}}', [(0, "malformed_json"), (16, "x")]),
        ('{"a": {"list": [{"who": "x", "at": "2024-01-05"}], oops}}', [(0, "malformed_json"), (16, "x")]),
        ('{"a": {"list": [{"who": }, {"who": "x", "at": "2024-01-05"}]}}', [(16, "malformed_json"), (27, "x")]),
    ],
)
def test_what_is_no_wrapper_and_what_is_damaged(data: str, found: Found) -> None:
    assert read(data.encode())[1] == [(place, name or "malformed_json") for place, name in found]


def test_a_wrapper_above_the_limit_is_too_large() -> None:
    data = f'{{"a": {{"list": [{record("x")}]}}}}\n{record("y")}\n'
    assert read(data.encode(), Limits(event_bytes=50))[1] == [(0, "too_large"), *at(data, "y")]


def test_a_reject_of_a_wrapper_that_was_mended_gives_its_records() -> None:
    raw = f'{{"a": {{"list": [{record("x")}, {record("y")}]}}}}'
    data = json.dumps({"reason": "malformed_json", "source_file": "a", "offset": 0, "raw": raw})
    assert read(data.encode()) == (Form.LINES, [(0, "x"), (1, "y")])


OWN = {"a": {"list": [{"sku": 1}, {"sku": 2}]}}


@pytest.mark.parametrize("more", [OWN, {"a": {"list": []}}, {"a": {"list": [record("z")]}}])
@pytest.mark.parametrize("reason", ["missing_customer_id", "invalid_event_time", "duplicate_field", "malformed_json"])
def test_a_record_with_a_list_of_its_own_stays_one_when_it_comes_back_as_a_reject(reason: str, more: Any) -> None:
    def found(raw: str) -> Found:
        return read(json.dumps({"reason": reason, "source_file": "a", "offset": 0, "raw": raw}).encode())[1]

    assert found(record("x", **more)) == [(0, "x")]
    assert found(record("x", **more)[:-1] + ", oops}") == [(0, "malformed_json")]
    if reason != "malformed_json":
        assert found(json.dumps({"who": "x", **more})) == [(0, "invalid_event_time")]


@pytest.mark.parametrize("end", ["", ",", ', {"who": "z", "at"', ', {"who": "z', ', "]'])
def test_so_it_is_on_a_line_of_its_own(end: str) -> None:
    data = f'{record("w")}\n{{"a": {{"list": [{record("x")}, {record("y")}{end}\n{record("v")}\n'
    broken = data.index('{"a"')
    assert read(data.encode()) == (Form.LINES, sorted([(broken, "malformed_json"), *at(data, *"wxyv")]))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("list") | st.just("a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("a", "list", "b", '"')), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(values, st.booleans())
def test_the_list_is_found_where_json_has_it(value: Any, is_ascii: bool) -> None:
    text = json.dumps({"x": value, "a": value}, ensure_ascii=is_ascii)
    inside = value.get("list") if isinstance(value, dict) else None
    start = list_start(text.encode(), parse_path("a.list"))
    assert (start is None) == (not isinstance(inside, list))
    if start is not None:
        [expected, _] = json.JSONDecoder().raw_decode(text.encode()[start - 1 :].decode())
        assert expected == inside


@pytest.mark.parametrize(("part", "times"), [("x", 1_000_000), ("\\n", 500_000), ('\\"x', 333_000)])
def test_a_long_string_before_the_list_takes_memory_in_proportion(part: str, times: int) -> None:
    raw = f'{{"note": "{part * times}", "a": {{"list": [1]}}}}'.encode()
    for text, start in ((raw, len(raw) - 4), (raw[:-20], None), (raw[:-19] + b"\\", None)):
        tracemalloc.start()
        try:
            assert list_start(text, parse_path("a.list")) == start
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 4 * len(raw)
