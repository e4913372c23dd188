"""Writing Parquet files of suitable size for a table."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh.engine.engine import Engine
from sflydwh.table import merge
from sflydwh.table.layout import DataFile
from sflydwh.table.schema import COMPRESSION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# The intended size of a file.
FILE_BYTES: Final = 128 << 20
# About this many bytes of JSON become one byte of a file.
JSON_BYTES: Final = 3


def is_small(file: DataFile) -> bool:
    """Whether a file should be joined with others of its week."""
    return file.size < FILE_BYTES // 2


def write_by_week(engine: Engine, events: "DataFrame", sizes: Counter[int], folder: Path) -> None:
    """Write events with their `week` into files of suitable size, in a folder per week.

    Args:
        engine: the engine.
        events: rows of the table's columns, and `week`.
        sizes: the estimated bytes of each week's files.
        folder: the folder to create.
    """
    files_of_week = {week: max(1, size // FILE_BYTES) for week, size in sizes.items()}
    tasks = engine.writing_tasks(sizes.total() * JSON_BYTES, sum(files_of_week.values()))
    shared_out = merge.shared_out(events, tasks, merge.by_week(files_of_week))
    engine.write(shared_out, folder, COMPRESSION, "week")
