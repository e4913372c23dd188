"""Intermediate results: computed once, and kept where all of the engine's machines see them."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sflydwh.engine.engine import Engine
from sflydwh.engine.progress import progress
from sflydwh.errors import RunError
from sflydwh.files.meter import bytes_read
from sflydwh.files.staging import seen_from_outside

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def staged(engine: Engine, frame: "DataFrame", folder: Path) -> "DataFrame":
    """A frame computed once and kept as Parquet, so that nothing under it is read again.

    Args:
        engine: the engine.
        frame: what to compute.
        folder: a folder to be made for it.

    Raises:
        RunError: the executors write to another directory of that name.
    """
    engine.write(frame, folder, engine.staging_codec)
    if engine.may_write_elsewhere and not any(folder.glob("*.parquet")):
        where = seen_from_outside(str(folder))
        raise RunError(f"the executors do not write to this machine's {where}; use a directory that all machines share")
    return engine.read([folder], frame.schema)


def shown_progress(engine: Engine, doing: str, reads_bytes: int | None = None) -> AbstractContextManager[None]:
    """Signs of life while something is computed.

    Args:
        engine: the engine at work.
        doing: what it does.
        reads_bytes: how much of the input that reads; the meter runs where the reader runs in this process.
    """
    before = bytes_read()

    def share() -> float | None:
        is_metered = reads_bytes is not None and engine.runs_reader_here
        return (bytes_read() - before) / max(1, reads_bytes or 0) if is_metered else None

    return progress(doing, share, sys.stderr)
