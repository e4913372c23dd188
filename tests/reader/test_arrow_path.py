"""The fast path: it takes nothing that the exact path would not take, and the same fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader import candidates
from sflydwh.reader.arrow_path import FIELDS_SCHEMA, parse
from sflydwh.reader.fields import FIELDS, TYPE
from sflydwh.reader.pieces import Limits
from sflydwh.reader.strict import judge
from tests.reader.logs import damage, events, typical_events

A = b'{"type":"A"}'


def taken(*lines: bytes, limits: Limits = Limits()) -> tuple[list[int], list[int]]:
    """The numbers of the lines that the fast path took and left."""
    found = candidates.lines(b"\n".join(lines), 0).candidates
    parsed = parse(found, limits)
    assert parsed.rows.num_rows == len(parsed.taken)
    return parsed.taken.tolist(), parsed.left.tolist()


def test_clean_lines_are_all_taken_with_their_texts() -> None:
    lines = [
        b'{"type":"ORDER","verb":"NEW","key":"k","customer_id":"c","event_time":"2017","total_amount":"1 USD"}',
        b'[{"note":[{"type":1}],"type":"\\u0041\\n","key":null},',
        ' {"type":"é\\ud83d\\ude00\u2028","other":1e40} ,'.encode(),
    ]
    parsed = parse(candidates.lines(b"\r\n".join(lines), 0).candidates, Limits())
    assert parsed.taken.tolist() == [0, 1, 2]
    assert parsed.left.tolist() == []
    assert parsed.rows.schema == FIELDS_SCHEMA
    assert parsed.rows.to_pylist() == [
        dict(zip(FIELDS, ("ORDER", "NEW", "k", "c", "2017", "1 USD"), strict=True)),
        {**dict.fromkeys(FIELDS), "type": "A\n"},
        {**dict.fromkeys(FIELDS), "type": "é\U0001f600\u2028"},
    ]


def test_nothing_to_parse() -> None:
    assert taken(b"[", b"", b"]") == ([], [])


# Arrow takes some of these without a word, and refuses others.
NOT_FOR_THE_FAST_PATH = [
    b'{"type":"A","x":NaN}', b'{"type":"A","x":-Infinity}', b'{"type":"A","x":Inf}', b'{"type":"A","x":[{"y":NaN}]}',
    b'{"type":"A","x":"\xff"}', b'{"type":"A","\xc3":1}', b'{"type":"A","x":"\xed\xa0\x80"}', b'{"type":"A","x":"\xc0\x80"}',
    b'{"type":"A","x":"\0"}', b'{"type":"A"\0}', b'{"type":"A"}\0', b'{"type":"A","x":"\t"}', b'{"type":"A","x":"\\ud800"}',
    b'{"type":"A","x":"\\udc00"}', b'{"type":"A","\\udc00":1}', b'{"type":"A","x":"\\x"}', b'{"type":"A","x":01}',
    b'{"type":"A","x":1.}', b'{"type":"A","x":+1}', b'{"type":"A","x":.5}', b'{"type":"A","x":1e}', b'{"type":"A",}',
    b'{"type":"A","x":[1,]}', b'{"type":"A" "x":1}', b'{"type":"A","x":tru}', b'{"type":"A"/**/}', b'{"type":"A"}//{}',
    b'{"type":"A"}{"type":"B"}', b'{"type":"A"},{"type":"B"}', b'{"type":"A"} {}', b'{"type":"A"} x {}', b'{"type":"A"}}',
    b'{{"type":"A"}', b'{"type":"A","x":{}', b'{"type":"A","x":[{}', b'"x":1}', b'{"type":"A"', b"null", b'"{}"',
    b"{}", b'{"key":"x"}', b'{"type":null}', b'{"type":1}', b'{"type":"A","key":-0}', b'{"type":"A","key":7.0}', b'{"type":"A","key":{}}',
    b'{"type":"A","total_amount":012}', b'{"type":"A","event_time":12}', b'{"type":"A","verb":true}', b'{"type":"A","type":"A"}', b'{"type":"A","type":null}',
    b'{"type":null,"type":"A"}', b'{"type":"A","key":null,"key":null}', b'{"type":"A","\\u006bey":"a","key":"a"}',
    b'{"reason":"r","source_file":"s","offset":1,"raw":"{}"}',
]  # fmt: skip


@pytest.mark.parametrize("line", NOT_FOR_THE_FAST_PATH)
def test_what_is_not_clean_is_left_to_the_exact_path(line: bytes) -> None:
    for lines, number in (([line], 0), ([line, A], 0), ([A, line], 1), ([A, A, line, A, A], 2)):
        assert number in taken(*lines)[1]


@pytest.mark.parametrize("line", [line for line in NOT_FOR_THE_FAST_PATH if b"\0" in line or b"N" in line])
def test_what_is_told_by_its_bytes_takes_no_other_line_off_the_fast_path(line: bytes) -> None:
    assert taken(A, line, A, A) == ([0, 2, 3], [1])


def test_words_and_bytes_in_a_string_are_left_to_the_exact_path_too() -> None:
    assert taken(A, b'{"type":"NaN"}', b'{"type":"Info"}', A) == ([0, 3], [1, 2])


@pytest.mark.parametrize("count", [65, 66, 200])
def test_faults_apart_do_not_keep_the_lines_between_from_the_fast_path(count: int) -> None:
    lines = [b'{"type":7}' if number == count // 2 else A for number in range(count)]
    assert taken(*lines) == ([n for n in range(count) if n != count // 2], [count // 2])


def test_where_faults_are_many_every_line_is_either_taken_or_left() -> None:
    lines = [b'{"type":7}' if number % 3 == 0 else A for number in range(100)]
    took, left = taken(*lines)
    assert sorted(took + left) == list(range(100))
    assert set(range(0, 100, 3)) <= set(left)


def test_lines_above_the_size_limit_are_left() -> None:
    assert taken(A, A[:-1] + b" }", A, limits=Limits(event_bytes=len(A))) == ([0, 2], [1])


def test_nesting_far_too_deep_for_a_stack_does_not_harm() -> None:
    deep = b'{"type":"A","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    took, left = taken(A, deep, A)
    assert sorted(took + left) == [0, 1, 2]


@settings(max_examples=200, deadline=None)
@given(st.lists(typical_events() | events() | damage(), max_size=12))
def test_what_is_taken_has_the_fields_that_the_exact_path_finds(lines: list[bytes]) -> None:
    block = b"\n".join(lines)
    found = candidates.lines(block, 0).candidates
    texts = [found.data[start:end].tobytes() for start, end in zip(found.starts, found.ends, strict=True)]
    parsed = parse(found, Limits())
    assert sorted([*parsed.taken.tolist(), *parsed.left.tolist()]) == list(range(len(texts)))
    for number, fields in zip(parsed.taken, parsed.rows.to_pylist(), strict=True):
        assert (judge(texts[number]).reason, judge(texts[number]).fields) == (None, fields)
        assert fields[TYPE] is not None
