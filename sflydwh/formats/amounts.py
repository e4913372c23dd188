"""Rule 4: an order's amount is exact and in one currency; it is never a float, and rounded only if a format says so."""

import decimal
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from sflydwh.formats.model import INVALID_AMOUNT, UNSUPPORTED_CURRENCY
from sflydwh.formats.values import JSON_BLANKS, Gathered, NumberText, is_nothing, text_of

# Unicode's currency symbols other than the dollar sign, listed here because releases of Python
# have different versions of Unicode.
_SYMBOLS: Final = (
    "\u00a2-\u00a5\u058f\u060b\u07fe\u07ff\u09f2\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db"
    "\u20a0-\u20c0\ua838\ufdfc\ufe69\uff04\uffe0\uffe1\uffe5\uffe6"
    "\U00011fdd-\U00011fe0\U0001e2ff\U0001ecb0"
)
_SYMBOL_OF: Final = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}
# Stands for a currency without a three-letter code, so that a log cannot create more names than there are codes.
NO_CODE: Final = "no code"
_BLANKS: Final = f"[{JSON_BLANKS}]*"
_CODE: Final = "[A-Za-z]{3}"
_MOST_DIGITS: Final = 14
_CENT_DIGITS: Final = 4
# Exactly rule 4: up to 14 digits before the point, plain or in groups of three, and up to 4 after it.
_STRICT: Final = "(?:[0-9]{1,14}|[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,2}(?:,[0-9]{3}){4})(?:[.][0-9]{1,4})?"
# Any number of digits, which is checked at the end.
_ANY: Final = "(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:[.][0-9]+)?"
_EXPONENT: Final = "(?:[eE][+-]?[0-9]{1,3})?"
_SWAPPED: Final = str.maketrans(",.", ".,")
# Exact arithmetic, with no limit on digits.
_EXACT: Final = decimal.Context(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
# Minor units of Stripe's amounts: ISO 4217's, but for ISK and UGX (2) and MGA (0); all others have 2.
_STRIPE_DIGITS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], 3),
}
STRIPE: Final = "stripe"
SCALES: Final = (1, 100, 1000, STRIPE)


class Money(NamedTuple):
    """The result of reading an amount.

    Attributes:
        amount: decimal(18,4) of the accepted currency; None if there is a reason.
        was_rounded: whether digits were lost by the rounding that the format asks for.
        reason: `unsupported_currency` or `invalid_amount`; None if there is an amount.
        currency: the currency found, if it is not the accepted one.
    """

    amount: Decimal | None
    was_rounded: bool = False
    reason: str | None = None
    currency: str | None = None


_INVALID: Final = Money(None, reason=INVALID_AMOUNT)
_LEAST: Final = Decimal("0.0001")


@dataclass(frozen=True)
class Notation:
    """How an amount is written.

    Attributes:
        currency: the accepted currency's code.
        is_exact: whether texts must follow rule 4 exactly, including the number of digits.
        decimal_comma: whether texts are written `1.234,56`.
        has_exponents: whether exponents are read.
    """

    currency: str = "USD"
    is_exact: bool = False
    decimal_comma: bool = False
    has_exponents: bool = False

    @cached_property
    def _ours(self) -> re.Pattern[str]:
        code = "".join(f"[{letter}{letter.lower()}]" for letter in self.currency)
        symbol = re.escape(_SYMBOL_OF.get(self.currency, ""))
        before = f"{symbol}|{code}" if symbol else code
        after = code if symbol in ("", re.escape("$")) else f"{symbol}|{code}"
        return self._money(symbol or "(?!)", before, after)

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return self._money(f"[${_SYMBOLS}]", f"[${_SYMBOLS}]|{_CODE}", f"[{_SYMBOLS}]|{_CODE}")

    def _money(self, symbol: str, before: str, after: str) -> re.Pattern[str]:
        """A number with optional currency marks before and after it, and one minus before the number or the symbol."""
        number = (_STRICT if self.is_exact else _ANY) + (_EXPONENT if self.has_exponents else "")
        opening = f"(?:(?P<minus>-)(?P<signed>{symbol}){_BLANKS}|(?P<before>{before})?{_BLANKS}(?P<inner>-)?)"
        return re.compile(f"{opening}(?P<number>{number}){_BLANKS}(?P<after>{after})?")

    def read(self, value: Any) -> Decimal | Money:
        """The exact number in a text or a JSON number, or the reason why there is none."""
        if not isinstance(value, str):
            return _INVALID
        text = value.strip(JSON_BLANKS)
        if self.decimal_comma and not isinstance(value, NumberText):
            text = text.translate(_SWAPPED)
        found = self._ours.fullmatch(text)
        if found is None:
            other = self._any.fullmatch(text)
            return (
                _INVALID if other is None else Money(None, reason=UNSUPPORTED_CURRENCY, currency=self._foreign(other))
            )
        sign = "-" if found["minus"] or found["inner"] else ""
        return _EXACT.create_decimal(sign + found["number"].replace(",", ""))

    def _foreign(self, found: re.Match[str]) -> str:
        """The code of the first mark around a number that is not the accepted currency's."""
        marks = [_code(mark) for mark in (found["signed"], found["before"], found["after"]) if mark]
        return next((code for code in marks if code != self.currency), marks[0])


