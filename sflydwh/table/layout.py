"""The layout of a table: the columns of its files, and what is recorded of each file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class DataFile(NamedTuple):
    """One Parquet file of a table.

    Attributes:
        path: relative to the table's folder.
        size: in bytes.
        rows: how many.
        part: its value of the partition column, as a text.
    """

    path: str
    size: int
    rows: int
    part: str


@dataclass(frozen=True)
class Layout:
    """The columns and the partitioning of a table.

    Attributes:
        name: the table's name.
        description: one line on its purpose.
        columns: the columns with their Delta Lake types.
        partition: the partition column; its values are in the log, not in the files.
        time: the column whose extent the log records for each file, if any. The log
            keeps its records, so columns that identify a person are not recorded.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    partition: str
    time: str | None = None
