"""Logs of an uneven form: one customer with a large share of all events, and very many files."""

import os
from pathlib import Path
from typing import Any

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.engine.spark import Spark
from sflydwh.formats.named import format_of
from sflydwh.inputs.find import find_inputs
from sflydwh.reader.datasource import EventsReader, Plan, reader_options
from sflydwh.reader.pieces import Limits
from tests.running import assert_right, event, generated, write

MIB = 1 << 20
TIB = 1 << 40


def test_a_customer_with_a_third_of_all_events_is_added_up_like_any_other(engine: Engine, tmp_path: Path) -> None:
    others = generated(tmp_path / "others.log", 7000)
    kinds = ("CUSTOMER", "SITE_VISIT", "ORDER")
    lines = [
        event(kinds[n % 3], "one", f"2017-01-{1 + n % 28:02}T00:00:00.{n:06}", key=str(n % 50), total_amount=str(n))
        for n in range(3000)
    ]
    lines = [
        line.replace('"key": "' + str(n % 50), '"key": "one') if n % 3 == 0 else line for n, line in enumerate(lines)
    ]
    assert_right(engine, [others, write(tmp_path / "one.log", *lines)], tmp_path / "out")


def test_five_thousand_files_are_read_by_few_tasks(sail_engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    for number in range(5000):
        write(folder / f"{number:04}.log", event("SITE_VISIT", f"c{number % 100}", f"2017-01-01T00:00:00.{number:06}"))
    inputs = find_inputs([os.fspath(folder)])
    sfly = format_of("sfly")
    options = reader_options(Plan(inputs, sail_engine.split_bytes(inputs.size), sfly, sfly.identity, Limits()))
    assert len(inputs) == 5000
    assert len(EventsReader(options).partitions()) == 1
    assert_right(sail_engine, sorted(folder.iterdir()), tmp_path / "out")


class Settings:
    """A session's settings, and nothing else of it."""

    def __init__(self, **values: str) -> None:
        self.conf = self
        self.values = {"spark.sql.shuffle.partitions": "200", "spark.sql.files.maxPartitionBytes": "134217728b"}
        self.values |= values

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.values.get(name, default)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value


@pytest.mark.parametrize(
    ("input_bytes", "partitions"),
    [(0, 1), (MIB, 2), (1000 * MIB, 8), (100_000 * MIB, 782), (512 * 1024 * MIB, 4097), (TIB, 4097)],
)
def test_spark_shuffles_into_as_many_partitions_as_the_input_asks_for(
    input_bytes: int, partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    settings: Any = Settings()
    Spark(settings, "").fit_shuffles(input_bytes)
    assert settings.values["spark.sql.shuffle.partitions"] == str(partitions)


def test_a_number_of_partitions_that_the_user_set_stays() -> None:
    settings: Any = Settings(**{"spark.sql.shuffle.partitions": "7"})
    Spark(settings, "").fit_shuffles(TIB)
    assert settings.values["spark.sql.shuffle.partitions"] == "7"


@pytest.mark.parametrize(
    ("most", "split_bytes"), [("134217728b", 128 * MIB), ("8m", 8 * MIB), ("1k", MIB), ("1g", 256 * MIB)]
)
def test_what_a_task_of_spark_reads_of_a_large_input_has_a_bound(most: str, split_bytes: int) -> None:
    settings: Any = Settings(**{"spark.sql.files.maxPartitionBytes": most})
    assert Spark(settings, "").split_bytes(TIB) == split_bytes


@pytest.mark.parametrize(
    ("input_bytes", "most", "split_bytes"),
    [(0, "134217728b", MIB), (800 * MIB, "134217728b", 400 * MIB + 1), (TIB, "134217728b", 1024 * MIB),
     (TIB, "8m", 8 * MIB)],
)  # fmt: skip
def test_on_one_machine_a_core_reads_its_share_unless_the_user_set_a_bound(
    input_bytes: int, most: str, split_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    settings: Any = Settings(**{"spark.sql.files.maxPartitionBytes": most, "spark.master": "local[2]"})
    assert Spark(settings, "").split_bytes(input_bytes) == split_bytes


@pytest.mark.parametrize(
    ("input_bytes", "split_bytes"),
    [(0, MIB), (10 * MIB, 5 * MIB + 1), (1024 * MIB, 32 * MIB), (256 * 1024 * MIB, 64 * MIB)],
)
def test_what_a_task_of_spark_reads_grows_with_the_input(
    input_bytes: int, split_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    settings: Any = Settings(**{"spark.sql.files.maxPartitionBytes": "134217728b"})
    assert Spark(settings, "").split_bytes(input_bytes) == split_bytes
