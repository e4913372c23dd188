"""The fast path: it takes nothing that the exact path would not take, and the same fields."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader.fast_path import FastPath
from sflydwh.reader.records import BEGIN, END, Records
from sflydwh.reader.scanner import Kind, segments
from sflydwh.reader.tables import tables_of
from sflydwh.reader.tokens import Bytes
from tests import PROJECT
from tests.reader.logs import EVENT, damage, events, logs, typical_events
from tests.reader.reading import SFLY

A = EVENT
ANY_SIZE = 1 << 30


def path_of(event_bytes: int = ANY_SIZE) -> FastPath:
    tables = tables_of(SFLY)
    assert tables is not None
    return FastPath(tables, len(SFLY.places.paths), event_bytes)


def raws(data: Bytes, records: Records) -> list[bytes]:
    """The bytes of each record."""
    return [data[begin:end].tobytes() for begin, end in records.made[:, [BEGIN, END]]]


def of_lines(block: bytes, event_bytes: int = ANY_SIZE) -> tuple[list[bytes], list[bytes]]:
    """The events taken, and the lines left."""
    data, records, left = path_of(event_bytes).take_lines(block)
    return raws(data, records), [block[begin:end] for begin, end in left]


def of_stream(block: bytes, event_bytes: int = ANY_SIZE) -> tuple[list[bytes], int]:
    """The events taken, and where that ended."""
    fast = path_of(event_bytes)
    fast.start_stream(block)
    end = fast.go_on(0)
    return raws(*fast.taken_of_stream()), end


CLEAN = [
    b'{"type":"ORDER","verb":"NEW","key":"k","customer_id":"c","event_time":"2017-01-06T1:2:3 Z","total_amount":"$1 USD"}',
    b'[{"note":[{"type":1}],"type":"IMAGE","key":null,"customer_id":7,"event_time":"2017-1-6"},',
    ' {"type":"CUSTOMER","other":1e40,"x":{"\\u00e9":["\\"",true,null,-0.5E+3]},"key":"c\u2028","event_time":"2017-1-6"} ,'.encode(),
    b'{ "type" :\t"ORDER" , "customer_id" : -7 , "total_amount" : 12.50 , "verb":7,"event_time":"2017-01-06", "key":{} }',
]


def test_clean_lines_are_all_taken() -> None:
    taken, left = of_lines(b"\r\n".join(CLEAN))
    assert left == []
    assert taken == [line.strip(b"[], ") for line in CLEAN]


@pytest.mark.parametrize("block", [b"", b"\n", b"\r\n\r\r\n", b" \t\n", b"[\n]\n,,\n", b"["])
def test_a_block_without_content_gives_nothing(block: bytes) -> None:
    assert of_lines(block) == ([], [])
    assert of_stream(block) == ([], len(block))


def test_a_line_of_nothing_but_events_gives_each_of_them() -> None:
    assert of_lines(b"[" + A + b"," + A + b"]\n " + A + A + b" [],\n") == ([A] * 4, [])


@pytest.mark.parametrize("line", [A + b" x", b"x" + A, A + A[:-1], A + b'{"type":"B","type":"C"}', A + b'"'])
def test_a_line_that_holds_anything_else_is_left_whole(line: bytes) -> None:
    for line_break in (b"\n", b"\r", b"\r\n"):
        assert of_lines(line_break.join([A, line, A])) == ([A, A], [line])


NOT_FOR_THE_FAST_PATH = [
    b'{"type":"A","x":NaN}', b'{"type":"A","x":-Infinity}', b'{"type":"A","x":Inf}', b'{"type":"A","x":[{"y":NaN}]}',
    b'{"type":"A","x":"\xff"}', b'{"type":"A","\xc3":1}', b'{"type":"A","x":"\xed\xa0\x80"}', b'{"type":"A","x":"\xc0\x80"}',
    b'{"type":"A","x":"\xe0\x80\x80"}', b'{"type":"A","x":"\xf0\x80\x80\x80"}', b'{"type":"A","x":"\xf4\x90\x80\x80"}',
    b'{"type":"A","x":"\xf5\x80\x80\x80"}', b'{"type":"A","x":"\xe2\x82"}', b'{"type":"A","x":"\xe2\x82', b'{"type":"A","x":"\xf0\x9f\x98',
    b'{"type":"A","x":"\0"}', b'{"type":"A"\0}', b'{"type":"A"}\0', b'{"type":"A","x":"\t"}', b'{"type":"A","x":"\\ud800"}',
    b'{"type":"A","x":"\\udc00"}', b'{"type":"A","\\udc00":1}', b'{"type":"A","x":"\\x"}', b'{"type":"A","x":"\\u12g4"}',
    b'{"type":"A","x":"\\u12', b'{"type":"A","x":"\\', b'{"type":"A","x":01}', b'{"type":"A","x":-}', b'{"type":"A","x":-01}',
    b'{"type":"A","x":1.}', b'{"type":"A","x":+1}', b'{"type":"A","x":.5}', b'{"type":"A","x":1e}', b'{"type":"A","x":1e+}', b'{"type":"A",}',
    b'{"type":"A","x":[1,]}', b'{"type":"A" "x":1}', b'{"type":"A","x":tru}', b'{"type":"A","x":nul', b'{"type":"A","x":True}', b'{"type":"A","x"}',
    b'{"type":"A"/**/}', b'{"type":"A"}//{}', b'{"type":"A","x":}', b'{"type":"A",,"x":1}', b'{"type":"A","x":[}', b'{"type":"A","x":{]}',
    b'{"type":"A","x":[1}}', b'{"type":"A","x":{"y":1]}', b'{"type":"A","x":["y":1]}', b'{"type":"A","x":{1}}',
    b'{"type":"A"} x {}', b'{"type":"A"}}', b"{'type':'A'}", b'{type:"A"}',
    b'{{"type":"A"}', b'{"type":"A","x":{}', b'{"type":"A","x":[{}', b'"x":1}', b'{"type":"A"', b"null", b'"{}"', b"{",
    b"{}", b'{"key":"x"}', b'{"type":"SURVEY","customer_id":"c","event_time":"2017-01-06"}', b'{"type":"IMAGE","customer_id":"c"}',
    b'{"type":"IMAGE","event_time":"2017-01-06"}', b'{"type":"ORDER","customer_id":"c","event_time":"2017-01-06"}', b'{"type":null}', b'{"type":1}', b'{"type":"A","key":-0}', b'{"type":"A","customer_id":-0}',
    b'{"type":"A\\n"}', b'{"type":"A","\\n":1}', b'{"type":"A","customer_id":"\\u00e9"}', b'{"type":"A","t\\u0079pe":"A"}',
    b'{"type":"A","type":"A"}', b'{"type":"A","type":null}', b'{"type":"A","key":1,"key":"1"}',
    b'{"type":null,"type":"A"}', b'{"type":"A","key":null,"key":null}', b'{"type":"A","\\u006bey":"a","key":"a"}',
    b'{"reason":"r","source_file":"s","offset":1,"raw":"{}"}', b'{"type":"A","x":' + b"[" * 99 + b"]" * 99 + b"}",
]  # fmt: skip


NOT_FOR_THE_FAST_PATH = [line.replace(b'{"type":"A"', EVENT[:-1]) for line in NOT_FOR_THE_FAST_PATH]


@pytest.mark.parametrize("line", NOT_FOR_THE_FAST_PATH)
def test_what_needs_judgement_is_left_and_costs_no_other_line(line: bytes) -> None:
    for lines in ([line], [line, A], [A, line], [A, A, line, A, A]):
        assert of_lines(b"\n".join(lines)) == ([A] * (len(lines) - 1), [line])


@pytest.mark.parametrize("text", [line for line in NOT_FOR_THE_FAST_PATH if not line.startswith(A)])
def test_in_a_stream_the_fast_path_stops_before_what_needs_judgement(text: bytes) -> None:
    assert of_stream(b"[" + A + b",\n" + text + b"," + A) == ([A], 3 + len(A))


def test_in_a_stream_an_event_may_go_on_over_lines() -> None:
    event = EVENT[:-1] + b',\n"x":\n[\n1\n,\n{\n}\n]\n}'
    assert of_stream(b"[" + event + b",\n\n" + event + b"]") == ([event, event], 2 * len(event) + 5)
    assert of_lines(event)[0] == []


def test_in_a_stream_the_fast_path_goes_on_where_it_is_told() -> None:
    block = A + b"oops" + A
    fast = path_of()
    fast.start_stream(block)
    assert fast.go_on(0) == len(A)
    assert fast.go_on(len(A) + 4) == len(block)
    assert raws(*fast.taken_of_stream()) == [A, A]


def test_an_event_above_the_size_limit_is_left() -> None:
    long = A[:-1] + b" }"
    assert of_lines(b"\n".join([A, long, A]), len(A)) == ([A, A], [long])
    assert of_stream(A + long + A, len(A)) == ([A], len(A))


def test_every_cut_of_an_event_is_left_and_nothing_beyond_it_is_read() -> None:
    event = EVENT[:-1] + ',"x":[1.5e-3,"\\u00e9\\n€😀",{"y":[true,null]}],"total_amount":-12}'.encode()
    for size in range(1, len(event)):
        assert of_lines(event[:size]) == ([], [event[:size]])
        assert of_stream(event[:size]) == ([], 0)


def test_the_smallest_events_all_find_room() -> None:
    least = EVENT
    assert of_lines(least * 1000)[0] == [least] * 1000
    assert of_lines((least + b"\n") * 1000 + b"{")[0] == [least] * 1000
    assert of_lines(b"x\n" * 1000 + b"x")[1] == [b"x"] * 1001
    assert of_stream(least * 1000 + b"{") == ([least] * 1000, 1000 * len(least))


def test_a_block_may_be_a_little_larger_than_the_one_before() -> None:
    fast = path_of()
    for lines in range(100, 130):
        block = b"x\n" * lines
        _, _, left = fast.take_lines(block)
        assert [block[begin:end] for begin, end in left] == [b"x"] * lines


@settings(max_examples=200, deadline=None)
@given(st.lists(typical_events() | events() | damage(), max_size=12))
def test_what_is_not_taken_is_left(lines: list[bytes]) -> None:
    _, records, left = path_of().take_lines(b"\n".join(lines))
    lost = b"\n".join(lines)
    for begin, end in sorted([*records.made[:, [BEGIN, END]].tolist(), *left.tolist()], reverse=True):
        lost = lost[:begin] + lost[end:]
    assert lost.strip(b",[] \t\r\n") == b""


@settings(max_examples=200, deadline=None)
@given(logs())
def test_of_a_stream_is_taken_what_the_scanner_finds(block: bytes) -> None:
    found, end = of_stream(block)
    scanned = [segment for segment in segments(block, 0, ANY_SIZE, 0) if segment.offset < end]
    assert [(segment.kind, segment.raw) for segment in scanned] == [(Kind.OBJECT, raw) for raw in found]


def test_what_is_loaded_ahead_is_all_that_a_log_needs() -> None:
    """In a process of its own: what other tests made the compiler compile is not there."""
    program = """
