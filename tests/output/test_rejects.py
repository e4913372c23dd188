"""The lines of a rejects file."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.output.rejects import reject_line, reject_lines


def test_a_reject_is_one_json_line() -> None:
    line = reject_line("malformed_json", "a b.dat", 2**40, '{"é": 1,}\t"'.encode())
    assert line.endswith(b"}\n")
    assert json.loads(line) == {
        "reason": "malformed_json",
        "source_file": "a b.dat",
        "offset": 2**40,
        "raw": '{"é": 1,}\t"',
    }


def test_bytes_that_are_no_utf8_are_given_in_base64() -> None:
    found = json.loads(reject_line("malformed_json", "a.dat", 0, b'{"a": "\xff"}'))
    assert base64.b64decode(found.pop("raw_base64")) == b'{"a": "\xff"}'
    assert found == {"reason": "malformed_json", "source_file": "a.dat", "offset": 0}


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_come_back_from_a_single_line(raw: bytes) -> None:
    line = reject_line("malformed_json", "a.dat", 0, raw)
    found = json.loads(line)
    back = found["raw"].encode() if "raw" in found else base64.b64decode(found["raw_base64"])
    assert (back, line.count(b"\n"), b"\r" in line) == (raw, 1, False)


def test_rejects_are_written_in_the_order_of_their_rows(engine: Engine) -> None:
    rows = [
        ("invalid_amount", "a.dat", 7, b"{}", None),
        ("malformed_record", "a.csv", 3, b"\xff", "id,total"),
        ("too_large", "b", 0, b"", None),
    ]
    schema = "reason string, source_file string, offset bigint, raw binary, header string"
    frame = engine.session.createDataFrame(rows, schema)
    assert list(reject_lines(frame)) == [reject_line(*row) for row in rows]
