"""Digests of files, by which the same content is recognised under any name."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from pyarrow import ArrowException

from sflydwh.errors import InputError, first_line
from sflydwh.files.input_file import InputFile, filesystem_of
from sflydwh.files.uri import shown

_BLOCK_BYTES: Final = 16 << 20


def digests(files: Sequence[InputFile]) -> Iterator[str]:
    """The digest of each file's bytes as they are stored, in order.

    It is the SHA-256 of the SHA-256 digests of its blocks of 16 MiB, so that
    several cores can share a file.

    Raises:
        InputError: a file cannot be read, or its size changed.
    """
    blocks = [(file, offset) for file in files for offset in range(0, file.size, _BLOCK_BYTES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(_block_digest, blocks)
        for file in files:
            own = islice(found, -(-file.size // _BLOCK_BYTES))
            yield hashlib.sha256(b"".join(own)).hexdigest()


def _block_digest(block: tuple[InputFile, int]) -> bytes:
    file, offset = block
    length = min(_BLOCK_BYTES, file.size - offset)
    try:
        filesystem, path = filesystem_of(file.path)
        with filesystem.open_input_file(path) as stream:
            data = stream.read_at(length, offset)
    except (OSError, ArrowException) as error:
        raise InputError(f"cannot read {shown(file.path)}: {first_line(error)}") from error
    if len(data) != length:
        raise InputError(f"{shown(file.path)} changed while it was read: it ends at byte {offset + len(data)}")
    return hashlib.sha256(data).digest()
