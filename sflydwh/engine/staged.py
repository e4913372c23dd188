"""Intermediate results: computed once, and stored where all of the engine's machines see them."""

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
    """Compute a frame once, and read it back from Parquet, so that its inputs are not read again.

    Args:
        engine: the engine.
        frame: what to compute.
        folder: the folder to create for it.

    Raises:
        RunError: the executors write to a directory of that name that is not shared.
    """
    engine.write(frame, folder, engine.staging_codec)
    if engine.may_write_elsewhere and not any(folder.glob("*.parquet")):
        where = seen_from_outside(str(folder))
        raise RunError(f"the executors do not write to this machine's {where}; use a directory that all machines share")
    return engine.read([folder], frame.schema)


def shown_progress(engine: Engine, doing: str, reads_bytes: int | None = None) -> AbstractContextManager[None]:
    """Progress while something is computed.

    Args:
        engine: the engine.
        doing: what it does, for the display.
        reads_bytes: how many bytes of the input it reads; the share done is shown only if the reader runs in this
            process.
    """
    before = bytes_read()

    def share() -> float | None:
        is_metered = reads_bytes is not None and engine.runs_reader_here
        return (bytes_read() - before) / max(1, reads_bytes or 0) if is_metered else None

    return progress(doing, share, sys.stderr)
