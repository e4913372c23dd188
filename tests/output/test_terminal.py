"""The table for a person's eyes."""

from decimal import Decimal
from fractions import Fraction

import pytest

from sflydwh.ltv import RankedCustomer
from sflydwh.output.terminal import printable, table


def customer(customer_id: str) -> RankedCustomer:
    return RankedCustomer(customer_id, 2, Decimal("21.2"), Fraction(22048), 17)


def test_the_best_customers_in_a_table() -> None:
    best_first = [RankedCustomer("96f55c7d8f70", 1, Decimal("-112.2"), Fraction(58344), 1), customer("b")]
    assert table(best_first).splitlines() == [
        "   customer      visits    spend  SimpleLTV  duration",
        "1  96f55c7d8f70       1  -112.20   58344.00     1week",
        "2  b                  2    21.20   22048.00   17weeks",
    ]


def test_without_customers_there_are_the_headings() -> None:
    assert table([]).split() == ["customer", "visits", "spend", "SimpleLTV", "duration"]


def test_of_a_long_ranking_the_beginning_is_shown() -> None:
    lines = table([customer(f"id{rank}") for rank in range(1, 101)]).splitlines()
    assert [line.split()[:2] for line in (lines[1], lines[25])] == [["1", "id1"], ["25", "id25"]]
    assert lines[26:] == ["... and 75 more"]


def test_a_ranking_that_just_fits_is_shown_whole() -> None:
    lines = table([customer(f"id{rank}") for rank in range(1, 26)]).splitlines()
    assert (len(lines), lines[-1].split()[:2]) == (26, ["25", "id25"])


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, *range(0x80, 0xA0), 0x202E, 0x2066, 0xFEFF, 0xE0001])
def test_no_character_that_steers_a_terminal_is_printed(code: int) -> None:
    assert chr(code) not in table([customer(f"a{chr(code)}b")]).replace("\n", "", 1)


def test_escapes_name_the_character() -> None:
    assert printable("\x1b[2J\r\n\u202e") == r"\x1b[2J\r\n\u202e"
    assert printable("Zoë 😀 '\"") == "Zoë 😀 '\"", "what a terminal prints stays"


def test_a_very_long_id_is_cut() -> None:
    assert printable("a" * 60) == "a" * 60
    assert printable("a" * 61) == "a" * 57 + "..."
    assert len(printable("\x00" * 10**5)) == 60
