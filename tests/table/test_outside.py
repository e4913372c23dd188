"""The table seen from outside: any reader of Delta Lake finds the same events."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder

from sflydwh.engine.engine import Engine
from tests.running import generated
from tests.table.tabling import KEY, ingest, right_events, stored

COLUMNS = {
    "customer_id": pl.String,
    "event_time": pl.Datetime("us"),
    "event_type": pl.String,
    "verb": pl.String,
    "key": pl.String,
    "amount": pl.Decimal(18, 4),
    "attributes": pl.String,
    "source_file": pl.String,
    "source_offset": pl.Int64,
    "batch": pl.Int64,
    "event_week": pl.Date,
}


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    return [generated(tmp_path / f"log{seed}", 300, dirty=0.02, seed=seed) for seed in (1, 2)]


@pytest.fixture
def table(sail_engine: Engine, logs: list[Path], tmp_path: Path) -> Path:
    for log in logs:
        ingest(sail_engine, [log], tmp_path / "table")
    return tmp_path / "table"


def test_polars(table: Path, logs: list[Path]) -> None:
    found = pl.read_delta(str(table)).sort(KEY)
    assert dict(found.schema) == COLUMNS
    weeks = found["event_time"].dt.truncate("1w").cast(pl.Date)
    assert (weeks == found["event_week"]).all()
    assert found.drop("event_week").to_dicts() == right_events([[log] for log in logs])


def test_deltalake_alone(table: Path) -> None:
    query = QueryBuilder().register("events", DeltaTable(str(table)))
    found = pa.table(
        query.execute("SELECT event_type, count(*) AS n, sum(amount) AS s FROM events GROUP BY 1").read_all()
    )
    rows = stored(table)
    kinds = {row["event_type"] for row in rows}
    assert {row["event_type"]: row["n"] for row in found.to_pylist()} == {
        kind: sum(row["event_type"] == kind for row in rows) for kind in kinds
    }
    assert {row["event_type"]: row["s"] for row in found.to_pylist()}["ORDER"] == sum(
        (row["amount"] for row in rows if row["event_type"] == "ORDER"), Decimal(0)
    )


def test_duckdb_reads_the_files_with_their_weeks(table: Path) -> None:
    files = DeltaTable(str(table)).file_uris()
    query = "SELECT count(*), min(event_week), max(amount) FROM read_parquet(?, hive_partitioning = true)"
    count, week, amount = duckdb.execute(query, [files]).fetchall()[0]
    rows = stored(table)
    assert (count, amount) == (len(rows), max(row["amount"] for row in rows if row["amount"]))
    first = min(row["event_time"] for row in rows).date()
    assert week == first - timedelta(days=first.weekday())


def test_the_log_tells_the_extent_of_each_file_and_names_no_person(table: Path) -> None:
    actions = pa.table(DeltaTable(str(table)).get_add_actions(flatten=True)).to_pylist()
    assert actions
    for action in actions:
        times = pq.ParquetFile(table / action["path"]).read(["event_time"])["event_time"].to_pylist()
        assert (action["num_records"], action["min.event_time"], action["max.event_time"]) == (
            len(times), min(times), max(times),
        )  # fmt: skip
        assert isinstance(action["partition.event_week"], date)
        assert isinstance(action["min.event_time"], datetime)
    log = "".join(path.read_text() for path in (table / "_delta_log").glob("*.json"))
    assert not [row["customer_id"] for row in stored(table) if f'"{row["customer_id"]}"' in log]
