"""Rule 4: an order's amount is exact US dollars, never a float and never rounded."""

from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F

from sflydwh.events.texts import JSON_BLANKS, trimmed

_BLANKS: Final = f"{JSON_BLANKS}*"
# 1 to 14 digits, plain or in groups of three.
_DIGITS: Final = "(?:[0-9]{1,14}|[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,2}(?:,[0-9]{3}){4})"
_NUMBER: Final = f"{_DIGITS}(?:\\.[0-9]{{1,4}})?"
_USD: Final = "[Uu][Ss][Dd]"
_CODE: Final = "[A-Za-z]{3}"
# Unicode's currency symbols other than the dollar sign, named here because engines know
# different versions of Unicode.
_SYMBOL: Final = (
    "[\u00a2-\u00a5\u058f\u060b\u07fe\u07ff\u09f2\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db"
    "\u20a0-\u20c0\ua838\ufdfc\ufe69\uff04\uffe0\uffe1\uffe5\uffe6"
    "\U00011fdd-\U00011fe0\U0001e2ff\U0001ecb0]"
)

_DOLLARS: Final = f"\\A(?:-\\${_BLANKS}|(?:\\$|{_USD})?{_BLANKS}-?){_NUMBER}{_BLANKS}(?:{_USD})?\\z"
_MONEY: Final = (
    f"\\A(?:-(?:\\$|{_SYMBOL}){_BLANKS}|(?:\\$|{_SYMBOL}|{_CODE})?{_BLANKS}-?){_NUMBER}"
    f"{_BLANKS}(?:{_SYMBOL}|{_CODE})?\\z"
)


def dollars(text: Column) -> Column:
    """An amount's exact value in US dollars.

    Args:
        text: the amount's text, with or without ``USD`` or ``$``.

    Returns:
        decimal(18,4), null where the text is no amount in dollars.

    >>> df = spark.createDataFrame([("12.34 USD",), ("-$1,234.5",), ("12 EUR",)], "a string")
    >>> [str(row[0]) for row in df.select(dollars(df.a)).collect()]
    ['12.3400', '-1234.5000', 'None']
    """
    text = trimmed(text)
    number = F.regexp_replace(text, "[^0-9.-]", "")
    return F.when(text.rlike(_DOLLARS), number.try_cast("decimal(18,4)"))


def is_foreign(text: Column) -> Column:
    """Whether a text is an amount in another currency than US dollars; never null.

    >>> df = spark.createDataFrame([("12 EUR",), ("\\u20ac5",), ("12 USD",), ("x",)], "a string")
    >>> [row[0] for row in df.select(is_foreign(df.a)).collect()]
    [True, True, False, False]
    """
    text = trimmed(text)
    foreign = text.rlike(_MONEY) & ~text.rlike(_DOLLARS)
    return F.coalesce(foreign, F.lit(False))
