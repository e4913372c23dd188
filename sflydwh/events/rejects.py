"""The rejects of a run, in the columns and the order of a rejects file."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def in_input_order(pieces: DataFrame) -> DataFrame:
    """The rejected pieces, in input order.

    Args:
        pieces: rows of the reader, `PIECES` or `REJECTS`.

    Returns:
        Rows of `reason`, `source_file`, `offset`, `raw` and `header` in input order.
    """
    # In a single partition, Spark can sort without first sampling the input for ranges.
    found = pieces.where(F.col("reason").isNotNull()).repartition(1).orderBy("position")
    return found.select("reason", "source_file", F.col("source_offset").alias("offset"), "raw", "header")
