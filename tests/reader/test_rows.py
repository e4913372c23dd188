"""Rows of both forms; that they are right for any log is shown in `test_against_oracle`."""

import pytest

from sflydwh.formats.model import COUNT
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from tests.reader.logs import EVENT
from tests.reader.reading import BOM, SFLY, Row, accepted, read, refused, source_of

A = b'{"type":"A"}'
MALFORMED, TOO_LARGE = "malformed_json", "too_large"
SMALL = Limits(event_bytes=100, kept_bytes=20, block_bytes=5_000)
LONG = 80_000  # above what is read to find the end of a line


@pytest.mark.parametrize("gives", Gives)
def test_every_batch_has_the_schema_of_what_is_wanted(gives: Gives) -> None:
    data = EVENT + b"\noops\n" + EVENT + EVENT
    with source_of(data) as source:
        reading = Reading(SFLY, "time", Limits(), gives)
        batches = list(rows(source, Form.LINES, (0, len(data)), Where("", 0, 0), reading))
    assert {str(batch.schema) for batch in batches} == {str(gives.columns.arrow)}
    pieces = [row.get("pieces", 1) for batch in batches for row in batch.to_pylist() if row.get("kind") != COUNT]
    assert sum(pieces) == (1 if gives is Gives.REJECTS else 4)


@pytest.mark.parametrize("data", [b"", b"\n", b"[]", b"[\n]\n", b" ,,\r\n", BOM, BOM + b"[]", b'{"events": []}'])
def test_a_log_without_content_has_no_row(data: bytes) -> None:
    assert read(data) == []


