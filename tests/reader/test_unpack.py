"""Compressed files and UTF-16: the same rows as the plain file, or an error."""

import bz2
import gzip
import lzma
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sflydwh.errors import InputError
from sflydwh.reader.pieces import Limits
from sflydwh.reader.unpack import packing_of
from tests.oracle.rules import Event
from tests.reader.logs import limits, logs
from tests.reader.reading import PACKED, accepted, read, refused

Pack = Callable[[bytes], bytes]
A = b'{"type":"A"}'


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue().to_pybytes())


CODECS: dict[str, Pack] = {"gzip": gzip.compress, "bz2": bz2.compress, "zstd": zstd, "xz": lzma.compress}
any_codec = pytest.mark.parametrize("pack", CODECS.values(), ids=CODECS)


@any_codec
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=logs(), limits=limits())
def test_a_compressed_log_gives_the_rows_of_the_plain_one(pack: Pack, data: bytes, limits: Limits) -> None:
    assert read(pack(data), limits) == read(data, limits)


@any_codec
def test_a_log_of_many_parts(pack: Pack) -> None:
    event = b'{"type":"CUSTOMER","key":"%d","event_time":"2017-01-06"},\n'
    data = b"".join(event % number for number in range(100_000))
    found = read(pack(data))
    assert [row.outcome.customer_id for row in found if isinstance(row.outcome, Event)] == [
        str(number) for number in range(100_000)
    ]
    last = event % 99_999
    fields = {"type": "CUSTOMER", "key": "99999", "event_time": "2017-01-06"}
    assert found[-1] == accepted(len(data) - len(last), last[:-2], **fields)


@any_codec
def test_streams_one_after_the_other_are_one_content(pack: Pack) -> None:
    assert [row.offset for row in read(pack(A + b"\n") + pack(A[:5]) + pack(A[5:]))] == [0, 13]


@any_codec
@pytest.mark.parametrize("data", [b"", b"[]\n"])
def test_an_empty_log_is_empty_when_compressed(pack: Pack, data: bytes) -> None:
    assert read(pack(data)) == []


@any_codec
@pytest.mark.parametrize("streams", [1, 2])
def test_a_file_cut_short_is_an_error(pack: Pack, streams: int) -> None:
    whole = pack((A + b"\n") * 50)
    for kept in (8, len(whole) // 2, len(whole) - 1):
        with pytest.raises(InputError, match="cannot read .*: damaged (gzip|bz2|zstd|xz): [^\n]+\\Z"):
            read(whole * (streams - 1) + whole[:kept])


@any_codec
def test_what_follows_a_stream_is_not_ignored(pack: Pack) -> None:
    with pytest.raises(InputError, match="damaged"):
        read(pack(A) + b"\n" + A)


@pytest.mark.parametrize("codec", ["gzip", "bz2", "xz"])  # zstd's checksum is optional
def test_a_changed_byte_is_an_error(codec: str) -> None:
    data = bytearray(CODECS[codec](A * 50))
    data[len(data) // 2] ^= 1
    with pytest.raises(InputError, match=f"damaged {codec}"):
        read(bytes(data))


def test_xz_streams_may_have_padding_between() -> None:
    assert len(read(lzma.compress(A) + b"\0" * 8 + lzma.compress(A) + b"\0" * 4)) == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, *CODECS.values()], ids=["plain", *CODECS])
def test_utf_16_gives_the_rows_of_utf_8(pack: Pack, encoding: str) -> None:
    event, broken = '{"type":"é€\U0001f600"}', "oops\u2028,"
    found = read(pack(f'\ufeff[{event},\r\n{broken}\n{{"type":"A"}}]'.encode(encoding)))
    at = len(f"[{event},\r\n".encode())
    assert found == [
        accepted(1, event.encode(), type="é€\U0001f600"),
        refused(at, broken.encode(), "malformed_json"),
        accepted(at + len(broken.encode()) + 1, A, type="A"),
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(['{"type":"A"}', "\n", "é", "\U0001f600", "\ud83d", '{"type":"\udc00"}', "{", " "])).map(
        "".join
    )
)
def test_half_a_character_of_utf_16_is_refused_with_its_event(text: str) -> None:
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # joins halves
    found = read(f"\ufeff{text}".encode("utf-16", "surrogatepass")[2:])
    assert found == read(text.encode("utf-8", "surrogatepass"))


def test_utf_16_cut_within_a_unit_is_an_error() -> None:
    with pytest.raises(InputError, match="damaged UTF-16"):
        read("\ufeff{}".encode("utf-16-le") + b"x")


@pytest.mark.parametrize("data", [b"PK\x03\x04x", "{}".encode("utf-32"), "\ufeff{}".encode("utf-32-be")])
def test_what_is_not_unpacked_is_refused_with_a_word_of_advice(data: bytes) -> None:
    with pytest.raises(InputError, match="; (unpack it|convert it to UTF-8) first"):
        read(data)


@pytest.mark.parametrize(
    "head", [b"", b"{", b"\x1f", b"B", b"BZ", b"[\x1f\x8b", b"\xef\xbb\xbf{", b"\xff", b"\xfd7zXZ"]
)
def test_all_else_is_plain(head: bytes) -> None:
    assert packing_of(head, "a.gz") is None
    assert not head.startswith(PACKED)
