"""Very many tiny batches, one after the other, into one event table.

    python -m tests.torture.many_batches --batches N [--seed S]

Events come late, come again and are updated, and files come again under other names. After all
of them, and again after maintenance, the table must be what the oracle says. How long the first
and the last batches took is told: it must not grow out of hand.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean

from chispa import assert_df_equality

from sflydwh.engine.choice import open_engine
from sflydwh.engine.engine import SAIL, Engine
from sflydwh.runs.upkeep import keep_up
from sflydwh.table import tallies as sums
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import EventTable
from tests.running import event, write
from tests.table.tabling import assert_right_table, data_files, ingest, orphans, right_events, stored

KINDS = ["CUSTOMER", "SITE_VISIT", "SITE_VISIT", "IMAGE", "ORDER", "ORDER", "SURVEY"]
FORMULAS = [
    {"formula": formula, "order_updates": way} for formula in ("simple", "weekly") for way in ("replace", "add")
]


def tiny_logs(batches: int, seed: int, folder: Path) -> list[Path]:
    """A log for each batch; their days go on slowly, a tenth of the events is late, and many have a key again."""
    chance = random.Random(seed)
    logs = []
    for batch in range(batches):
        lines = []
        for _ in range(chance.randrange(1, 9)):
            today = 10 + batch // 20
            day = today if chance.random() < 0.9 else chance.randrange(today)
            at = f"{date(2017, 1, 2) + timedelta(days=day)}T{chance.randrange(2):02}:00:00"
            order = {"key": chance.choice("xyz"), "total_amount": f"{chance.randrange(1, 10_000) / 100:.2f}"}
            kind, verb = chance.choice(KINDS), chance.choice(["NEW", "NEW", "UPDATE"])
            customer = f"c{chance.randrange(8)}"
            lines.append(event(kind, customer, at, verb=verb, log=batch, **order if kind == "ORDER" else {}))
        logs.append(write(folder / f"log{batch:05}", *lines))
    return logs


def ingested(engine: Engine, logs: list[Path], table: Path) -> Iterator[float]:
    """Ingest each log, and each twentieth one again under another name; how long each took."""
    for number, log in enumerate(logs):
        begin = time.monotonic()
        done = ingest(engine, [log], table)
        yield time.monotonic() - begin
        assert done.files == 1
        assert [
            told for told in done.warnings if "unknown event types" not in told and "superseded by one" not in told
        ] == []
        if number % 20 == 19:
            twin = log.with_name("twin")
            twin.write_bytes(log.read_bytes())
            assert ingest(engine, [twin], table).known == (str(twin),)


def assert_right(engine: Engine, logs: list[Path], table: Path, output: Path) -> None:
    """The table, its rollup and its answers are what the oracle and a recompute give."""
    right = right_events([[log] for log in logs])
    assert [{**row, "key": None} for row in stored(table)] == [{**row, "key": None} for row in right]
    for number, options in enumerate(FORMULAS):
        assert_right_table(engine, logs, table, output / str(number), **options)
    snapshot = EventTable(str(table)).latest()
    rolled_up = snapshot.stored_tallies(engine)
    assert rolled_up is not None
    found, again = rolled_up.transform(sums.added_up, Kept()), snapshot.tallies(engine)
    assert_df_equality(found.drop("place"), again.drop("place"), ignore_row_order=True, ignore_nullable=True)


def run(engine: Engine, batches: int, seed: int, folder: Path) -> tuple[list[float], float]:
    """Ingest, check, keep up, check; how long each ingest took, and the upkeep."""
    logs, table = tiny_logs(batches, seed, folder), folder / "table"
    seconds = list(ingested(engine, logs, table))
    assert_right(engine, logs, table, folder / "before")
    before, begin = data_files(table), time.monotonic()
    kept = keep_up(engine, EventTable(str(table)), retention_hours=0)
    upkeep = time.monotonic() - begin
    after = data_files(table)
    assert (kept.files_before, kept.files) == (len(before), len(after))
    assert len(after) == len(set(after.values())) == len(set(before.values())) < len(before)
    assert orphans(table) == []
    assert_right(engine, logs, table, folder / "after")
    assert ingest(engine, logs, table).files == 0
    return seconds, upkeep


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_engine(SAIL) as engine:
        seconds, upkeep = run(engine, arguments.batches, arguments.seed, Path(folder))
    share = max(1, len(seconds) // 10)
    tenths = [mean(seconds[low:high]) for low, high in pairwise([*range(0, len(seconds), share), len(seconds)])]
    print("seconds a batch, by tenths of the batches:", *(f"{tenth:.3f}" for tenth in tenths))
    print(f"{arguments.batches} batches in {sum(seconds):.0f} s, maintenance in {upkeep:.1f} s, the answers are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
