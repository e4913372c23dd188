"""Rules 1 to 5: from pieces to accepted events and rejects."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.amounts import dollars, is_foreign
from sflydwh.events.model import (
    CUSTOMER,
    INVALID_AMOUNT,
    INVALID_EVENT_TIME,
    MISSING_CUSTOMER_ID,
    MISSING_EVENT_TYPE,
    ORDER,
    UNSUPPORTED_CURRENCY,
)
from sflydwh.events.texts import is_filled
from sflydwh.events.times import event_instant


def customer_id(event_type: Column, key: Column, customer_id: Column) -> Column:
    """Rule 2: the id of the customer, null where it is missing.

    A CUSTOMER event has it in `key`, every other one in `customer_id`.

    >>> df = spark.createDataFrame([("CUSTOMER", "a", "b"), ("ORDER", "a", " ")], "t string, k string, c string")
    >>> [row[0] for row in df.select(customer_id(df.t, df.k, df.c)).collect()]
    ['a', None]
    """
    id_col = F.when(event_type == CUSTOMER, key).otherwise(customer_id)
    return F.when(is_filled(id_col), id_col)


def with_judgement(pieces: DataFrame) -> DataFrame:
    """Read each piece by the rules; add its id, instant and amount, and the reason against it.

    Args:
        pieces: rows of the reader.

    Returns:
        The rows with `customer_id`, `event_time` (UTC) and `amount` (US dollars,
        ORDER events only) as values, null where they are missing or wrong, and
        `reason`: the first that holds, null for an accepted event.
    """
    is_order = F.col("type") == ORDER
    return (
        pieces.withColumn("customer_id", customer_id(F.col("type"), F.col("key"), F.col("customer_id")))
        .withColumn("event_time", F.coalesce(F.col("instant"), event_instant(F.col("event_time"))))
        .withColumn("amount", F.when(is_order, F.coalesce(F.col("amount"), dollars(F.col("total_amount")))))
        .withColumn("reason", F.coalesce(F.col("reason"), _reason()))
    )


def _reason() -> Column:
    lacks_amount = (F.col("type") == ORDER) & F.col("amount").isNull()
    return (
        F.when(~is_filled(F.col("type")), MISSING_EVENT_TYPE)
        .when(F.col("customer_id").isNull(), MISSING_CUSTOMER_ID)
        .when(F.col("event_time").isNull(), INVALID_EVENT_TIME)
        .when(lacks_amount & is_foreign(F.col("total_amount")), UNSUPPORTED_CURRENCY)
        .when(lacks_amount, INVALID_AMOUNT)
    )


def events(pieces: DataFrame) -> DataFrame:
    """The pieces as events, a row each; a reject is one too, told by its reason.

    Args:
        pieces: rows of the reader.

    Returns:
        Rows of `customer_id`, `event_time`, `event_type`; of an ORDER also
        `order_key`, `is_update`, `amount` and `position`; of a reject `reason`
        and `split`, its other columns whatever could be read.
    """
    is_order = F.col("type") == ORDER
    return pieces.transform(with_judgement).select(
        "customer_id",
        "event_time",
        F.col("type").alias("event_type"),
        F.when(is_order & is_filled(F.col("key")), F.col("key")).alias("order_key"),
        F.when(is_order, F.coalesce(F.col("verb") == "UPDATE", F.lit(False))).alias("is_update"),
        "amount",
        F.when(is_order, F.col("position")).alias("position"),
        "reason",
        F.when(F.col("reason").isNotNull(), F.col("split")).alias("split"),
    )


def rejects(pieces: DataFrame) -> DataFrame:
    """The pieces that are not accepted, in input order, with their reason, place and bytes.

    Args:
        pieces: rows of the reader with the raw bytes.
    """
    return (
        pieces.transform(with_judgement)
        .where(F.col("reason").isNotNull())
        # In one partition Spark can sort without a look at the input to find ranges.
        .repartition(1)
        .orderBy("position")
        .select("reason", "source_file", "offset", "raw")
    )
