"""A row for each customer, as Parquet written by the tasks; the folder appears only when complete."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sflydwh.errors import RunError
from sflydwh.files.durable import sync_directory
from sflydwh.output.names import RunName
from sflydwh.output.place import Place
from sflydwh.predict.scoring import EVERYONE, SCORED, scoring
from sflydwh.runs.counted import Counted
from sflydwh.runs.dated import EPOCH
from sflydwh.runs.histories import customers_of, last_day, scales_of_rows, staged_days
from sflydwh.runs.settings import Settings
from sflydwh.runs.workplace import Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Everyone:
    """The folder of `--customers`: published before the answer, and removed if no answer follows.

    Args:
        work: where the run works; it must have a staging folder in the directory.
        scored: rows of `SCORED`.
        directory: where the folder goes.
    """

    def __init__(self, work: Workplace, scored: "DataFrame", directory: Path) -> None:
        self._directory = directory
        self._staged = work.new_folder("customers", directory) / "rows"
        self._put: RunName | None = None
        work.engine.write(scored.select(*EVERYONE), self._staged, "zstd")
        for other in [path for path in self._staged.iterdir() if path.suffix != ".parquet"]:
            shutil.rmtree(other) if other.is_dir() else other.unlink()

    def put(self, name: RunName) -> None:
        """Give the folder its name atomically; rename it if the run had to take another name.

        Raises:
            RunError: the name is taken.
        """
        folder = self._directory / name.customers
        if folder.exists():
            raise RunError(f"--customers: {folder} already exists")
        now_at = self._directory / self._put.customers if self._put else self._staged
        now_at.rename(folder)
        self._put = name
        sync_directory(self._directory)

    def take_back(self, output: Place) -> None:
        """Remove the folder after a failure, unless the answer exists."""
        if self._put and not output.has(self._put.dat):
            shutil.rmtree(self._directory / self._put.customers, ignore_errors=True)


def unpredicted(work: Workplace, counted: Counted, settings: Settings) -> "DataFrame":
    """Every customer with its history and segment, as of the last event; predictions are null."""
    as_of = last_day(counted)[0] if counted.account.customers else EPOCH
    days = staged_days(work, counted)
    rows = work.staged(customers_of(counted, days, as_of, settings), "customers")
    return rows.mapInArrow(scoring(None, scales_of_rows(rows)), SCORED.sql)
