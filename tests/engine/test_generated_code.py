"""What Spark makes of the large queries: methods that Java compiles, for it runs larger ones as they are, slowly."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from sflydwh import ltv
from sflydwh.engine.engine import Engine
from sflydwh.events.rejects import in_input_order
from sflydwh.reader.batches import Gives
from sflydwh.runs.source import Logs
from sflydwh.table import merge
from tests.running import event, logs_of, write

# HotSpot's HugeMethodLimit, in bytes of bytecode.
LARGEST_COMPILED = 8000
ADAPTIVE = "spark.sql.adaptive.enabled"


@pytest.fixture
def spark(spark_engine: Engine) -> Iterator[Engine]:
    """Spark planning a query at once, so that its code can be looked at."""
    before = str(spark_engine.session.conf.get(ADAPTIVE))
    spark_engine.session.conf.set(ADAPTIVE, "false")
    yield spark_engine
    spark_engine.session.conf.set(ADAPTIVE, before)


@pytest.fixture
def logs(spark: Engine, tmp_path: Path) -> Logs:
    log = write(tmp_path / "log", event("ORDER", "a", "2017-01-06", total_amount="5 USD", key="o", verb="UPDATE"))
    return logs_of(log)


def largest_methods(frame: DataFrame, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """The bytes of the largest method of each stage."""
    capsys.readouterr()
    frame.explain(mode="codegen")
    return [int(size) for size in re.findall(r"maxMethodCodeSize:(\d+)", capsys.readouterr().out)]


@pytest.mark.parametrize("identity", ["time", "key", "none"])
def test_counting_events(spark: Engine, logs: Logs, capsys: pytest.CaptureFixture[str], identity: str) -> None:
    sizes = largest_methods(logs.read(spark, Gives.COUNTED).transform(ltv.tallies, identity), capsys)
    assert sizes
    assert max(sizes) < LARGEST_COMPILED


def test_rejects(spark: Engine, logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = largest_methods(logs.read(spark, Gives.REJECTS).transform(in_input_order), capsys)
    assert sizes
    assert max(sizes) < LARGEST_COMPILED


def test_a_batch_for_the_table(spark: Engine, logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = largest_methods(merge.judged(logs.read(spark, Gives.PIECES)), capsys)
    assert sizes
    assert max(sizes) < LARGEST_COMPILED


@pytest.mark.parametrize("by_windows", [False, True])
@pytest.mark.parametrize("order_updates", ["replace", "add"])
def test_the_ledger(
    logs: Logs, spark: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path, order_updates: str, by_windows: bool
) -> None:
    tallies = logs.read(spark, Gives.COUNTED).transform(ltv.tallies)
    tallies.write.parquet(f"file:{tmp_path}/tallies")
    staged = spark.session.read.parquet(f"file:{tmp_path}/tallies")
    sizes = largest_methods(staged.transform(ltv.ledger, ltv.Options(order_updates, by_windows=by_windows)), capsys)
    assert sizes
    assert max(sizes) < LARGEST_COMPILED
