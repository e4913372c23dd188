"""The reader against the oracle: the same pieces, whatever the log, the limits and the splits."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sflydwh.reader import blocks
from sflydwh.reader.pieces import Limits
from tests.oracle import Piece, judge, pieces_to_judge
from tests.reader.logs import EVENT, limits, logs, logs_with_rejects
from tests.reader.reading import Row, content, read, rows_of, source_of

# What begins like UTF-16 is UTF-16, and its bytes are not the content.
any_log = (logs() | logs() | logs_with_rejects()).filter(lambda data: not data.startswith((b"\xff\xfe", b"\xfe\xff")))
cuts = st.lists(st.integers(0, 2_000), max_size=4)
often = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def oracle_rows(data: bytes, limits: Limits) -> list[Row]:
    def raw_of(piece: Piece) -> bytes:
        return piece.raw[: limits.kept_bytes] if piece.reason == "too_large" else piece.raw

    return [
        Row(piece.offset, judge(piece.fields) if piece.fields is not None else str(piece.reason), raw_of(piece))
        for piece in pieces_to_judge(content(data), limits.event_bytes)
    ]


@often
@given(any_log, limits())
def test_the_rows_are_the_pieces_of_the_oracle(data: bytes, limits: Limits) -> None:
    assert read(data, limits) == oracle_rows(data, limits)


@often
@given(any_log, limits(), cuts)
def test_cut_into_splits_the_rows_are_those_of_the_oracle(data: bytes, limits: Limits, cuts: list[int]) -> None:
    cuts = [cut % (len(data) + 1) for cut in cuts]
    assert read(data, limits, cuts) == oracle_rows(data, limits)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_log.filter(lambda data: len(data) <= 300), limits())
def test_every_single_cut_gives_the_rows_of_the_whole_file(data: bytes, limits: Limits) -> None:
    with source_of(data) as source:
        whole = rows_of(source, limits)
        for cut in range(1, len(data)):
            assert (cut, rows_of(source, limits, [cut])) == (cut, whole)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_log, limits(), cuts)
def test_without_raw_nothing_but_raw_is_missing(data: bytes, limits: Limits, cuts: list[int]) -> None:
    cuts = [cut % (len(data) + 1) for cut in cuts]
    expected = [row._replace(raw=None) for row in oracle_rows(data, limits)]
    assert read(data, limits, cuts, with_raw=False) == expected


def test_lines_too_long_to_hold_give_the_rows_of_the_oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_STEP_BYTES", 7)

    @often
    @given(any_log, st.sampled_from((b"", EVENT + b"\n")), st.integers(0, 60), st.integers(3, 20), cuts)
    def check(data: bytes, first: bytes, event_bytes: int, block_bytes: int, cuts: list[int]) -> None:
        small = Limits(event_bytes, event_bytes // 2, block_bytes)
        data = first + data
        cuts = [cut % (len(data) + 1) for cut in cuts]
        assert read(data, small, cuts) == oracle_rows(data, small)

    check()
