"""The content of one input file: local or in a store, unpacked, read completely or not at all.

The first bytes of a file tell what it holds, never its name. Offsets count
the bytes of the content, after unpacking and conversion to UTF-8.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from pyarrow import ArrowException, NativeFile, fs

from sflydwh.errors import InputError, first_line
from sflydwh.files.input_file import filesystem_of, modified_at
from sflydwh.files.uri import shown
from sflydwh.formats.format import Format
from sflydwh.reader.scanner import UTF8_BOM, Kind, segments
from sflydwh.reader.strict import has_type
from sflydwh.reader.unpack import Packing, packing_of, unpacked

# What may stand around an array of events: `{"events": [ ... ]}`.
_WRAPPER_START: Final = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"events"[ \t\r\n]*:[ \t\r\n]*\[')
_WRAPPER_END: Final = re.compile(rb"\][ \t\r\n]*\}[ \t\r\n]*\Z")
_EDGE_BYTES: Final = 4096
# How much of the content tells its form.
HEAD_BYTES: Final = 256 << 10

# Content of unknown size ends before this offset, the room that a file has in the input's order.
MOST_BYTES: Final = 1 << 42


class Source(Protocol):
    """The content of a file.

    Attributes:
        path: the file, as it is named in messages and rejects.
        start: the offset of the first byte that is not a byte order mark or a wrapper.
        end: the offset after the last such byte; `MOST_BYTES` where it is not known.
        can_be_cut: whether it can be read from the middle.
    """

    path: str
    start: int
    end: int
    can_be_cut: bool

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on: `length` of them, fewer only where the content ends."""
        ...


@contextmanager
def open_source(
    path: str, size: int, modified: int | None = None, log_format: Format | None = None
) -> Iterator[Source]:
    """Open a file for reading.

    Args:
        path: a local path or a URI.
        size: its size in bytes when the run was planned.
        modified: when it had been changed last, as `modified_at` gives it; None if not known.
        log_format: its format; only in the model's own is `{"events": [` a wrapper. None if not known.

    Raises:
        InputError: it cannot be read, or was changed since.
    """
    file, name = _open(path), shown(path)
    try:
        _check_size(name, file.size(), size)
        head = _read(name, file, 0, min(_EDGE_BYTES, size))
        packing = packing_of(head, name)
        unwraps = log_format is None or log_format.is_exact
        if packing is None:
            yield _PlainSource(name, file, size, unwraps)
        else:
            yield _UnpackedSource(name, file, packing, unwraps)
        now = _info_now(path)
        _check_size(name, now.size, size)
        if modified is not None and modified_at(now, path) != modified:
            raise InputError(f"{name} changed while it was read: it was written again, in the same size")
    finally:
        file.close()


class _PlainSource:
    """A file of plain UTF-8: any part of it can be read."""

    can_be_cut = True

    def __init__(self, path: str, file: NativeFile, size: int, unwraps: bool) -> None:
        self.path = path
        self.start = 0
        self.end = size
        self._file = file
        self.start, is_wrapped = _content_start(self, unwraps)
        if is_wrapped:
            tail_start = max(self.start, size - _EDGE_BYTES)
            self.end = tail_start + _content_end(self.read(tail_start, size))

    def read(self, offset: int, length: int) -> bytes:
        return _read(self.path, self._file, offset, max(0, min(length, self.end - offset)))


