"""Tables whose events are told apart by their key too, or not at all: as all their logs would answer."""

import json
import random
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Logs
from sflydwh.table.schema import FORMAT, Kept
from sflydwh.table.snapshot import EventTable
from tests.running import answered, dat, logs_of, write
from tests.runs.test_upkeep import keep_up
from tests.table.tabling import ask, ingest


def log(path: Path, chance: random.Random) -> Path:
    """Few customers, keys and moments, so that much is one event under one identity and several under another."""
    lines = []
    for _ in range(60):
        kind = chance.choice(("ORDER", "ORDER", "ORDER", "SITE_VISIT", "CUSTOMER", "WISH"))
        event = {"type": kind, "event_time": f"2017-01-{chance.choice((2, 9, 10)):02}T0{chance.randrange(3)}:00:00Z"}
        event["key" if kind == "CUSTOMER" else "customer_id"] = chance.choice("abcd")
        if kind != "CUSTOMER" and chance.random() < 0.8:
            event["key"] = chance.choice(("o1", "o2", "", "o3"))
        if kind == "ORDER":
            event |= {"total_amount": f"{chance.randrange(900)}.25", "verb": chance.choice(("NEW", "NEW", "UPDATE"))}
        lines.append(json.dumps(event))
    return write(path, *lines)


def of_logs(engine: Engine, logs: list[Path], identity: str, output: Path) -> bytes:
    source = logs_of(*logs)
    source = Logs(source.inputs, source.log_format, source.max_event_bytes, identity)
    return dat(answered(engine, source, Settings(output=str(output))))


def assert_as_logs(engine: Engine, table: Path, logs: list[Path], identity: str, folder: Path) -> None:
    """The table answers as its logs, from its rollup and from its events."""
    folder.mkdir()
    right = of_logs(engine, logs, identity, folder / "logs")
    assert dat(ask(engine, table, folder / "rolled up")) == right
    hidden = table.parent / "hidden"
    (table / "_rollup").rename(hidden)
    assert dat(ask(engine, table, folder / "events")) == right
    hidden.rename(table / "_rollup")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("identity", ["key", "none"])
def test_a_table_answers_as_its_logs(sail_engine: Engine, identity: str, seed: int, tmp_path: Path) -> None:
    chance, table = random.Random(seed), tmp_path / "table"
    logs = [log(tmp_path / f"{number}.log", chance) for number in range(4)]
    for number, each in enumerate(logs):
        ingest(sail_engine, [each], table, identity=identity)
        assert_as_logs(sail_engine, table, logs[: number + 1], identity, tmp_path / f"after {number}")
    assert EventTable(str(table)).latest().kept == Kept(identity)
    assert EventTable(str(table)).latest().kept.format == FORMAT
    keep_up(sail_engine, table, "a")
    more = log(tmp_path / "more.log", chance)
    ingest(sail_engine, [more], table)
    without_a = [
        write(tmp_path / f"{each.stem}.kept", *(line for line in each.read_text().splitlines() if '"a"' not in line))
        for each in logs
    ]
    assert_as_logs(sail_engine, table, [*without_a, more], identity, tmp_path / "forgotten")


@pytest.mark.spark
@pytest.mark.parametrize("identity", ["key", "none"])
def test_spark_answers_as_sail(spark_engine: Engine, sail_engine: Engine, identity: str, tmp_path: Path) -> None:
    chance = random.Random(3)
    logs = [log(tmp_path / f"{number}.log", chance) for number in range(2)]
    for each in logs:
        ingest(spark_engine, [each], tmp_path / "table", identity=identity)
    right = of_logs(sail_engine, logs, identity, tmp_path / "right")
    assert dat(ask(spark_engine, tmp_path / "table", tmp_path / "spark")) == right
    assert dat(ask(sail_engine, tmp_path / "table", tmp_path / "sail")) == right
    assert of_logs(spark_engine, logs, identity, tmp_path / "logs") == right
