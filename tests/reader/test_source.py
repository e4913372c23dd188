"""Files as runs of bytes: what is content, and files that are not what they were."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.errors import InputError
from sflydwh.formats.named import format_of
from sflydwh.reader import source as source_module
from sflydwh.reader import unpack
from sflydwh.reader.source import MOST_BYTES, open_source
from tests.reader.reading import BOM, SFLY, accepted, read, refused, source_of

A = b'{"type":"A"}'


def content_of(data: bytes) -> tuple[int, bytes]:
    """Where the content starts, and what it is."""
    with source_of(data) as source:
        return source.start, source.read(source.start, len(data))


@pytest.mark.parametrize(
    "data", [b"", b"a", A + b"\n", b"\xef\xbb", b"x" + BOM, b'{"events": 1}', b'"events": [1]', b"[]}"]
)
def test_all_of_a_plain_file_is_content(data: bytes) -> None:
    assert content_of(data) == (0, data)


def test_a_byte_order_mark_is_no_content_and_counts_in_offsets() -> None:
    assert content_of(BOM) == (3, b"")
    assert content_of(BOM + b"a" + BOM) == (3, b"a" + BOM)
    assert read(BOM + A) == [accepted(3, A, type="A")]


WRAPPED = [
    (b'{"events": [', b"", b"]}"),
    (b'{"events":[', b"\n", b"]}\n"),
    (b' \r\n{\t"events"\n:\n [', A, b"]\r\n}\n\n"),
    (b'{"events": [\n', A + b",\n" + A, b"\n]}"),
    (b'{"events": [', A + b", " + A, b"]}"),
    (BOM + b'{"events": [', A, b"]}"),
    (b'{"events": [', A * 40_000, b"]}"),
    (b'{"events": [\n', (A + b",\n") * 40_000, b"]}\n"),
    (b'{"events": [\n', b'{"type":"A","tags":[1]}\n', b"]}\n"),
]


@pytest.mark.parametrize(("opening", "events", "closing"), WRAPPED)
def test_what_is_wrapped_around_an_array_is_no_content(opening: bytes, events: bytes, closing: bytes) -> None:
    start, content = content_of(opening + events + closing)
    assert start == len(opening.rstrip())
    assert content.strip() == events.strip()


@pytest.mark.parametrize(
    "data",
    [
        b'{"events": [1], "type": "A"}',
        b'{"events": [1]}\n' + A,
        b'{"events": [1]}' * 2,
        b'[{"events": [1]}]',
        b'{"type": "A", "events": [1]}',
        b'{"Events": [1]}',
    ],
)
def test_an_event_that_has_a_field_of_that_name_is_no_wrapper(data: bytes) -> None:
    assert content_of(data) == (0, data)


@pytest.mark.parametrize("tail", [b', "total": 2}', b"", b"]", b"}", b"]}]"])
def test_what_does_not_close_a_wrapper_is_content(tail: bytes) -> None:
    data = b'{"events": [\n' + A + b"\n" + tail
    assert content_of(data) == (12, data[12:])


def test_an_event_that_ends_like_a_wrapper_is_whole_where_the_wrapper_is_left_open() -> None:
    event = b'{"type":"A","tags":[1]}'
    assert read(b'{"events": [\n' + event) == [accepted(13, event, type="A")]
    broken = b'{"events": [1]}'
    assert read(b'{"events": [\n' + A + b",\n" + broken)[1] == accepted(27, broken)


def test_rejects_in_a_wrapper_are_told_at_their_place() -> None:
    data = b'{"events": [\n' + A + b",\noops,\n" + A + b"\n]}\n"
    expected = [accepted(13, A, type="A"), refused(27, b"oops,", "malformed_json"), accepted(33, A, type="A")]
    assert read(data) == expected
    for cut in range(1, len(data)):
        assert read(data, cuts=[cut]) == expected


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=8))
def test_an_unpacked_file_can_be_read_anywhere(data: bytes, reads: list[tuple[int, int]]) -> None:
    data = b"x" + data
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpack, "_PART_BYTES", 7)
        patch.setattr(source_module, "_EDGE_BYTES", 10)
        with source_of(gzip.compress(data)) as source:
            assert (source.start, source.end, source.can_be_cut) == (0, MOST_BYTES, False)
            for offset, length in reads:
                assert source.read(offset, length) == data[offset : offset + length]


def test_a_plain_file_is_read_anywhere_and_no_further_than_its_end() -> None:
    with source_of(b"abcdef") as source:
        assert source.can_be_cut
        assert [source.read(2, 3), source.read(0, 99), source.read(5, 9), source.read(6, 1), source.read(9, 9)] == [
            b"cde", b"abcdef", b"f", b"", b"",
        ]  # fmt: skip


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "no such.dat")
    with pytest.raises(InputError, match="cannot read .*no such.dat: [^\n]*\\Z"), open_source(path, 0):
        pass


@pytest.mark.parametrize("planned", [0, 2, 4])
def test_a_file_of_another_size_than_planned_is_refused(planned: int, tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"abc")
    message = f"a.dat changed while it was read: {planned} bytes before, 3 now"
    with pytest.raises(InputError, match=message), open_source(str(path), planned):
        pass


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("size", [0, 5, 1_000])
def test_a_file_that_changes_its_size_while_it_is_read_is_refused(pack: type, size: int, tmp_path: Path) -> None:
    data = pack(A * 10)
    path = tmp_path / "a.dat"
    path.write_bytes(data)
    with pytest.raises(InputError, match="a.dat changed while it was read"):
        with open_source(str(path), len(data)) as source:
            source.read(0, 12)
            path.write_bytes((data * 20)[:size])


def test_what_a_shrunk_file_lacks_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(A * 10)
    with pytest.raises(InputError, match="changed while it was read: it ends at byte 50"):
        with open_source(str(path), 120) as source:
            path.write_bytes((A * 10)[:50])
            source.read(40, 30)


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    for name in ("a b.dat", "[1].dat", "*.dat", "é%20#?.dat", "a.gz"):
        path = tmp_path / name
        path.write_bytes(A)
        with open_source(str(path), len(A)) as source:
            assert source.read(0, 99) == A


def test_a_uri_is_opened_on_its_file_system(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(A)
    with open_source(path.as_uri(), len(A)) as source:
        assert source.read(0, 99) == A


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_only_the_models_own_format_has_a_wrapper_of_events(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = b'{"events":["login"],"id":"1","t":"2024-01-01"}'
    file = tmp_path / "log"
    file.write_bytes(pack(data))
    for log_format, content in ((format_of("segment"), data), (SFLY, data[11:])):
        with open_source(str(file), file.stat().st_size, None, log_format) as source:
            assert source.read(source.start, 1000) == content
