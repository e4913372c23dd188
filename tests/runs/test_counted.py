"""A source read once and added up."""

from pathlib import Path

from sflydwh.engine.engine import SAIL, Engine
from sflydwh.runs.counted import count
from sflydwh.runs.histories import staged_days
from sflydwh.runs.settings import Settings
from sflydwh.runs.workplace import workplace
from tests.predict.shop import order
from tests.running import logs_of, write


def test_no_step_is_computed_twice(engine: Engine, tmp_path: Path) -> None:
    lines = [order("a", "2017-01-02", "1", key="x"), order("a", "2017-01-02", "2", key="x")]
    settings = Settings(output=str(tmp_path))
    with workplace(engine, tmp_path / "staging") as work:
        counted = count(work, logs_of(write(tmp_path / "log.json", *lines)), settings)
        days = [(row.customer_id, int(row.worth)) for row in staged_days(work, counted).collect()]
        folders = sorted(folder.name for folder in work.folder_in(None).iterdir() if folder.is_dir())
    names = ["settled events", "repeated orders", "superseded orders", "updated orders"]
    steps = [f"{name}-1" for name in names] if engine.name == SAIL else []
    assert folders == sorted(["tallies-1", "ledger-1", "purchase days-1", *steps])
    assert days == [("a", 2)]
