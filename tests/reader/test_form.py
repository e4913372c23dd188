"""Line form or stream form."""

import pytest
from hypothesis import HealthCheck, given, settings

from sflydwh.reader.form import Form, form_of, form_of_source
from sflydwh.reader.source import HEAD_BYTES
from tests.oracle.pieces import is_line_form
from tests.reader.logs import EVENT, logs
from tests.reader.reading import BOM, SFLY, source_of

LINES, STREAM = Form.LINES, Form.STREAM
A = b'{"type":"A"}'


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"", STREAM),
        (b"[]\n", STREAM),
        (A, LINES),
        (b"[" + A + b",\n" + A + b"]", LINES),
        (b" \t[,[" + A + b"] ,\r\n", LINES),
        (b"garbage\n{\n\r" + A + b"\rgarbage", LINES),
        (A + A, STREAM),
        (A + b"," + A + b"\n" + A + A, STREAM),
        (A + b" x\n", STREAM),
        (b'{\n"type":"A"\n}\n', STREAM),
        (b'{"key":"A"}\n', STREAM),
        (b'{"x":{"type":"A"}}\n', STREAM),
        (b'{"type":"A",}\n{"type":NaN}\n{"type":"\xff"}\n', STREAM),
        (b'{"\\u0074ype":null}\n', LINES),
        (b'{"type":1,"type":2}\n', LINES),
        (b'{"reason":"r","source_file":"s","offset":1,"raw":"{"}\n{\n}', LINES),
    ],
)
def test_form_of_a_whole_file(head: bytes, form: Form) -> None:
    assert form_of(head, True, SFLY) is form


def test_the_last_line_counts_only_where_it_is_complete() -> None:
    assert form_of(b"{\n}\n" + A, False, SFLY) is STREAM
    assert form_of(b"{\n}\n" + A + b"\r", False, SFLY) is LINES


def form(data: bytes) -> Form:
    with source_of(data) as source:
        return form_of_source(source, SFLY)


def test_lines_of_the_first_256_kib_decide() -> None:
    blank = b" " * (HEAD_BYTES - len(A) - 2) + b"\n"
    assert form(blank + A + b"\n" + b"{\n}") is LINES
    assert form(b" " + blank + A + b"\n" + b"{\n}") is STREAM


def test_an_event_cut_off_there_decides_only_where_the_file_ends() -> None:
    blank = b" " * (HEAD_BYTES - len(A) - 1) + b"\n"
    assert form(blank + A) is LINES
    assert form(blank + A + b" ") is STREAM


def test_what_is_before_the_content_does_not_count() -> None:
    assert form(BOM + A) is LINES
    assert form(b'{"events": [' + A + b"]}") is LINES
    assert form(b'{"events": [' + A + b"," + A + b"]}") is STREAM


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(logs())
def test_the_form_is_that_of_the_oracle(data: bytes) -> None:
    expected = LINES if is_line_form(data, HEAD_BYTES) else STREAM
    assert form_of(data, True, SFLY) is expected


def test_deep_nesting_is_an_event_too() -> None:
    deep = EVENT[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    assert form(deep + b"\n{\n}") is LINES
