"""Texts: what is blank, and what is trimmed."""

from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F

# The characters of Unicode's white space, and the four ASCII separators.
_WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
# What JSON takes for white space, as a class of a regular expression.
JSON_BLANKS: Final = "[ \\t\\r\\n]"


def is_filled(text: Column) -> Column:
    """Whether a text is there and holds more than white space; never null.

    >>> df = spark.createDataFrame([("a b",), ("",), (" \\t\\u00a0",), (None,)], "t string")
    >>> [row[0] for row in df.select(is_filled(df.t)).collect()]
    [True, False, False, False]
    """
    # Nearly every text begins with a visible character of ASCII, and comparing is cheap.
    is_plain = (text >= "!") & (text < "\x7f")
    return F.when(is_plain, True).otherwise(F.coalesce(text.rlike(f"[^{_WHITE_SPACE}]"), F.lit(False)))


def trimmed(text: Column) -> Column:
    """A text without the blanks of JSON at its ends.

    >>> df = spark.createDataFrame([(" a b\\n",)], "t string")
    >>> df.select(trimmed(df.t)).first()[0]
    'a b'
    """
    return F.btrim(text, F.lit(" \t\r\n"))
