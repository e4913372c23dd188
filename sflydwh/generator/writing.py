"""Writes a log atomically to a file, or to standard output."""

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sflydwh.generator.formats import log_chunks
from sflydwh.generator.request import LogRequest

STANDARD_OUTPUT = "-"


def write_log(request: LogRequest, out: str, layout_name: str = "lines") -> int:
    """Write a log; an existing file is replaced once the new one is complete.

    Args:
        request: What log.
        out: Path of the file, or `-` for standard output.
        layout_name: One of FORMATS.

    Returns:
        Number of bytes written.

    Raises:
        OSError: If it cannot be written; no part of it is left then.
    """
    return write_chunks(log_chunks(request, layout_name), out)


def write_chunks(chunks: Iterable[bytes], out: str) -> int:
    """Write chunks as `write_log` does, and give the number of bytes."""
    with _opened(out) as file:
        return sum(map(file.write, chunks))


@contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    if out == STANDARD_OUTPUT:
        with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as file:
            yield file
        return
    # A symbolic link stays one: what it points to is replaced.
    target = Path(out).resolve()
    if target.exists() and not target.is_file():
        # A pipe or a device cannot be replaced.
        with target.open("wb") as file:
            yield file
        return
    with _renamed_when_whole(target) as file:
        yield file


@contextmanager
def _renamed_when_whole(target: Path) -> Iterator[BinaryIO]:
    partial = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