@pytest.mark.parametrize(
    ("opening", "between", "closing"),
    [
        (b"", b"\n", b"\n"), (b"", b"\n", b""), (b"", b"\r\n", b"\r\n"), (b"", b"\r", b""), (BOM, b"\n", b"\n"), (b"[", b",\n", b"]"),
        (b"[\n", b",\n\n", b"\n]\n"), (b"[", b", ", b"]"), (b"", b"", b""), (b"", b" ", b"\n"), (b"[", b"]\n[", b"]"), (b"[", b"][", b"]"),
        (b"[,", b",,\n,", b",]"), (b"", b",", b","), (b'{"events": [\n', b",\n", b"\n]}"), (b'{"events": [', b",", b"]}"),
        (b"[\n  ", b",\n  ", b"\n]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("event", ['{"type": "A", "key": "%s"}', '{\n    "type": "A",\n    "key": "%s"\n  }'])
def test_every_format_is_read_with_no_event_lost(opening: bytes, between: bytes, closing: bytes, event: str) -> None:
    events = [(event % f"é{number}").encode() for number in range(5)]
    expected, at = [], len(opening)
    for number, raw in enumerate(events):
        expected.append(accepted(at, raw, type="A", key=f"é{number}"))
        at += len(raw) + len(between)
    data = opening + between.join(events) + closing
    assert read(data) == expected
    assert read(data, Limits(block_bytes=7), cuts=[20, 61]) == expected


def test_a_bad_piece_costs_no_other_one() -> None:
    lines = [A, b'{"type":NaN}', A + b" x", b"\xff", A, b'{"key":1,"key":1}', A]
    at = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    assert read(b"\n".join(lines)) == [
        accepted(at[0], A, type="A"),
        refused(at[1], lines[1], MALFORMED),
        refused(at[2], lines[2], MALFORMED),
        refused(at[3], lines[3], MALFORMED),
        accepted(at[4], A, type="A"),
        refused(at[5], lines[5], "duplicate_field"),
        accepted(at[6], A, type="A"),
    ]


def test_in_stream_form_reading_goes_on_after_damage() -> None:
    data = b'[{\n"type":"A"},\n{"type":"B\n"},\n{"type":"C",},{\n"type":"D"}} ,{"type":'
    assert read(data) == [
        accepted(1, b'{\n"type":"A"}', type="A"),
        refused(16, b'{"type":"B', MALFORMED),
        refused(27, b'"}', MALFORMED),
        refused(31, b'{"type":"C",}', MALFORMED),
        accepted(45, b'{\n"type":"D"}', type="D"),
        refused(58, b"}", MALFORMED),
        refused(61, b'{"type":', MALFORMED),
    ]


@pytest.mark.parametrize("between", [b"", b",", b" , "])
def test_a_line_too_long_to_hold_gives_its_objects_where_it_holds_nothing_else(between: bytes) -> None:
    line = b"[" + between.join([A] * 7_000) + b"]"
    step = len(A) + len(between)
    expected = [accepted(13 + 1 + step * number, A, type="A") for number in range(7_000)]
    after = 13 + len(line) + 1
    assert read(A + b"\n" + line + b"\n" + A, SMALL) == [
        accepted(0, A, type="A"),
        *expected,
        accepted(after, A, type="A"),
    ]


@pytest.mark.parametrize("line", [b"x" * LONG, b"x" + A * 7_000, b'{"a":"' + b"{}" * LONG, b"{" * LONG, b'"' * LONG])
def test_a_line_too_long_to_hold_is_one_piece_where_it_holds_anything_else(line: bytes) -> None:
    after = len(line) + 14
    assert read(A + b"\n" + line + b"\n" + A, SMALL) == [
        accepted(0, A, type="A"),
        refused(13, line[:20], TOO_LARGE),
        accepted(after, A, type="A"),
    ]


def test_a_line_too_long_to_hold_is_cut_where_it_begins_with_objects() -> None:
    found = read(A + b"\n" + A * 7_000 + b"x\n" + A, SMALL)
    assert found == [
        *(accepted(13 * (number > 0) + 12 * max(0, number - 1), A, type="A") for number in range(7_001)),
        refused(13 + 12 * 7_000, b"x", MALFORMED),
        accepted(13 + 12 * 7_000 + 2, A, type="A"),
    ]


BLANKS = b" " * LONG
PADDED = [
    (BLANKS + b"x", refused(13 + LONG, b"x", MALFORMED)),
    (b"x" + BLANKS, refused(13, b"x", MALFORMED)),
    (BLANKS + A + b" x" + BLANKS, refused(13 + LONG, A + b" x", MALFORMED)),
    (BLANKS + b"x" * 101 + BLANKS, refused(13 + LONG, b"x" * 20, TOO_LARGE)),
    (BLANKS + A + BLANKS, accepted(13 + LONG, A, type="A")),
]


@pytest.mark.parametrize(("line", "row"), PADDED, ids=["before", "after", "both", "too large", "object"])
def test_blanks_around_a_line_too_long_to_hold_do_not_count(line: bytes, row: Row) -> None:
    assert read(A + b"\n" + line, SMALL) == [accepted(0, A, type="A"), row]


def test_a_line_too_long_to_hold_after_a_byte_order_mark() -> None:
    expected = [refused(3, b"x" * 20, TOO_LARGE), accepted(4 + LONG, A, type="A")]
    assert read(BOM + b"x" * LONG + b"\n" + A, SMALL) == expected


def test_a_stream_is_read_in_bounded_pieces() -> None:
    data = b"[" + b",".join([b'{"a":"' + b"x" * LONG + b'"}', A, A]) + b"]"
    at = len(data) - 2 * len(A) - 2
    assert read(data, SMALL) == [
        refused(1, b'{"a":"' + b"x" * 14, TOO_LARGE),
        accepted(at, A, type="A"),
        accepted(at + len(A) + 1, A, type="A"),
    ]


def test_a_mended_rejects_file_is_read() -> None:
    line = b'{"reason": "malformed_json", "source_file": "a", "offset": 9, "raw": "%b"}\n'
    data = line % rb"[{\n\"type\": \"A\"\n}, {}]" + line % b"still {bad}"
    expected = [
        accepted(0, b'{\n"type": "A"\n}', type="A"),
        accepted(1, b"{}"),
        refused(data.index(b"\n") + 1, b"still {bad}", MALFORMED),
    ]
    assert read(data) == expected
    for cut in (1, 50, 100, 120):
        assert read(data, cuts=[cut]) == expected


def test_a_damaged_line_of_a_rejects_file_costs_no_other_line() -> None:
    line = b'{"reason": "r", "source_file": "a", "offset": 9, "raw": "{}"}'
    bad = b'{"reason": "r", "raw": "{"type": "A"}'
    found = read(b"\n".join([line, bad, line]))
    assert found == [
        accepted(0, b"{}"),
        refused(len(line) + 1, bad, MALFORMED),
        accepted(len(line) + len(bad) + 2, b"{}"),
    ]
