"""Recognise compressed files and UTF-16 by their first bytes, and turn them into UTF-8 part by part."""

import codecs
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pyarrow as pa

from sflydwh.errors import InputError, first_line

_PART_BYTES: Final = 1 << 20

_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
}
_UTF16_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_ARCHIVE: Final = b"PK\x03\x04"


class Packing(NamedTuple):
    """How a file's content is packed.

    Attributes:
        codec: `gzip`, `bz2`, `zstd`, `xz`, or None where it is not compressed.
    """

    codec: str | None


def packing_of(head: bytes, path: str) -> Packing | None:
    """How a file is packed, by its first bytes; None where it is plain.

    Raises:
        InputError: it is something that has to be unpacked or converted by hand.

    >>> packing_of(b"BZh91AY&SY", "a.dat"), packing_of(b'{"type": "ORDER"}', "b.gz")
    (Packing(codec='bz2'), None)
    """
    if head.startswith(_ARCHIVE):
        raise InputError(f"{path} is a ZIP archive; unpack it first")
    if head.startswith(_UTF32_BOMS):
        raise InputError(f"{path} is UTF-32; convert it to UTF-8 first")
    for magic, codec in _MAGIC.items():
        if head.startswith(magic):
            return Packing(codec)
    return Packing(None) if head.startswith(_UTF16_BOMS) else None


def unpacked(path: str, file: pa.NativeFile, packing: Packing) -> Iterator[bytes]:
    """The content of a packed file as UTF-8, in parts.

    Raises:
        InputError: it is damaged, or cut short.
    """
    file.seek(0)
    packed = _Counted(path, file)
    parts = _raw_parts(packed) if packing.codec is None else _decompressed(packed, packing.codec)
    try:
        yield from _as_utf8(parts)
    except (OSError, pa.ArrowException, lzma.LZMAError, zlib.error, EOFError, UnicodeDecodeError) as error:
        kind = packing.codec or "UTF-16"
        raise InputError(f"cannot read {path}: damaged {kind}: {first_line(error)}") from error
    if packed.count != file.size():
        raise InputError(f"{path} changed while it was read: {packed.count} of its {file.size()} bytes could be read")


class _Counted:
    """A file that counts the bytes read from it, so that one that ends early is noticed.

    It stays open when one reader is done, because others read it again.
    """

    closed = False

    def __init__(self, path: str, file: pa.NativeFile) -> None:
        self.count = 0
        self._path = path
        self._file = file

    def read(self, length: int) -> bytes:
        """The next bytes; what keeps them from being read is no damage of theirs."""
        try:
            data: bytes = self._file.read(length)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"cannot read {self._path}: {first_line(error)}") from error
        self.count += len(data)
        return data

    def close(self) -> None:
        """Nothing."""


def _raw_parts(file: _Counted | pa.CompressedInputStream) -> Iterator[bytes]:
    while part := file.read(_PART_BYTES):
        yield part


def _decompressed(file: _Counted, codec: str) -> Iterator[bytes]:
    if codec in _STREAMS:
        return _decompressed_streams(file, _STREAMS[codec])
    return _raw_parts(pa.CompressedInputStream(pa.PythonFile(file, "rb"), codec))


class _Gzip:
    """A decompressor of one gzip stream, with the methods of `lzma.LZMADecompressor`."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)


_STREAMS: Final[dict[str, Callable[[], Any]]] = {"gzip": _Gzip, "xz": lzma.LZMADecompressor}


def _decompressed_streams(file: _Counted, decompressor_of: Callable[[], Any]) -> Iterator[bytes]:
    """Streams one after the other, and NUL bytes between and after them, as `xz` and `gzip` themselves read them."""
    decompressor = decompressor_of()
    data = file.read(_PART_BYTES)
    while data or not decompressor.needs_input:
        yield decompressor.decompress(data, _PART_BYTES)
        data = b""
        if decompressor.eof:
            data = decompressor.unused_data.lstrip(b"\0")
            while not data:
                part = file.read(_PART_BYTES)
                if not part:
                    return
                data = part.lstrip(b"\0")
            decompressor = decompressor_of()
        elif decompressor.needs_input:
            data = file.read(_PART_BYTES)
    raise EOFError("it is cut short")


def _as_utf8(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Parts of UTF-16 converted; a lone surrogate becomes bytes that are no UTF-8, and so a reject."""
    first = next(parts, b"")
    while len(first) < len(_UTF16_BOMS[0]) and (more := next(parts, b"")):
        first += more
    if not first.startswith(_UTF16_BOMS):
        yield first
        yield from parts
        return
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    yield decoder.decode(first).encode("utf-8", "surrogatepass")
    for part in parts:
        yield decoder.decode(part).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