def _code(mark: str) -> str:
    """The currency code for a code in any letter case, or for a symbol.

    >>> _code("eur"), _code("\u00a3"), _code("dollars"), _code("\u00a5")
    ('EUR', 'GBP', 'no code', 'no code')
    """
    code = next((code for code, symbol in _SYMBOL_OF.items() if symbol == mark), mark)
    return code.upper() if re.fullmatch(_CODE, code) else NO_CODE


@dataclass(frozen=True)
class Amount:
    """Where a record has an order's amount; places are slots of `Places`, of which the first with a value is used.

    Attributes:
        notation: how numbers are written.
        places: where the number is.
        value: a constant to use instead of a number in the record.
        currency_places: where the currency's code is.
        times: where a factor is.
        less: where the amount to subtract is.
        scale_digits: by how many digits to move the point to the left.
        is_refund: whether the result is minus its absolute value.
        decimals: to how many decimals the result is rounded, half away from zero; None for not at all.
    """

    notation: Notation = Notation()
    places: tuple[int, ...] = ()
    value: Decimal | None = None
    currency_places: tuple[int, ...] = ()
    times: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    scale_digits: int = 0
    is_refund: bool = False
    decimals: int | None = None

    @property
    def asked(self) -> list[tuple[int, ...]]:
        """All lists of places that are read."""
        return [self.places, self.currency_places, self.times, self.less]

    def read(self, slots: Sequence[Any]) -> Money:
        """The amount of a record.

        Args:
            slots: the result of `Places.find`.
        """
        if self.value is not None:
            return Money(self.value)
        code = first_found(slots, self.currency_places)
        if code is not None:
            seen = _code((text_of(code) or "").strip(JSON_BLANKS))
            if seen != self.notation.currency:
                return Money(None, reason=UNSUPPORTED_CURRENCY, currency=seen)
        number = self.notation.read(first_found(slots, self.places))
        if isinstance(number, Money):
            return number
        factor = self.notation.read(first_found(slots, self.times)) if self.times else Decimal(1)
        less = self._less(slots)
        if isinstance(factor, Money) or isinstance(less, Money):
            return _INVALID
        result = _EXACT.subtract(_EXACT.multiply(number, factor), less.copy_abs()).scaleb(-self.scale_digits, _EXACT)
        return self._finished(result.copy_abs().copy_negate() if self.is_refund else result)

    def _less(self, slots: Sequence[Any]) -> Decimal | Money:
        """The amount to subtract; the values of a list are added up."""
        found = first_found(slots, self.less)
        total = Decimal(0)
        for value in found if isinstance(found, Gathered) else [found]:
            number = Decimal(0) if is_nothing(value) else self.notation.read(value)
            if isinstance(number, Money):
                return number
            total = _EXACT.add(total, number)
        return total

    def _finished(self, result: Decimal) -> Money:
        """The result rounded as asked, if it fits into decimal(18,4)."""
        # Do not format numbers far beyond any amount: their digits may not fit into memory.
        if result and result.adjusted() > 2 * _MOST_DIGITS:
            return _INVALID
        was_rounded = False
        if self.decimals is not None:
            rounded = result.quantize(Decimal(1).scaleb(-self.decimals), decimal.ROUND_HALF_UP, _EXACT)
            was_rounded, result = rounded != result, rounded
        amount = result.quantize(_LEAST, decimal.ROUND_DOWN, _EXACT)
        if amount != result or (amount and amount.adjusted() >= _MOST_DIGITS):
            return _INVALID
        return Money(amount or amount.copy_abs(), was_rounded)


def first_found(slots: Sequence[Any], places: Sequence[int]) -> Any:
    """The value of the first place that has one; None if none has."""
    for place in places:
        if not is_nothing(slots[place]):
            return slots[place]
    return None


def scale_digits(scale: int | str, currency: str) -> int:
    """By how many digits a scale moves the point.

    Args:
        scale: 1, 100, 1000 or `stripe`, the minor units of the currency as Stripe has them.
        currency: its code.

    >>> scale_digits(100, "USD"), scale_digits("stripe", "JPY"), scale_digits("stripe", "EUR")
    (2, 0, 2)
    """
    return _STRIPE_DIGITS.get(currency, 2) if isinstance(scale, str) else len(str(scale)) - 1
