"""The query in pandas.

A fifth argument, `arrow`, has Arrow read the log: pandas' own reader has an
engine of that name too, but can give it no schema, and without one it refuses
a field (`tags`) that is now an array, now an object.
"""

import sys
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.json as arrow_json

from benchmarks.peers.answer import Ranked, Task, task, write_answer

_COLUMNS = ["type", "verb", "key", "event_time", "customer_id", "total_amount"]
_KEY = ["customer_id", "type", "event_time"]
_ORDER_KEY = ["customer_id", "order_key"]
_CHUNK_LINES = 200_000
_BLOCK_BYTES = 16 << 20
_AMOUNT = pa.decimal128(18, 4)
_UNITS_IN_DOLLAR = 10_000
_TEXT = "string[pyarrow]"


def read(job: Task) -> pd.DataFrame:
    """The events as texts, read by pandas."""
    if job.form == "array":
        events = pd.read_json(job.events, dtype=False, convert_dates=False)
        return events.reindex(columns=_COLUMNS).astype(_TEXT)
    # In chunks, so that what the query does not need is never all in memory.
    return pd.concat(_chunks(job.events), ignore_index=True)


def _chunks(events: str) -> Iterator[pd.DataFrame]:
    with pd.read_json(events, lines=True, chunksize=_CHUNK_LINES, dtype=False, convert_dates=False) as chunks:
        for chunk in chunks:
            yield chunk.reindex(columns=_COLUMNS).astype(_TEXT)


def read_by_arrow(job: Task) -> pd.DataFrame:
    """The events as texts, read by Arrow, which takes lines only."""
    schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
    table = arrow_json.read_json(
        job.events,
        arrow_json.ReadOptions(block_size=_BLOCK_BYTES),
        arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )
    return table.to_pandas(types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get, self_destruct=True)


def _kept(events: pd.DataFrame) -> pd.DataFrame:
    """Of the events with one key, the last in input order, as it is in the log."""
    kept = pd.DataFrame(
        {
            "customer_id": events["customer_id"].where(events["type"] != "CUSTOMER", events["key"]).astype("category"),
            "type": events["type"].astype("category"),
            "event_time": pd.to_datetime(events["event_time"].str.removesuffix("Z"), format="ISO8601"),
            "order_key": events["key"],
            "is_update": (events["verb"] == "UPDATE").astype(bool),
            "total_amount": events["total_amount"],
        }
    )
    return kept.drop_duplicates(_KEY, keep="last")


def _units(amounts: "pd.Series[str]") -> "pd.Series[int]":
    """Exact amounts, in ten-thousandths of a dollar."""
    dollars = amounts.str.removesuffix(" USD").astype(pd.ArrowDtype(_AMOUNT))
    return (dollars * _UNITS_IN_DOLLAR).astype("int64[pyarrow]").astype("int64")


def _spends(kept: pd.DataFrame) -> "pd.Series[int]":
    orders = kept[kept["type"] == "ORDER"]
    orders = orders.assign(units=_units(orders["total_amount"]))
    last_updates = orders[orders["is_update"]].groupby(_ORDER_KEY, observed=True)["event_time"].max()
    orders = orders.join(last_updates.rename("updated"), on=_ORDER_KEY)
    counts = orders["updated"].isna() | (orders["event_time"] >= orders["updated"])
    return orders[counts].groupby("customer_id", observed=True)["units"].sum()


def _customers(kept: pd.DataFrame) -> pd.DataFrame:
    times = kept.groupby("customer_id", observed=True)["event_time"].agg(["min", "max"])
    own = kept[kept["type"] == "CUSTOMER"].groupby("customer_id", observed=True)["event_time"].agg(["min", "max"])
    visits = kept.loc[kept["type"] == "SITE_VISIT", "customer_id"].value_counts()
    spend = _spends(kept)
    return own.combine_first(times).assign(
        visits=visits.reindex(times.index, fill_value=0), units=spend.reindex(times.index, fill_value=0)
    )


def main(job: Task, reader: str) -> None:
    """Answer the query."""
    events = read_by_arrow(job) if reader == "arrow" else read(job)
    customers = _customers(_kept(events))
    # Exact whatever the size: NumPy's integers would wrap without a word.
    values = customers["visits"].astype(object) * customers["units"].astype(object)
    ids = customers.index.astype(str)
    best = customers.iloc[np.lexsort((ids, -values))[: job.top]]
    write_answer(_ranked(best), job.out)


def _ranked(best: pd.DataFrame) -> Iterator[Ranked]:
    for row in best.itertuples():
        spend = Decimal(row.units) / _UNITS_IN_DOLLAR
        yield Ranked(row.Index, row.visits, spend, row.min.date(), row.max.date())


if __name__ == "__main__":
    chosen = sys.argv.pop() if sys.argv[-1] == "arrow" else "pandas"
    main(task(), chosen)
