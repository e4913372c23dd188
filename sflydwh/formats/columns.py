"""The columns of every table that modules pass to each other, each declared once.

The kind of a column gives its type in Arrow, in an engine's schema and in Delta Lake.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa


class Kind(NamedTuple):
    """The type of a column.

    Attributes:
        arrow: the type in Arrow.
        sql: the type in an engine's schema.
        delta: the type in Delta Lake.
    """

    arrow: pa.DataType
    sql: str
    delta: str


TEXT: Final = Kind(pa.string(), "string", "string")
BYTES: Final = Kind(pa.binary(), "binary", "binary")
INT: Final = Kind(pa.int32(), "int", "integer")
LONG: Final = Kind(pa.int64(), "bigint", "long")
DAY: Final = Kind(pa.date32(), "date", "date")
# An instant in UTC, without a zone, so that the session's time zone has no effect.
INSTANT: Final = Kind(pa.timestamp("us"), "timestamp_ntz", "timestamp_ntz")
# An amount of one order, and a sum of amounts.
AMOUNT: Final = Kind(pa.decimal128(18, 4), "decimal(18,4)", "decimal(18,4)")
SUM: Final = Kind(pa.decimal128(38, 4), "decimal(38,4)", "decimal(38,4)")
# Microseconds since 1970. Engines name a list's element so.
TIMES: Final = Kind(pa.list_(pa.field("element", pa.int64())), "array<bigint>", "array<long>")


class Columns(dict[str, Kind]):
    """The columns of a table, in order."""

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return list(self)

    @property
    def arrow(self) -> pa.Schema:
        """The schema in Arrow."""
        return pa.schema([(name, kind.arrow) for name, kind in self.items()])

    @property
    def sql(self) -> str:
        """The schema for an engine.

        >>> Columns(customer_id=TEXT, amount=AMOUNT).sql
        'customer_id string, amount decimal(18,4)'
        """
        return ", ".join(f"{name} {kind.sql}" for name, kind in self.items())

    @property
    def delta(self) -> dict[str, str]:
        """The columns' types in Delta Lake."""
        return {name: kind.delta for name, kind in self.items()}

    def batch(self, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        """Rows as a batch; a value that is not given is null, an instant is in microseconds since 1970.

        >>> Columns(customer_id=TEXT, events=LONG).batch([{"customer_id": "a"}]).to_pylist()
        [{'customer_id': 'a', 'events': None}]
        """
        arrays = []
        for name, kind in self.items():
            values = [row.get(name) for row in rows]
            is_instant = pa.types.is_timestamp(kind.arrow)
            arrays.append(pa.array(values, pa.int64()).cast(kind.arrow) if is_instant else pa.array(values, kind.arrow))
        return pa.RecordBatch.from_arrays(arrays, schema=self.arrow)

    def without(self, *names: str) -> "Columns":
        """The columns without some of them."""
        return Columns({name: kind for name, kind in self.items() if name not in names})

    def only(self, names: Iterable[str]) -> "Columns":
        """Some of the columns, in the order given."""
        return Columns({name: self[name] for name in names})


# Events added up as far as one look at the input allows, see `ltv.tallies`.
#   kind       a number of the model's
#   place      of an ORDER its position in the input; of rejects their split
#   label      of an ORDER its key; else the name that is counted: an unknown type's, a reason, an ignored record's
#   pieces     how many pieces the row stands for
#   events     how many events these are when superseded ones are gone
TALLIES: Final = Columns(
    customer_id=TEXT,
    kind=INT,
    place=LONG,
    label=TEXT,
    pieces=LONG,
    events=LONG,
    first_time=INSTANT,
    last_time=INSTANT,
    is_update=INT,
    amount=AMOUNT,
)

# What the reader gives to be counted: a row an event, a row for all settled events of a customer and kind, or a row
# for several pieces that share a name.
#   times      of settled events their times, each once and in order; null where rule 1 needs none
#   identity   what tells an event from others of the same customer, time and type; null where nothing else does
COUNTED: Final = Columns(**TALLIES, times=TIMES, identity=TEXT)

# What the reader gives to be kept: a row a piece, with its bytes; and rows of `kind`, `event_type` and `pieces`
# alone, which count ignored records and what pieces have in common.
PIECES: Final = Columns(
    position=LONG,
    kind=INT,
    reason=TEXT,
    customer_id=TEXT,
    event_time=INSTANT,
    event_type=TEXT,
    verb=TEXT,
    key=TEXT,
    identity=TEXT,
    amount=AMOUNT,
    pieces=LONG,
    source_file=TEXT,
    source_offset=LONG,
    raw=BYTES,
    header=TEXT,
)

# What the reader gives of rejects.
REJECTS: Final = PIECES.only(("position", "reason", "source_file", "source_offset", "raw", "header"))
