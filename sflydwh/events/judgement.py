"""Rules 1 to 5: from pieces to accepted events and rejects."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sflydwh.events.amounts import dollars, is_foreign
from sflydwh.events.texts import is_filled
from sflydwh.events.times import with_instants
from sflydwh.formats.model import (
    CUSTOMER,
    INVALID_AMOUNT,
    INVALID_EVENT_TIME,
    KINDS,
    MISSING_CUSTOMER_ID,
    MISSING_EVENT_TYPE,
    ORDER,
    REJECTED,
    UNKNOWN,
    UNSUPPORTED_CURRENCY,
)


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
        pieces: rows of the reader; those that it settled are taken as they are.

    Returns:
        The rows with `customer_id`, `event_time` (UTC) and `amount` (US dollars,
        ORDER events only) as values, null where they are missing or wrong, and
        `reason`: the first that holds, null for an accepted event.
    """
    is_order = F.col("type") == ORDER
    judged_id = customer_id(F.col("type"), F.col("key"), F.col("customer_id"))
    judged_amount = F.when(is_order, F.coalesce(F.col("amount"), dollars(F.col("total_amount"))))
    return (
        pieces.withColumn("customer_id", _unless_settled(pieces, F.col("customer_id"), judged_id))
        .transform(with_instants, "event_time")
        .withColumn("event_time", F.coalesce("instant", "event_time"))
        .withColumn("amount", _unless_settled(pieces, F.col("amount"), judged_amount))
        .withColumn("reason", _unless_settled(pieces, F.col("reason"), F.coalesce(F.col("reason"), _reason())))
    )


def _unless_settled(pieces: DataFrame, settled: Column, judged: Column) -> Column:
    """What the reader gives of an event that it settled, and elsewhere what the rules say."""
    if "kind" not in pieces.columns:
        return judged
    return F.when(F.col("kind").isNotNull(), settled).otherwise(judged)


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
    """The pieces in the few columns that counting needs, a row each.

    Args:
        pieces: rows of the reader.

    Returns:
        What `counted` gives.
    """
    return pieces.transform(with_judgement).transform(counted)


def counted(judged: DataFrame) -> DataFrame:
    """Judged pieces in the few columns that counting needs, a row each.

    Args:
        judged: rows of `type`, `verb`, `key`, `reason`, `position`, `split`,
            `customer_id`, `event_time` and `amount`.

    Returns:
        Rows of `kind`, a number of the model's, and

        * of an event `customer_id` and `event_time`, null for a reject;
        * `place`: an ORDER's position in the input, or a reject's split;
        * `label`: an ORDER's key, an unknown type's name, or a reject's reason;
        * of an ORDER `is_update`, 1 or 0, and `amount` in US dollars.
    """
    is_accepted = F.col("reason").isNull()
    is_order = F.col("kind") == KINDS[ORDER]
    is_named_order = is_order & is_filled(F.col("key"))
    kind = _unless_settled(judged, F.col("kind"), _kind(F.col("type"), is_accepted))
    return judged.withColumn("kind", kind).select(
        F.when(is_accepted, F.col("customer_id")).alias("customer_id"),
        F.when(is_accepted, F.col("event_time")).alias("event_time"),
        "kind",
        F.when(is_order, F.col("position")).when(~is_accepted, F.col("split").cast("bigint")).alias("place"),
        F.when(is_named_order, F.col("key"))
        .when(F.col("kind") == UNKNOWN, F.col("type"))
        .when(~is_accepted, F.col("reason"))
        .alias("label"),
        F.when(is_order, F.when(F.col("verb") == "UPDATE", 1).otherwise(0)).alias("is_update"),
        F.when(is_order, F.col("amount")).alias("amount"),
    )


def _kind(event_type: Column, is_accepted: Column) -> Column:
    kind = F.when(~is_accepted, REJECTED)
    for name, number in KINDS.items():
        kind = kind.when(event_type == name, number)
    return kind.otherwise(UNKNOWN)


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