class _UnpackedSource:
    """A compressed or UTF-16 file: read from its beginning, and again from there to go back."""

    can_be_cut = False
    end = MOST_BYTES

    def __init__(self, path: str, file: NativeFile, packing: Packing, unwraps: bool) -> None:
        self.path = path
        self.start = 0
        self._file = file
        self._packing = packing
        self._is_wrapped = False
        self._rewind()
        self.start, self._is_wrapped = _content_start(self, unwraps)
        self._rewind()

    def read(self, offset: int, length: int) -> bytes:
        if offset < self._window_start:
            self._rewind()
        # The last bytes are held back until it is known whether they close a wrapper.
        while self._window_start + len(self._window) < offset + length + _EDGE_BYTES and not self._is_at_end:
            self._forget_before(offset)
            self._grow()
        self._forget_before(offset)
        return self._window[:length]

    def _rewind(self) -> None:
        self._parts = unpacked(self.path, self._file, self._packing)
        self._window, self._window_start, self._is_at_end = b"", 0, False

    def _forget_before(self, offset: int) -> None:
        """Drop what lies before an offset; nearly all reading goes forward."""
        gone = min(max(0, offset - self._window_start), len(self._window))
        self._window, self._window_start = self._window[gone:], self._window_start + gone

    def _grow(self) -> None:
        part = next(self._parts, None)
        if part is not None:
            self._window += part
        else:
            self._is_at_end = True
            if self._is_wrapped:
                self._window = self._window[: _content_end(self._window)]
        if self._window_start + len(self._window) > MOST_BYTES:
            raise InputError(f"{self.path} holds more than {MOST_BYTES} bytes; cut it into several files")


def _content_start(source: Source, unwraps: bool) -> tuple[int, bool]:
    """Where the content starts after a byte order mark and a wrapper, and whether there is a wrapper.

    An event may begin with a field `events` too: a wrapper is an object that
    does not end soon, or that is all there is and no event.
    """
    head = source.read(0, _EDGE_BYTES)
    bom = len(UTF8_BOM) if head.startswith(UTF8_BOM) else 0
    opening = _WRAPPER_START.match(head, bom) if unwraps else None
    if not opening:
        return bom, False
    head = source.read(0, HEAD_BYTES)
    first, *others = segments(head[bom:], bom, HEAD_BYTES, 0)
    is_wrapper = first.kind is not Kind.OBJECT or not (others or has_type(first.raw))
    return (opening.end(), True) if is_wrapper else (bom, False)


def _content_end(tail: bytes) -> int:
    """How much of the last bytes comes before the end of a wrapper.

    An event may end in ``]}`` too: a wrapper's end is outside of every object of its line.
    """
    closing = _WRAPPER_END.search(tail, max(0, len(tail) - _EDGE_BYTES))
    if not closing:
        return len(tail)
    line_start = max(tail.rfind(b"\n", 0, closing.start()), tail.rfind(b"\r", 0, closing.start())) + 1
    *_, last = segments(tail[line_start:], 0, HEAD_BYTES, 0)
    is_in_event = last.kind is Kind.OBJECT and line_start + last.offset + last.length > closing.start()
    return len(tail) if is_in_event else closing.start()


def _open(path: str) -> NativeFile:
    try:
        filesystem, inner = filesystem_of(path)
        return filesystem.open_input_file(inner)
    except (OSError, ArrowException) as error:
        raise InputError(f"cannot read {shown(path)}: {first_line(error)}") from error


def _info_now(path: str) -> fs.FileInfo:
    """What the file system says of a file; an open file may remember older things."""
    try:
        filesystem, inner = filesystem_of(path)
        return filesystem.get_file_info(inner)
    except (OSError, ArrowException) as error:
        raise InputError(f"cannot read {shown(path)}: {first_line(error)}") from error


def _check_size(path: str, found: int | None, size: int) -> None:
    if found != size:
        raise InputError(f"{path} changed while it was read: {size} bytes before, {found} now")


def _read(path: str, file: NativeFile, offset: int, length: int) -> bytes:
    """The bytes from `offset` on, exactly as many as asked for."""
    try:
        data: bytes = file.read_at(length, offset)
    except (OSError, ArrowException) as error:
        raise InputError(f"cannot read {path} at byte {offset}: {first_line(error)}") from error
    if len(data) != length:
        raise InputError(f"{path} changed while it was read: it ends at byte {offset + len(data)}")
    return data
