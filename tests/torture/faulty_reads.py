"""Every read of a log goes wrong once, in every way: `python -m tests.torture.faulty_reads`.

A read may fail, give half of what it should or nothing, or come after the file was cut or grew. Then the reader
fails with an error that names the file, or where the read did not matter gives the same rows. Exit status 1 where it gives other rows, fails in another way, or takes a changed file.
"""

import bz2
import gzip
import lzma
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa

from sflydwh.errors import InputError
from sflydwh.output.rejects import reject_line
from sflydwh.reader import source as source_module
from sflydwh.reader import unpack as unpack_module
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from sflydwh.reader.source import open_source
from tests.reader.reading import SFLY

EVENT = b'{"type":"ORDER","key":"k%d","customer_id":"c","event_time":"2017-01-06","total_amount":"5"}\n'
LINES = b"".join(EVENT % number for number in range(150))
STREAM = b"[" + LINES.replace(b"\n", b",").rstrip(b",") + b"]"
DIRTY = LINES.replace(b"k5", b"k\x005").replace(b'"5"', b'"5', 3)
FORMS = {
    "lines": LINES,
    "dirty lines": DIRTY,
    "long lines": EVENT % 0 + b"x" * 9_000 + b"\n" + STREAM + b"\n" + EVENT % 1,
    "stream": STREAM,
    "wrapper": b'{"events": ' + STREAM + b"}",
    "rejects": b"".join(reject_line("malformed_json", "a", number, EVENT % number) for number in range(99)),
    "utf-16": LINES.decode().encode("utf-16"),
    "gzip": gzip.compress(LINES) + gzip.compress(DIRTY),
    "bzip2": bz2.compress(LINES),
    "xz": lzma.compress(LINES) * 2,
    "zstd": pa.compress(LINES, "zstd", asbytes=True),
}
FAULTS = ("error", "short", "end", "shrink", "grow")
LIMITS = Limits(block_bytes=2048, event_bytes=3000, kept_bytes=100)
READING = Reading(SFLY, "time", LIMITS, Gives.PIECES)
_SPANS = 3
_PART_BYTES = 600

Rows = list[tuple[Any, ...]]


class Fault:
    """One fault, at the nth of all reads of a path; without a kind it only counts."""

    def __init__(self, path: Path, kind: str | None = None, nth: int = 0) -> None:
        self.reads = 0
        self._path = path
        self._kind = kind
        self._nth = nth

    def spoil(self, read: Callable[[], bytes]) -> bytes:
        self.reads += 1
        if self.reads != self._nth:
            return read()
        if self._kind == "error":
            raise OSError(5, "Input/output error")
        if self._kind == "shrink":
            os.truncate(self._path, self._path.stat().st_size * 2 // 3)
        if self._kind == "grow":
            with self._path.open("ab") as file:
                file.write(EVENT % 1000)
        data = read()
        kept = {"short": len(data) // 2, "end": 0}.get(str(self._kind), len(data))
        return data[:kept]


class FaultyFile:
    """An open file, all of whose reads pass a fault."""

    def __init__(self, file: pa.NativeFile, fault: Fault) -> None:
        self._file = file
        self._fault = fault
        self.size, self.seek, self.close = file.size, file.seek, file.close

    def read_at(self, length: int, offset: int) -> bytes:
        return self._fault.spoil(lambda: self._file.read_at(length, offset))

    def read(self, length: int) -> bytes:
        return self._fault.spoil(lambda: self._file.read(length))


@contextmanager
def faulty(fault: Fault) -> Iterator[None]:
    opened = source_module._open
    with (
        mock.patch.object(source_module, "_open", lambda path: FaultyFile(opened(path), fault)),
        mock.patch.object(unpack_module, "_PART_BYTES", _PART_BYTES),
    ):
        yield


def read_all(path: Path, size: int) -> Rows:
    """All rows of a file, read in parts where it can be cut, as tasks do."""
    with open_source(str(path), size) as source:
        spans = _SPANS if source.can_be_cut and form_of_source(source, SFLY) is Form.LINES else 1
    return sorted(row for part in range(spans) for row in _read_part(path, size, part, spans))


def _read_part(path: Path, size: int, part: int, spans: int) -> Rows:
    with open_source(str(path), size) as source:
        end = source.end if part == spans - 1 else size * (part + 1) // spans
        batches = list(
            rows(source, form_of_source(source, SFLY), (size * part // spans, end), Where("", 0, 0), READING)
        )
    return [
        (row["source_offset"], row["reason"] or "", row["key"] or "", row["raw"])
        for batch in batches
        for row in batch.to_pylist()
        if row["raw"] is not None
    ]


def outcome(path: Path, content: bytes, kind: str, nth: int, whole: Rows) -> str:
    """What a fault at the nth read leads to: `error`, `no effect`, or what is wrong."""
    path.write_bytes(content)
    try:
        with faulty(Fault(path, kind, nth)):
            found = read_all(path, len(content))
    except InputError as error:
        return "error" if str(path) in str(error) and "\n" not in str(error) else f"the message {str(error)!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if found != whole:
        return "a wrong answer"
    return "no effect" if kind in ("error", "short", "end") else "a changed file that is taken"


def outcomes(form: str, kind: str, path: Path) -> Counter[str]:
    """How often each outcome is met when every read of a form has its fault."""
    content = FORMS[form]
    path.write_bytes(content)
    count = Fault(path)
    with faulty(count):
        whole = read_all(path, len(content))
    return Counter(outcome(path, content, kind, nth, whole) for nth in range(1, count.reads + 1))


def main() -> int:
    met: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            for kind in FAULTS:
                found = outcomes(form, kind, Path(folder) / "log")
                met += found
                print(f"{form:12} {kind:7} {dict(found)}", flush=True)
    wrong = met.total() - met["error"] - met["no effect"]
    print(f"{met.total()} faults injected, {met['error']} errors, {met['no effect']} without effect, {wrong} failures")
    print(f"{met['a wrong answer']} wrong answers")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
