"""Rejects as JSON Lines, which can be corrected in `raw` and fed in again."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame


def reject_lines(rejects: DataFrame) -> Iterator[bytes]:
    """The lines of a rejects file, in the order of the rows.

    Args:
        rejects: rows of `reason`, `source_file`, `offset` (bytes), `raw` and `header`.
    """
    for row in rejects.toLocalIterator(prefetchPartitions=True):
        yield reject_line(row.reason, row.source_file, row.offset, bytes(row.raw), row.header)


def reject_line(reason: str, source_file: str, offset: int, raw: bytes, header: str | None = None) -> bytes:
    r"""The line of one reject; bytes that are not UTF-8 are in `raw_base64`, and a CSV record has its header too.

    >>> reject_line("malformed_json", "a.dat", 3, b"caf\xc3\xa9").decode()
    '{"reason": "malformed_json", "source_file": "a.dat", "offset": 3, "raw": "café"}\n'
    >>> reject_line("malformed_json", "a.dat", 3, b"\xff").decode()
    '{"reason": "malformed_json", "source_file": "a.dat", "offset": 3, "raw_base64": "/w=="}\n'
    """
    reject: dict[str, Any] = {"reason": reason, "source_file": source_file, "offset": offset}
    try:
        reject["raw"] = raw.decode("utf-8")
    except UnicodeDecodeError:
        reject["raw_base64"] = base64.b64encode(raw).decode("ascii")
    if header is not None:
        reject["header"] = header
    return json.dumps(reject, ensure_ascii=False).encode("utf-8") + b"\n"
