"""The rules of an event: what their tests share."""

from collections.abc import Sequence
from typing import Any

import pyspark.sql.types as T
from hypothesis import HealthCheck, Phase, settings
from pyspark.sql import Column, DataFrame, SparkSession

from sflydwh.reader.datasource import RAW_PIECES_SCHEMA

# Each example is one query over hundreds of texts; a failure names the texts, so none is shrunk.
a_few = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEXT = T.StructType([T.StructField("text", T.StringType())])


def texts(session: SparkSession, values: Sequence[str | None]) -> DataFrame:
    """One column, `text`."""
    return session.createDataFrame([(value,) for value in values], TEXT)


def results(frame: DataFrame, **columns: Column) -> dict[str, Any]:
    """What the columns give for each text, all in one query: a value, or a tuple of several."""
    named = [column.alias(name) for name, column in columns.items()]
    rows = frame.select("text", *named).collect()
    return {row[0]: row[1] if len(columns) == 1 else tuple(row[1:]) for row in rows}


def pieces(session: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Rows of the reader, with the raw bytes; each states only what matters."""
    names = [column.split()[0] for column in RAW_PIECES_SCHEMA.split(", ")]
    known = [{"position": place, "split": 0, **row} for place, row in enumerate(rows)]
    assert not {name for row in known for name in row} - set(names)
    return session.createDataFrame([tuple(map(row.get, names)) for row in known], RAW_PIECES_SCHEMA)
