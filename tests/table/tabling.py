"""Event tables: ingested into, asked, and looked at from outside."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from sflydwh.engine.engine import Engine
from sflydwh.formats.named import SFLY, format_of
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.account import Ingested
from sflydwh.runs.answer import Answer, answer
from sflydwh.runs.batch import Batch
from sflydwh.runs.ingest import ingest as run_ingest
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Table
from sflydwh.table.schema import Kept
from sflydwh.table.snapshot import EventTable
from tests import oracle
from tests.running import dat, files_below, job, right_answer

if TYPE_CHECKING:
    from datetime import datetime

KEY = ("customer_id", "event_time", "event_type")


def ingest(engine: Engine, files: Sequence[Path], table: Path, dry_run: bool = False, **settings: Any) -> Ingested:
    how = Settings(**settings)
    log_format = format_of(how.format or SFLY, how.currency)
    batch = Batch(find_inputs([str(file) for file in files]), log_format, how.max_event_bytes)
    place = EventTable(str(table))
    new = Kept(how.identity or log_format.identity, log_format.currency, how.formula or log_format.formula)
    snapshot = place.latest()
    return run_ingest(job(engine, how), batch, place, snapshot.kept if snapshot.version else new, dry_run)


def ask(engine: Engine, table: Path, output: Path, top: int = 10, as_of: int | None = None, **settings: Any) -> Answer:
    source = Table(EventTable(str(table)).version(as_of))
    return answer(job(engine, Settings(output=str(output), **settings)), source, top)


def assert_right_table(engine: Engine, files: Sequence[Path], table: Path, output: Path, **options: Any) -> Answer:
    """The table answers as the oracle does over the files, in the order in which they were ingested."""
    right = right_answer(files, **options)
    answer = ask(engine, table, output, **options)
    account = answer.summary.account
    assert dat(answer) == right.dat
    assert (account.accepted, account.superseded, account.rejected) == (right.accepted - right.superseded, 0, 0)
    assert account.customers == right.customers
    assert account.customers_without_customer_event == right.customers_without_customer_event
    assert account.customers_without_visit == right.customers_with_spend_and_no_visit
    return answer


def stored(table: Path) -> list[dict[str, Any]]:
    """The events of the latest version, as any reader of Delta Lake finds them, in the order of their keys."""
    files = DeltaTable(str(table)).file_uris()
    rows = [row for uri in files for row in pq.ParquetFile(uri).read().to_pylist()]
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows), "a key is stored twice"
    return sorted(rows, key=lambda row: tuple(row[name] for name in KEY))


def right_events(batches: Sequence[Sequence[Path]]) -> list[dict[str, Any]]:
    """What the table must hold after batches of files, by the oracle."""
    found = {}
    for number, files in enumerate(batches, 1):
        for file in files:
            for piece in oracle.pieces_to_judge(file.read_bytes()):
                event = oracle.judge(piece.fields) if piece.fields is not None else piece.reason
                if isinstance(event, oracle.Event):
                    key: tuple[str, datetime, str] = (event.customer_id, event.event_time, event.event_type)
                    found[key] = {
                        **dict(zip(KEY, key, strict=True)),
                        "verb": event.verb,
                        "key": event.key,
                        "amount": event.amount,
                        "attributes": piece.raw.decode(),
                        "source_file": str(file),
                        "source_offset": piece.offset,
                        "batch": number,
                    }
    return [found[key] for key in sorted(found)]


def version(table: Path) -> int:
    return DeltaTable(str(table)).version()


def data_files(table: Path) -> dict[str, str]:
    """The files of the latest version with their weeks."""
    actions = pa.table(DeltaTable(str(table)).get_add_actions(flatten=True)).to_pylist()
    return {action["path"]: str(action["partition.event_week"]) for action in actions}


def orphans(table: Path) -> list[str]:
    """What lies below a table's directory and is no file of a latest version, no log and no reject."""
    known = {Path(unquote(uri.removeprefix("file://"))) for uri in DeltaTable(str(table)).file_uris()}
    rollup = table / "_rollup"
    if rollup.exists():
        known |= {Path(unquote(uri.removeprefix("file://"))) for uri in DeltaTable(str(rollup)).file_uris()}
    kept = ("_delta_log", "_rejects")
    return sorted(
        name for name in files_below(table) if table / name not in known and not {*kept} & {*Path(name).parts}
    )
