"""The query on Apache Spark's own JSON reader; run by spark-submit.

A fifth argument, `twice`, runs it twice in one session and prints the second
run's seconds: what it takes once Spark is warm. Spark reads lines as JSON
Lines. Of an array it would drop the first event, or with `multiLine` read it
whole in one task; so it is given the array's lines, stripped to their objects.
"""

import sys
import time

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from benchmarks.peers.answer import Ranked, Task, task, write_answer

_SCHEMA = "type string, verb string, key string, event_time timestamp, customer_id string, total_amount string"
_KEY = ("customer_id", "type", "event_time")
_ORDER = ("order_key", "is_update", "amount")


def _read(spark: SparkSession, job: Task) -> DataFrame:
    if job.form == "lines":
        return spark.read.schema(_SCHEMA).json(job.events)
    return spark.read.schema(_SCHEMA).json(spark.read.text(job.events).select(F.btrim("value", F.lit("[],"))))


def _events(spark: SparkSession, job: Task) -> DataFrame:
    """One row a key and worth of an order, each customer's in one partition.

    A file's partitions come in its order, so `position` grows with it.
    """
    is_order = F.col("type") == "ORDER"
    amount = F.regexp_replace("total_amount", " USD$", "").cast("decimal(18,4)")
    return (
        _read(spark, job)
        .select(
            F.when(F.col("type") == "CUSTOMER", F.col("key")).otherwise(F.col("customer_id")).alias("customer_id"),
            "type",
            "event_time",
            F.when(is_order, F.col("key")).alias("order_key"),
            F.coalesce(is_order & (F.col("verb") == "UPDATE"), F.lit(False)).alias("is_update"),
            F.when(is_order, amount).alias("amount"),
            F.monotonically_increasing_id().alias("position"),
        )
        .repartition("customer_id")
    )


def _kept(events: DataFrame) -> DataFrame:
    """Of the events with one key, the last; grouped by hash, which a `max_by` of texts would not be."""
    last = Window.partitionBy(*_KEY).orderBy(F.desc("position"))
    distinct = events.groupBy(*_KEY, *_ORDER).agg(F.max("position").alias("position"))
    return distinct.withColumn("rank", F.row_number().over(last)).where("rank = 1")


def _customers(kept: DataFrame) -> DataFrame:
    order = Window.partitionBy("customer_id", "order_key")
    time, is_own = F.col("event_time"), F.col("type") == "CUSTOMER"
    updated = F.max(F.when(F.col("is_update"), time)).over(order)
    worth = F.when(F.col("updated").isNull() | (time >= F.col("updated")), F.col("amount"))
    return (
        kept.withColumn("updated", updated)
        .groupBy("customer_id")
        .agg(
            F.count_if(F.col("type") == "SITE_VISIT").alias("visits"),
            F.coalesce(F.sum(worth), F.lit(0)).cast("decimal(38,4)").alias("spend"),
            F.to_date(F.coalesce(F.min(F.when(is_own, time)), F.min(time))).alias("first"),
            F.to_date(F.coalesce(F.max(F.when(is_own, time)), F.max(time))).alias("last"),
        )
    )


def answer(spark: SparkSession, job: Task) -> None:
    """Answer the query."""
    customers = _events(spark, job).transform(_kept).transform(_customers)
    best = customers.orderBy(F.desc(F.col("visits") * F.col("spend")), "customer_id").limit(job.top)
    write_answer((Ranked(*row) for row in best.collect()), job.out)


def main(job: Task, *, twice: bool) -> None:
    """Answer the query in a session of its own."""
    spark = SparkSession.builder.getOrCreate()
    if twice:
        answer(spark, job)
    clock = time.perf_counter()
    answer(spark, job)
    print(time.perf_counter() - clock)
    spark.stop()


if __name__ == "__main__":
    is_twice = sys.argv[-1] == "twice" and bool(sys.argv.pop())
    main(task(), twice=is_twice)
