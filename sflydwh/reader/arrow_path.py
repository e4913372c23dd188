"""The fast path: many clean candidates parsed at once by Arrow.

Arrow's JSON parser is not strict, so a candidate gets here only where it is
exact, and cheap checks over the whole block decide that: it is one line from
``{`` to ``}``, valid UTF-8 without NUL, and without the words that Arrow takes
for numbers. Then no event can span lines (``}`` is never followed by ``{``
inside JSON), and as many rows as lines means one object a line. Arrow refuses
the rest itself: bad grammar, a field that we read given twice, a value of
another type than text.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from sflydwh.reader.candidates import Candidates, Places
from sflydwh.reader.fields import CUSTOMER_ID, FIELDS, KEY, TOTAL_AMOUNT, TYPE
from sflydwh.reader.pieces import Limits

FIELDS_SCHEMA: Final = pa.schema([(name, pa.string()) for name in FIELDS])

_NOT_JSON_WORDS: Final = (b"NaN", b"Inf")
_FAULTY_ROW: Final = re.compile(r"in row ([0-9]+)")
# Each try costs as much as its run is long.
_RUN_ROWS: Final = 512
_ROWS_PER_FAULT: Final = 64
_INTEGER: Final = rb"0|-?[1-9][0-9]*"
_NUMBER: Final = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
# `-0` and what is no integer are not the text of an id: the exact path knows.
_NUMBERS: Final = {
    name: re.compile(rb'("%s"[ \t]*:[ \t]*)(%s)(?=[ \t]*[,}])' % (name.encode(), pattern))
    for name, pattern in ((CUSTOMER_ID, _INTEGER), (KEY, _INTEGER), (TOTAL_AMOUNT, _NUMBER))
}
_NUMBER_FIELD: Final = re.compile(rf"Column\(/({'|'.join(_NUMBERS)})\) changed from string to number")
_OPEN, _CLOSE, _SPACE = 0x7B, 0x7D, 0x20


class Parsed(NamedTuple):
    """What Arrow made of the candidates.

    Attributes:
        rows: the fields of the candidates taken, a text or null each.
        taken: the candidates' numbers, in order, one for each row.
        left: the numbers of those that the exact path must judge.
    """

    rows: pa.Table
    taken: Places
    left: Places


def parse(candidates: Candidates, limits: Limits) -> Parsed:
    """Parse what is clean in a block and name the rest."""
    clean = _is_clean(candidates, limits)
    for number in np.flatnonzero(~clean):
        candidates.data[candidates.starts[number] : candidates.ends[number]] = _SPACE
    tables, taken = _parse_runs(candidates, np.flatnonzero(clean))
    rows = pa.concat_tables(tables) if tables else FIELDS_SCHEMA.empty_table()
    if rows[TYPE].null_count:
        # Rare, and perhaps a line of a rejects file: the exact path knows.
        typed = np.asarray(pc.is_valid(rows[TYPE]))
        rows, taken = rows.filter(pa.array(typed)), taken[typed]
    left = np.setdiff1d(np.arange(len(clean)), taken, assume_unique=True)
    return Parsed(rows, taken, left)


def _is_clean(candidates: Candidates, limits: Limits) -> np.ndarray:
    data, starts, ends, _ = candidates
    clean: np.ndarray = (data[starts] == _OPEN) & (data[ends - 1] == _CLOSE)
    clean &= ends - starts <= limits.event_bytes
    for place in _suspicious_bytes(data.tobytes()):
        clean[np.searchsorted(starts, place, "right") - 1] = False
    return clean


def _suspicious_bytes(block: bytes) -> list[int]:
    """The places of what Arrow would take and JSON does not."""
    places = []
    for word in (*_NOT_JSON_WORDS, b"\0"):
        # From the right: CPython finds nothing twice as fast in that direction.
        place = block.rfind(word)
        while place >= 0:
            places.append(place)
            place = block.rfind(word, 0, place)
    return places if block.isascii() else places + _not_utf8(block)


def _not_utf8(block: bytes) -> list[int]:
    places = []
    begin = 0
    while begin < len(block):
        try:
            block[begin:].decode("utf-8")
            break
        except UnicodeDecodeError as error:
            places.append(begin + error.start)
            line_end = block.find(b"\n", begin + error.start)
            begin = len(block) if line_end < 0 else line_end + 1
    return places


def _parse_runs(candidates: Candidates, clean: Places) -> tuple[list[pa.Table], Places]:
    """Parse all at once, or where Arrow refuses a row, run by run."""
    whole = _parse_lines(candidates, clean) if len(clean) else 0
    if isinstance(whole, pa.Table):
        return [whole], clean
    parsed = [
        part
        for begin in range(0, len(clean), _RUN_ROWS)
        for part in _parse_run(candidates, clean[begin : begin + _RUN_ROWS])
    ]
    taken = [rows for _, rows in parsed]
    return [table for table, _ in parsed], np.concatenate(taken) if taken else clean[:0]


def _parse_run(candidates: Candidates, run: Places) -> Iterator[tuple[pa.Table, Places]]:
    """Parse a short run: a row that Arrow refuses divides it, and is left out.

    Which row that was is read from Arrow's message. It is only a hint: what is
    parsed is taken for its number of rows alone. Where faults are many the
    exact path is faster for what remains.
    """
    patience = len(run) // _ROWS_PER_FAULT + 1
    while len(run) and patience:
        patience -= 1
        result = _parse_lines(candidates, run)
        if isinstance(result, pa.Table):
            yield result, run
            return
        before, run = run[:result], run[result + 1 :]
        result = _parse_lines(candidates, before) if len(before) else 0
        if isinstance(result, pa.Table):
            yield result, before


def _parse_lines(candidates: Candidates, run: Places) -> pa.Table | int:
    """One table of as many rows as lines, or the number of the first row at fault."""
    block = pa.py_buffer(candidates.data[candidates.starts[run[0]] : candidates.ends[run[-1]]])
    quoted: set[str] = set()
    while True:
        try:
            table = _read_json(block)
        except pa.ArrowInvalid as error:
            number_field = _NUMBER_FIELD.search(str(error))
            if number_field and number_field[1] not in quoted:
                quoted.add(number_field[1])
                block = pa.py_buffer(_quote_numbers(block, number_field[1]))
                continue
            fault = _FAULTY_ROW.search(str(error))
            return min(int(fault[1]), len(run) - 1) if fault else 0
        return table if table.num_rows == len(run) else 0


def _read_json(block: pa.Buffer) -> pa.Table:
    return pj.read_json(
        pa.BufferReader(block),
        read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
        parse_options=pj.ParseOptions(explicit_schema=FIELDS_SCHEMA, unexpected_field_behavior="ignore"),
    )


def _quote_numbers(block: pa.Buffer, field: str) -> bytes:
    """The block with the numbers of a field as texts, for Arrow would not give them as they are written.

    A valid number becomes a valid string in the same place, so what is strict
    JSON stays it, and what is not does too; other numbers are left to be refused.
    """
    return _NUMBERS[field].sub(rb'\1"\2"', block.to_pybytes())
