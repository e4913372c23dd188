"""How a table lies in its folder: which columns its files hold, and what is known of each file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class DataFile(NamedTuple):
    """One Parquet file of a table.

    Attributes:
        path: relative to the table's folder.
        size: in bytes.
        rows: how many.
        part: the value of all its rows in the partition column, as a text.
    """

    path: str
    size: int
    rows: int
    part: str


@dataclass(frozen=True)
class Layout:
    """What the files of a table hold.

    Attributes:
        name: the table's name.
        description: what it is, in a line.
        columns: the columns with their types in Delta Lake's words.
        partition: the column by which the files lie apart; it is in the log, not in the files.
        time: the column whose extent the log tells of each file, if any. The log
            keeps what it tells, so it is not told of columns that name a person.
        properties: what the table records of itself, for good.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    partition: str
    time: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