from numba.core.dispatcher import Dispatcher
from sflydwh.formats.named import format_of
from sflydwh.reader.rows import load_fast_path, rows, settled_of
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits
from sflydwh.reader import arrays, fast_path, fill, grammar, id_table, instants, packing, plain, resolve, templates, tokens, words
from sflydwh.reader import times_by_customer
from tests.reader.reading import source_of
modules = (arrays, fast_path, fill, grammar, id_table, instants, packing, plain, resolve, templates, times_by_customer, tokens, words)
found = lambda: [len(f.signatures) for m in modules for f in vars(m).values() if isinstance(f, Dispatcher)]
load_fast_path()
ahead = found()
sfly = b'{"type":"ORDER","key":"k","customer_id":"c","total_amount":"5 USD","event_time":"2017-01-06T12:00:00Z"}'
segment = b'{"type":"track","event":"Order Completed","userId":"c","timestamp":"2017-01-06","properties":{"order_id":1,"total":2}}'
visits = b"\\n".join(b'{"type":"SITE_VISIT","customer_id":"c%d","event_time":"2017-01-06"}' % n for n in range(2000))
for name, event in (("sfly", sfly), ("sfly", visits), ("segment", segment)):
    for log in (event, event + b"\\n" + event + b"\\nno event", b"[" + event + b"," + event + b"]"):
        for gives in Gives:
            for identity in ("time", "key", "none"):
                with source_of(log) as source:
                    form = Form.STREAM if log[:1] == b"[" else Form.LINES
                    reading = Reading(format_of(name), identity, Limits(), gives)
                    settled = settled_of(reading)
                    list(rows(source, form, (0, len(log)), Where("", 0, 0), reading, settled))
                    list(settled.batches() if settled else ())
assert any(ahead) and found() == ahead, (ahead, found())
"""
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True)
