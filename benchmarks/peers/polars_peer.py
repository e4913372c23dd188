"""The query in Polars, on its streaming engine.

Lines are scanned as JSON Lines. An array has no scan of its own: `read_json`
holds all of it, so it too is scanned line by line. Times are parsed from
strings: a schema with Datetime makes the scan ten times as slow. What is kept
is collected once, for its two uses would read the log twice.
"""

import polars as pl

from benchmarks.peers.answer import Ranked, Task, task, write_answer

_SCHEMA = {
    "type": pl.String,
    "verb": pl.String,
    "key": pl.String,
    "event_time": pl.String,
    "customer_id": pl.String,
    "total_amount": pl.String,
}
_KEY = ("customer_id", "type", "event_time")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.3fZ"


def _scan(job: Task) -> pl.LazyFrame:
    if job.form == "lines":
        return pl.scan_ndjson(job.events, schema=_SCHEMA)
    lines = pl.scan_lines(job.events, name="line")
    return lines.select(pl.col("line").str.strip_chars("[],").str.json_decode(pl.Struct(_SCHEMA))).unnest("line")


def _kept(events: pl.LazyFrame) -> pl.LazyFrame:
    """Of the events with one key, the last in input order."""
    is_order = pl.col("type") == "ORDER"
    amount = pl.col("total_amount").str.strip_suffix(" USD").cast(pl.Decimal(18, 4))
    return events.select(
        pl.when(pl.col("type") == "CUSTOMER").then("key").otherwise("customer_id").alias("customer_id"),
        "type",
        pl.col("event_time").str.strptime(pl.Datetime("ms"), _TIME_FORMAT),
        pl.when(is_order).then("key").alias("order_key"),
        (is_order & (pl.col("verb") == "UPDATE")).alias("is_update"),
        pl.when(is_order).then(amount).alias("amount"),
    ).unique(_KEY, keep="last")


def _spends(kept: pl.LazyFrame) -> pl.LazyFrame:
    orders = kept.filter(pl.col("type") == "ORDER")
    updates = (
        orders.filter("is_update").group_by("customer_id", "order_key").agg(pl.col("event_time").max().alias("updated"))
    )
    counts = pl.col("updated").is_null() | (pl.col("event_time") >= pl.col("updated"))
    return (
        orders.join(updates, ["customer_id", "order_key"], "left")
        .filter(counts)
        .group_by("customer_id")
        .agg(pl.col("amount").sum().alias("spend"))
    )


def _customers(kept: pl.LazyFrame) -> pl.LazyFrame:
    time, own = pl.col("event_time"), pl.col("type") == "CUSTOMER"
    return kept.group_by("customer_id").agg(
        (pl.col("type") == "SITE_VISIT").sum().cast(pl.Int64).alias("visits"),
        pl.coalesce(time.filter(own).min(), time.min()).dt.date().alias("first"),
        pl.coalesce(time.filter(own).max(), time.max()).dt.date().alias("last"),
    )


def main(job: Task) -> None:
    """Answer the query."""
    kept = _scan(job).pipe(_kept).collect(engine="streaming").lazy()
    spend = pl.col("spend").fill_null(0).cast(pl.Decimal(38, 4))
    best = (
        kept.pipe(_customers)
        .join(kept.pipe(_spends), "customer_id", "left")
        .with_columns(spend.alias("spend"))
        .with_columns((pl.col("visits") * pl.col("spend")).alias("value"))
        .sort("value", "customer_id", descending=[True, False])
        .head(job.top)
        .select("customer_id", "visits", "spend", "first", "last")
        .collect(engine="streaming")
    )
    write_answer((Ranked(*row) for row in best.iter_rows()), job.out)


if __name__ == "__main__":
    main(task())
