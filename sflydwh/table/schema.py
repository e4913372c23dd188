"""The columns of the event table and of its rollup, and what tells events apart."""

from datetime import date, timedelta
from typing import Final

from sflydwh.table.layout import Layout

# The version of what lies in a table's folder. A newer project may raise it; an older one then refuses the table.
FORMAT: Final = 1
FORMAT_RECORD: Final = "sflydwh.format"
# Each change of the events records the next number: of two changes made from the same version one fails.
BATCH_RECORD: Final = "sflydwh.batch"

COMPRESSION: Final = "zstd"

KEY: Final = ("customer_id", "event_time", "event_type")

EVENTS: Final = Layout(
    "events",
    "All events of a web shop, each once: its key is (customer_id, event_time, event_type).",
    {
        "customer_id": "string",
        "event_time": "timestamp_ntz",
        "event_type": "string",
        "verb": "string",
        "key": "string",
        "amount": "decimal(18,4)",
        "attributes": "string",
        "source_file": "string",
        "source_offset": "long",
        "batch": "long",
        "event_week": "date",
    },
    partition="event_week",
    time="event_time",
)

ROLLUP: Final = Layout(
    "rollup",
    "The events added up by customer, each ORDER event by itself; made from the events, and made again at will.",
    {
        "customer_id": "string",
        "kind": "integer",
        "place": "long",
        "label": "string",
        "pieces": "long",
        "events": "long",
        "first_time": "timestamp_ntz",
        "last_time": "timestamp_ntz",
        "is_update": "integer",
        "amount": "decimal(18,4)",
        "batch": "long",
    },
    partition="batch",
)

_SQL_TYPES: Final = {"long": "bigint", "integer": "int"}
_EPOCH: Final = date(1970, 1, 1)


def file_schema(layout: Layout) -> str:
    """What the files of a table hold, as an engine's schema."""
    columns = ((name, kind) for name, kind in layout.columns.items() if name != layout.partition)
    return ", ".join(f"{name} {_SQL_TYPES.get(kind, kind)}" for name, kind in columns)


def source_record(source: str) -> str:
    """The name under which the batch of a file is recorded."""
    return f"sflydwh.source.{source}"


def week_name(week: int) -> str:
    """A week as `event_week` has it.

    Args:
        week: its Monday, in days since 1970-01-01.

    >>> week_name(17168), week_name(-719162)
    ('2017-01-02', '0001-01-01')
    """
    return (_EPOCH + timedelta(days=week)).isoformat()


def week_number(name: str) -> int:
    """The days since 1970-01-01 of a week of `event_week`.

    >>> week_number("2017-01-02")
    17168
    """
    return (date.fromisoformat(name) - _EPOCH).days
