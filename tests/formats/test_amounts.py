"""Amounts of other shops: numbers as they are written, scaled, rounded, refunded, and in which currency."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.judging import expected, told

FORMAT = """
[format]
name = "made"
identity = "none"
customer = "who"
time = "at"
accepted_currency = "{currency}"

[[event]]
type = "ORDER"
amount = {amount}
"""
options = st.fixed_dictionaries(
    {"path": st.just('"n"')},
    optional={
        "currency": st.just('"cur"'),
        "times": st.just('"q"'),
        "less": st.sampled_from(('"l"', '"r[].n"')),
        "scale": st.sampled_from(("100", "1000", '"stripe"')),
        "sign": st.just("-1"),
        "round": st.sampled_from("01234"),
        "decimal": st.just('","'),
    },
)
digits = st.integers(0, 10**7).map(str)
decimals = st.tuples(st.integers(-20, 10**6), st.integers(0, 10**6)).map(lambda parts: f"{parts[0]}.{parts[1]}")
halves = st.tuples(st.integers(0, 99), st.sampled_from(("", "1", "2", "24", "31", "002", "1235"))).map(
    lambda it: f"{it[0]}.{it[1]}5"
)
marks = st.sampled_from(("", "", "", "USD", "usd ", "$", "€", "€ ", "EUR", "£", "GBP ", "-", "-$", "-€", "US$"))
numbers = (
    digits
    | decimals
    | halves
    | st.sampled_from(("1,234.50", "1.234,50", "1e3", "25e-1", "1,23", "0", "-0", ".5", "5."))
)
written = st.tuples(marks, numbers, st.sampled_from(("", "", "", " USD", "EUR", " €", " $", " "))).map("".join)
values = (
    written | st.integers(-(10**6), 10**15) | st.floats(-1e6, 1e6, allow_nan=False).map(lambda each: round(each, 9))
)
fields = {
    "n": values,
    "q": st.integers(-3, 9) | values,
    "l": values | st.none(),
    "cur": st.sampled_from(("usd", " EUR", "", None, "JPY", "x", 5)),
}


@settings(max_examples=1000, deadline=None)
@given(options, st.sampled_from(("USD", "EUR", "JPY", "TND")), st.data())
def test_amounts_are_those_of_the_oracle(given_options: dict[str, str], currency: str, data: st.DataObject) -> None:
    amount = ", ".join(f"{name} = {value}" for name, value in given_options.items())
    text = FORMAT.format(currency=currency, amount=f"{{ {amount} }}")
    record: dict[str, object] = {name: data.draw(each) for name, each in fields.items()}
    record["r"] = data.draw(st.lists(st.fixed_dictionaries({"n": values | st.none()}), max_size=2) | st.none())
    line = json.dumps({**record, "who": "w", "at": "2024-01-05"})
    assert told(text, line) == expected(text, line)


@pytest.mark.parametrize(
    ("amount", "record", "found"),
    [
        ('"n"', '{"n":"1,234.5"}', "1234.5000"),
        ('{ path = "n", decimal = "," }', '{"n":"1.234,5"}', "1234.5000"),
        ('{ path = "n", round = 2 }', '{"n":0.125}', "0.1300"),
        ('{ path = "n", round = 2 }', '{"n":"-0.125"}', "-0.1300"),
        ('{ path = "n", round = 2 }', '{"n":1.5e1}', "15.0000"),
        ('"n"', '{"n":1.5e1}', "invalid_amount"),
        ('"n"', '{"n":0.00001}', "invalid_amount"),
        ('"n"', '{"n":"99999999999999.9999"}', "99999999999999.9999"),
        ('"n"', '{"n":"100000000000000"}', "invalid_amount"),
        ('{ path = "n", times = "q" }', '{"n":2.55,"q":6}', "15.3000"),
        ('{ path = "n", times = "q" }', '{"n":2.55}', "invalid_amount"),
        ('{ path = "n", less = "l" }', '{"n":5,"l":"-2"}', "3.0000"),
        ('{ path = "n", less = "l" }', '{"n":5}', "5.0000"),
        (
            '{ path = "n", less = "r[].l[].x" }',
            '{"n":100,"r":[{"l":[{"x":"1"},{"x":2}]},{"l":[{"x":"4"}]},{},{"l":{}}]}',
            "93.0000",
        ),
        (
            '{ path = "n", less = "r[].m[k=z].x" }',
            '{"n":100,"r":[{"m":[{"k":"z","x":11}]},{"m":[{"k":"y","x":9}]}]}',
            "89.0000",
        ),
        ('{ path = "n", less = "m[k=z].r[].x" }', '{"n":100,"m":[{"k":"z","r":[{"x":1},{"x":2}]}]}', "97.0000"),
        ('{ path = "n", less = "r[].l[].x" }', '{"n":100,"r":[{"l":[{"x":[1]}]}]}', "invalid_amount"),
        ('{ path = "n", sign = -1 }', '{"n":-5}', "-5.0000"),
        ('{ path = "n", scale = "stripe" }', '{"n":1099}', "10.9900"),
        ('{ path = "n", scale = 1000 }', '{"n":1}', "0.0010"),
        ('"n"', '{"n":"EUR 5"}', "unsupported_currency"),
        ('"n"', '{"n":"$5"}', "5.0000"),
        ('"n"', '{"n":"5 $"}', "invalid_amount"),
        ('{ path = "n", currency = "cur" }', '{"n":5,"cur":"eur"}', "unsupported_currency"),
        ('{ path = "n", currency = "cur" }', '{"n":"x","cur":"eur"}', "unsupported_currency"),
        ('{ path = "n", currency = "cur" }', '{"n":5,"cur":" uSd "}', "5.0000"),
    ],
)
def test_how_amounts_are_read(amount: str, record: str, found: str) -> None:
    text = FORMAT.format(currency="USD", amount=amount)
    line = record[:-1] + ',"who":"w","at":"2024-01-05"}'
    assert str(told(text, line)[-1]) == found
    assert told(text, line) == expected(text, line)
