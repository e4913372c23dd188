"""A table that sflydwh 0.1.0 made goes on as it is: `archives/version-1.tar.gz`, after two ingests with it.

It holds the events of three customers, one of them in two batches, and its rollup.
"""

import tarfile
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sflydwh.commands.ingest import main as program
from sflydwh.engine.engine import Engine
from sflydwh.errors import USAGE
from sflydwh.table.schema import FIRST, Kept
from sflydwh.table.snapshot import EventTable
from tests.running import dat, event, write
from tests.table.tabling import ask, ingest, stored

ARCHIVE = Path(__file__).parent / "archives" / "version-1.tar.gz"
# What version 0.1.0 answered.
ANSWER = b"""Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration
b,1,9.50,4940.00,1week
a,2,20.00,20800.00,2weeks
c,1,1000.10,520052.00,1week
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(tmp_path)
    return tmp_path / "table"


def test_it_answers_as_then_with_its_rollup_and_without(sail_engine: Engine, table: Path, tmp_path: Path) -> None:
    assert EventTable(str(table)).latest().stored_tallies(sail_engine) is not None
    assert dat(ask(sail_engine, table, tmp_path / "rolled up")) == ANSWER
    assert b"\na,2,12.34,12833.60,1week\n" in dat(ask(sail_engine, table, tmp_path / "first", as_of=0))
    (table / "_rollup").rename(table / "_gone")
    assert dat(ask(sail_engine, table, tmp_path / "from events")) == ANSWER


@pytest.mark.spark
def test_it_answers_on_spark(spark_engine: Engine, table: Path, tmp_path: Path) -> None:
    assert dat(ask(spark_engine, table, tmp_path / "out")) == ANSWER


def test_it_is_of_time_and_dollars_and_stays_a_table_of_version_1(
    sail_engine: Engine, table: Path, tmp_path: Path
) -> None:
    snapshot = EventTable(str(table)).latest()
    assert (snapshot.kept, snapshot.kept.format) == (Kept("time", "USD", "simple"), FIRST)
    columns = [field.name for field in DeltaTable(str(table)).schema().fields]
    more = write(tmp_path / "more", event("ORDER", "b", "2017-01-17", key="o5", total_amount="100"))
    done = ingest(sail_engine, [more], table)
    assert (done.version, done.added) == (2, 1)
    assert [field.name for field in DeltaTable(str(table)).schema().fields] == columns
    assert [row["customer_id"] for row in stored(table) if row["batch"] == 3] == ["b"]
    assert b"b,1,109.50,56940.00," in dat(ask(sail_engine, table, tmp_path / "out"))


@pytest.mark.parametrize("option", [("--identity", "key"), ("--currency", "EUR")])
def test_another_identity_or_currency_is_refused(
    table: Path, tmp_path: Path, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = write(tmp_path / "more", event("ORDER", "b", "2017-01-17", key="o5", total_amount="100"))
    assert program([str(more), "--table", str(table), *option]) == USAGE
    assert f"not {option[1]}; leave {option[0]} out or give another table" in capsys.readouterr().err
