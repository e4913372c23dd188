"""Rule 4 against Python's decimal and the oracle: exact dollars, or nothing."""

from decimal import Decimal
from itertools import product

from chispa import assert_df_equality
from hypothesis import given
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.events.amounts import dollars, is_foreign
from tests import oracle
from tests.events import a_few, results, texts
from tests.oracle.rules import SYMBOLS

DOLLARS = {
    "12.34 USD": "12.34",
    "12.34": "12.34",
    "0": "0",
    "-0": "0",
    "-0.0000": "0",
    "007": "7",
    "$5": "5",
    "$ 5": "5",
    "usd5": "5",
    "UsD\t5": "5",
    "5uSd": "5",
    "$5 USD": "5",
    "USD 5 USD": "5",
    " \r\n5\t ": "5",
    "-5": "-5",
    "$-5": "-5",
    "$ -5": "-5",
    "-$5": "-5",
    "-$ 5.5": "-5.5",
    "USD -5": "-5",
    "1,234,567.8901": "1234567.8901",
    "0,001": "1",
    "99999999999999.9999": "99999999999999.9999",
    "-99,999,999,999,999.9999 USD": "-99999999999999.9999",
    "0.0001": "0.0001",
}

FOREIGN = [
    "12 EUR", "EUR 12", "eur12", "12eur", "€5", "5 €", "-€5", "€-5", "€ 5", "￥5", "5¢", "$5 CAD", "€5 USD",
    "USD 5 €", "XAU 1,234.5", "-1 GBP", "CAD -1", "\u20c05", "5 ＄",
]  # fmt: skip

NO_AMOUNTS = [
    None, "", " ", "NaN", "Infinity", "1e3", "1E3", "+5", ".5", "5.", "5 .0", "1.23456", "0.00000", "1,23", "1,2345",
    ",123", "1,,234", "1 234", "1.234,56", "12,34.5", "123456789012345", "100,000,000,000,000", "0x10", "1_000",
    "--5", "- 5", "- $5", "5-", "(5)", "-USD 5", "-EUR 5", "-$-5", "$$5", "USD $5", "US$5", "5 $", "€5 $", "C$5",
    "5 euro", "EUR", "USD", "$", "-", "twelve", "\u00a05", "\uff15", "\u0665", "5\u00a0USD", "5 USD.", "5\n5",
    "$5 US", "5\x00", "nan USD", "uſd 5",
    "EUR 123456789012345", "EUR 100,000,000,000,000", "5\u2028", "5\u0085", "$5 USD\u2029",
]  # fmt: skip


def test_dollars_are_exact_decimals(engine: Engine) -> None:
    expected = [(text, Decimal(value)) for text, value in DOLLARS.items()]
    frame = texts(engine.session, list(DOLLARS))
    assert_df_equality(
        frame.withColumn("amount", dollars(frame.text)),
        engine.session.createDataFrame(expected, "text string, amount decimal(18,4)"),
        ignore_nullable=True,
    )


def test_what_is_no_amount_in_dollars_is_null(engine: Engine) -> None:
    frame = texts(engine.session, NO_AMOUNTS + FOREIGN)
    assert results(frame, amount=dollars(frame.text)) == dict.fromkeys(NO_AMOUNTS + FOREIGN)


def test_only_amounts_in_other_currencies_are_foreign(engine: Engine) -> None:
    expected = dict.fromkeys(FOREIGN, True) | dict.fromkeys([*NO_AMOUNTS, *DOLLARS], False)
    frame = texts(engine.session, list(expected))
    assert results(frame, foreign=is_foreign(frame.text)) == expected


def test_every_currency_symbol_is_known(engine: Engine) -> None:
    expected = {f"{symbol}5": symbol != "$" for symbol in SYMBOLS}
    frame = texts(engine.session, list(expected))
    assert results(frame, foreign=is_foreign(frame.text)) == expected


def by_the_oracle(text: str) -> tuple[Decimal | None, bool]:
    value = oracle.rules.dollars(text)
    return (value if isinstance(value, Decimal) else None, value == "unsupported_currency")


BLANKS = st.sampled_from(["", "", " ", "\t", "  "])
MINUS = st.sampled_from(["", "", "-", "+"])
CURRENCY = st.sampled_from(["", "", "USD", "usd", "$", "EUR", "€", "US", "USDX"])
WHOLE = st.text("0123456789", min_size=1, max_size=15) | st.integers(0, 10**15).map("{:,}".format)
GROUPED = st.lists(st.text("0123456789", min_size=2, max_size=3), min_size=1, max_size=6).map(",".join)
FRACTION = st.just("") | st.text("0123456789", max_size=5).map(".{}".format)

BEFORE = st.builds("{}{}{}{}{}".format, BLANKS, MINUS, CURRENCY, BLANKS, MINUS)
NUMBERS = st.builds("{}{}".format, WHOLE | GROUPED, FRACTION) | st.text("0123456789.,-e $", max_size=6)
AFTER = st.builds("{}{}{}".format, BLANKS, CURRENCY, BLANKS)


@a_few
@given(parts=st.tuples(*(st.lists(part, min_size=8, max_size=8) for part in (BEFORE, NUMBERS, AFTER))))
def test_every_text_is_judged_as_the_oracle_judges_it(engine: Engine, parts: tuple[list[str], ...]) -> None:
    values = sorted({"".join(part) for part in product(*parts)})
    frame = texts(engine.session, values)
    found = results(frame, amount=dollars(frame.text), foreign=is_foreign(frame.text))
    assert found == {text: by_the_oracle(text) for text in values}


EXACT = st.decimals(Decimal(-(10**14)) + 1, Decimal(10**14) - 1, places=4)


@a_few
@given(amounts=st.lists(EXACT, min_size=100, max_size=100, unique_by=abs))
def test_what_decimal_writes_is_read_back_exactly(engine: Engine, amounts: list[Decimal]) -> None:
    expected = {f"{amount:f}": amount for amount in amounts} | {
        f"${abs(amount):,f} USD": abs(amount) for amount in amounts
    }
    frame = texts(engine.session, list(expected))
    assert results(frame, amount=dollars(frame.text)) == expected
