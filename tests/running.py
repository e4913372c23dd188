"""A whole run and its output: what the tests share."""

import base64
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql.datasource import InputPartition
from pyspark.sql.types import StructType

from sflydwh.engine.engine import Engine
from sflydwh.formats.format import Format
from sflydwh.formats.named import SFLY, format_of
from sflydwh.generator import LogRequest, write_log
from sflydwh.inputs.find import find_inputs
from sflydwh.reader.datasource import EventsDataSource, EventsReader
from sflydwh.runs.answer import Answer, answer
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Logs, Source
from sflydwh.runs.workplace import Job
from tests import oracle

STARTED = datetime.fromisoformat("2017-01-06T12:46:46")
STEM = "20170106_20170106124646_SimpleLTV_TOP"
HEADER = "Customer_Id,Number_Of_Visits,Total_Order_Amount,SimpleLTV,Duration\n"


def run(engine: Engine, files: Sequence[Path], output: Path, top: int = 10, **settings: Any) -> Answer:
    how = Settings(output=str(output), **settings)
    return answered(engine, logs_of(*files, max_event_bytes=how.max_event_bytes), how, top)


def answered(engine: Engine, source: Source, settings: Settings, top: int = 10) -> Answer:
    return answer(job(engine, settings), source, top)


def job(engine: Engine, settings: Settings, started: datetime = STARTED) -> Job:
    return Job(engine, settings, started, time.monotonic())


def logs_of(*files: Path | str, max_event_bytes: int = 16 << 20, log_format: Format | None = None) -> Logs:
    how = log_format or format_of(SFLY)
    return Logs(find_inputs([os.fspath(file) for file in files]), how, max_event_bytes, how.identity)


def dat(answer: Answer) -> bytes:
    return Path(str(answer.summary.output)).read_bytes()


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rejects_in(file: Path) -> list[oracle.ltv.Reject]:
    """A rejects file as the oracle has it."""
    found: list[oracle.ltv.Reject] = []
    for line in file.read_bytes().splitlines(keepends=True):
        assert line.endswith(b"\n")
        reject = json.loads(line)
        text = reject.pop("raw", None)
        raw = base64.b64decode(reject.pop("raw_base64")) if text is None else text.encode()
        reject["raw"] = raw
        found.append(reject)
    return found


def dat_and_rejects(dat: Path) -> tuple[bytes, list[oracle.ltv.Reject]]:
    """An answer, and the rejects that lie beside it."""
    rejects = dat.with_name(dat.name.replace("_Customers.dat", "_Rejects")) / "rejects.jsonl"
    return dat.read_bytes(), rejects_in(rejects) if rejects.exists() else []


def right_answer(files: Sequence[Path], top: int = 10, **options: Any) -> oracle.Answer:
    return oracle.answer([(str(file), file.read_bytes()) for file in files], top, **options)


def assert_right(engine: Engine, files: Sequence[Path], output: Path, top: int = 10, **options: Any) -> Answer:
    """The run gives what the oracle gives: the bytes of the .dat, every reject and every count."""
    right = right_answer(files, top, **options)
    answer = run(engine, files, output, top, **options)
    account, rejects = answer.summary.account, answer.summary.rejects
    assert dat(answer) == right.dat
    assert (rejects_in(Path(rejects, "rejects.jsonl")) if rejects else []) == right.rejects
    counts = {
        "read": account.read,
        "accepted": account.accepted,
        "rejected": account.rejected,
        "superseded": account.superseded,
        "by_type": dict(account.by_type),
        "reasons": dict(account.reasons),
        "customers": account.customers,
        "customers_without_customer_event": account.customers_without_customer_event,
        "customers_with_spend_and_no_visit": account.customers_without_visit,
    }
    assert counts == {name: getattr(right, name) for name in counts}
    return answer


def event(kind: str, customer: str, time: str, **fields: Any) -> str:
    """An event as a line of a log."""
    owner = "key" if kind == "CUSTOMER" else "customer_id"
    return json.dumps({"type": kind, owner: customer, "event_time": time, **fields})


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def generated(path: Path, events: int, dirty: float = 0.0, seed: int = 1, layout: str = "lines") -> Path:
    """A log of the generator's."""
    write_log(LogRequest(events, customers=max(1, events // 10), seed=seed, dirty=dirty), str(path), layout)
    return path


def events_with_keys_of_their_own() -> list[str]:
    """The lines of a log in which no event supersedes another."""
    chance = random.Random(3)
    kinds = ["CUSTOMER", "SITE_VISIT", "IMAGE", "ORDER", "ORDER", "SURVEY"]
    lines = []
    for place in range(200):
        worth = {"verb": chance.choice(["NEW", "UPDATE"]), "total_amount": f"{chance.randrange(-500, 5000) / 100:.2f}"}
        kind, customer = chance.choice(kinds), chance.choice("abcde")
        order_key = {"key": chance.choice("xyz")} if kind == "ORDER" else {}
        lines.append(event(kind, customer, f"2017-{1 + place % 12:02}-01T00:00:00.{place:03}", **worth, **order_key))
    return lines


def watched(seen: Path) -> type[EventsDataSource]:
    """The data source, noting in a file each split that is read."""

    class WatchedReader(EventsReader):
        def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
            yield from super().read(partition)
            if partition.value.spans:
                with seen.open("a") as file:
                    file.write(f"{partition.value.index}\n")

    class Watched(EventsDataSource):
        def reader(self, schema: StructType) -> EventsReader:
            return WatchedReader(self.options)

    return Watched
