"""Trying a format: what is shown of a log, without an engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from sflydwh.commands import try_format
from tests import PROJECT

RETAIL = """\
[format]
name = "retail"
description = "Line items"
reads = "csv"
identity = "{identity}"
accepted_currency = "GBP"
customer = "Customer ID"
time = {{ path = "InvoiceDate", pattern = "%m/%d/%Y %H:%M" }}
key = "InvoiceNo"

[[event]]
when = {{ "Customer ID" = "" }}
type = "ignore"

[[event]]
type = "ORDER"
amount = {{ path = "UnitPrice", times = "Quantity" }}
"""
LINES = """\
InvoiceNo,Quantity,InvoiceDate,UnitPrice,Customer ID
536365,6,12/1/2010 8:26,2.55,17850
536365,8,12/1/2010 8:26,3.39,17850
536366,1,12/13/2010 8:28,x,17850
536367,1,12/1/2010 8:34,1.85,
"""

Captured = pytest.CaptureFixture[str]


def tried(capsys: Captured, *words: str | Path) -> str:
    assert try_format.main([str(word) for word in words]) == 0
    shown, said = capsys.readouterr()
    assert said == ""
    assert max(map(len, shown.splitlines())) <= 100
    return shown


@pytest.fixture
def retail(tmp_path: Path) -> tuple[Path, Path]:
    file, log = tmp_path / "retail.toml", tmp_path / "log.csv"
    file.write_text(RETAIL.format(identity="none"), "utf-8")
    log.write_text(LINES, "utf-8")
    return file, log


def test_each_record_is_shown_with_its_rule(retail: tuple[Path, Path], capsys: Captured) -> None:
    assert tried(capsys, *retail) == (
        "#  rule  event           customer  time                 key     amount\n"
        "1  2     ORDER           17850     2010-12-01T08:26:00  536365   15.30\n"
        "2  2     ORDER           17850     2010-12-01T08:26:00  536365   27.12\n"
        "3  2     invalid_amount\n"
        "4  1     ignored\n"
        "\n"
        "read 4 records\n"
        "rule 1   ignore       1\n"
        "rule 2   ORDER        2\n"
        "rejected invalid_amount 1\n"
        "time     2010-12-01T08:26:00 to 2010-12-01T08:26:00\n"
        "warning: no day is above 12; check that %d and %m are not swapped\n"
    )


def test_line_items_are_told_from_orders(retail: tuple[Path, Path], capsys: Captured) -> None:
    retail[0].write_text(RETAIL.format(identity="key"), "utf-8")
    said = 'warning: 1 ORDERs share an identity; for line items, use identity = "none"\n'
    assert tried(capsys, *retail).endswith(said)


def test_the_format_that_fits_is_named(tmp_path: Path, capsys: Captured) -> None:
    log = tmp_path / "log"
    log.write_text(
        '{"data": [{"id": "ch_1", "object": "charge", "paid": true, "captured": true, "amount": 1250,'
        ' "customer": "cus_1", "created": 1700000000, "currency": "usd"}]}'
    )
    shown = tried(capsys, log, "--records", "1")
    assert shown.startswith("the log looks like stripe: --format stripe\n\n#  rule  event")
    assert "1  1     ORDER UPDATE  cus_1     2023-11-14T22:13:20  ch_1   12.50\n" in shown
    assert "no record has amount_refunded\n" in shown


def test_zeros_and_missing_customers_are_warned_of(tmp_path: Path, capsys: Captured) -> None:
    log = tmp_path / "log"
    order = '"type": "ORDER", "event_time": "2017-01-06", "total_amount": "0"'
    log.write_text(f'{{{order}, "customer_id": "{"a" * 99}\\u001b"}}\n{{{order}}}\n')
    shown = tried(capsys, "sfly", log)
    assert "aaaaaaaaaaaaa...  2017" in shown
    assert "warning: all amounts are 0; check the path of the amount\n" in shown
    assert "warning: 1 of 2 records have no customer\n" in shown


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["segmnt", "LOG"], 2, "--format: there is no format 'segmnt'; did you mean segment?"),
        (["segment"], 2, "give EVENTS after FORMAT; see --help"),
        (["LOG"], 1, "no built-in format fits; known are sfly, ga4,"),
        (["sfly", "LOG", "--records", "x"], 2, "--records"),
        (["shopify-csv", "LOG"], 1, "has no column 'Financial Status', which format shopify-csv reads"),
    ],
)
def test_errors_are_one_line(
    words: list[str], status: int, said: str, retail: tuple[Path, Path], capsys: Captured
) -> None:
    assert try_format.main([word.replace("LOG", str(retail[1])) for word in words]) == status
    error = capsys.readouterr().err
    assert error.startswith("try_format: ") and said in error and error.count("\n") == 1


def test_no_engine_is_imported() -> None:
    asked = "import sys; import sflydwh.commands.try_format; print({'pyspark', 'numba', 'pysail'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(("day", "is_doubtful"), [("12", True), ("13", False)])
def test_days_up_to_12_may_be_months(day: str, is_doubtful: bool, retail: tuple[Path, Path], capsys: Captured) -> None:
    retail[1].write_text(LINES.replace("12/1/", f"12/{day}/"), "utf-8")
    assert ("no day is above 12" in tried(capsys, *retail)) == is_doubtful


def test_an_order_told_twice_is_no_line_item(retail: tuple[Path, Path], capsys: Captured) -> None:
    retail[0].write_text(RETAIL.format(identity="key"), "utf-8")
    retail[1].write_text(LINES.replace("8,12/1/2010 8:26,3.39", "3,12/1/2010 8:26,5.10"), "utf-8")
    assert "line items?" not in tried(capsys, *retail)


def test_paths_that_no_record_had_are_told(tmp_path: Path, capsys: Captured) -> None:
    log = tmp_path / "log"
    log.write_text('{"type": "page", "userId": "a", "timestamp": "2024-01-01"}\n' * 2)
    told = [line for line in tried(capsys, "segment", log).splitlines() if line.startswith("no record has ")]
    missing = "anonymousId event messageId originalTimestamp properties.currency properties.orderId properties.order_id"
    missing += " properties.revenue properties.total"
    assert told == [f"no record has {path}" for path in missing.split()]
