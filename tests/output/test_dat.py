"""The lines of the .dat file: money, durations, quotes, the best customer last."""

import csv
import io
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sflydwh.ltv import RankedCustomer
from sflydwh.output.dat import HEADER, dat_lines, duration, money


def customer(customer_id: str, visits: int = 0, spend: str = "0", ltv: str = "0", weeks: int = 1) -> RankedCustomer:
    return RankedCustomer(customer_id, visits, Decimal(spend), Fraction(ltv), weeks)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049", "0.00"),
        ("-0.0049", "0.00"),
        ("1.995", "2.00"),
        ("2.675", "2.68"),
        ("-12.345", "-12.35"),
        ("5376.8", "5376.80"),
        ("1234567890123456789012345678901234.5678", "1234567890123456789012345678901234.57"),
    ],
)
def test_money_has_two_decimals_rounded_half_away_from_zero(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


def test_money_of_a_fraction_without_end_is_rounded_once() -> None:
    assert money(Fraction(1, 3)) == "0.33"
    assert money(Fraction(-2, 3)) == "-0.67"
    assert money(Fraction(4_999_999_999, 10**12)) == "0.00"
    assert money(Fraction(5_000_000_001, 10**12)) == "0.01"


@given(st.decimals(-(10**18), 10**18, places=6))
def test_money_is_what_decimal_rounds_to(amount: Decimal) -> None:
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert money(amount) == f"{abs(rounded) if rounded == 0 else rounded:f}"


def test_a_duration_is_in_weeks() -> None:
    assert [duration(weeks) for weeks in (1, 2, 521_722)] == ["1week", "2weeks", "521722weeks"]


def test_the_best_customer_comes_last() -> None:
    best_first = [
        customer("96f55c7d8f70", 1, "112.20", "58344", 1),
        customer("96f55c7d8f52", 2, "21.2", "22048", 17),
    ]
    assert list(dat_lines(best_first)) == [
        "Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration",
        "96f55c7d8f52,2,21.20,22048.00,17weeks",
        "96f55c7d8f70,1,112.20,58344.00,1week",
    ]


def test_without_a_customer_there_is_the_header_alone() -> None:
    assert list(dat_lines([])) == [HEADER]


def test_a_value_that_would_break_the_line_is_quoted() -> None:
    ids = ["a,b", 'a"b', "a\nb", "a\rb", "a;b", " a ", "é'"]
    assert [line.rpartition(",0,0.00,0.00,1week")[0] for line in dat_lines(map(customer, ids))][:0:-1] == [
        '"a,b"',
        '"a""b"',
        '"a\nb"',
        '"a\rb"',
        "a;b",
        " a ",
        "é'",
    ]


# Python 3.10's own reader refuses NUL.
@given(st.lists(st.text(st.sampled_from('a,"\r\n é' + "\x00" * (sys.version_info >= (3, 11))), min_size=1)))
def test_a_csv_reader_reads_every_id_back(ids: list[str]) -> None:
    file = io.StringIO("".join(f"{line}\n" for line in dat_lines(map(customer, ids))), newline="")
    rows = list(csv.reader(file))[1:]
    assert rows == [[name, "0", "0.00", "0.00", "1week"] for name in reversed(ids)]
