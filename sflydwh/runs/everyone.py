"""A row for each customer, as Parquet written by the tasks, in a folder that appears whole."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sflydwh.errors import RunError
from sflydwh.files.durable import sync_directory
from sflydwh.output.names import PredictionName
from sflydwh.predict.scoring import EVERYONE
from sflydwh.runs.workplace import Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def put_customers(work: Workplace, scored: "DataFrame", directory: Path, name: PredictionName) -> Path:
    """Write all customers, and give the folder its name in one step.

    Args:
        work: where the run works; it stages in the directory.
        scored: rows of `SCORED`.
        directory: where the folder goes.
        name: the name of the run.

    Raises:
        RunError: the folder is there already.
    """
    staged = work.new_folder("customers", directory) / "rows"
    work.engine.write(scored.select(*EVERYONE), staged, "zstd")
    for other in [path for path in staged.iterdir() if path.suffix != ".parquet"]:
        other.unlink() if other.is_file() else shutil.rmtree(other)
    folder = directory / name.customers
    if folder.exists():
        raise RunError(f"--customers: {folder} is there already")
    staged.rename(folder)
    sync_directory(directory)
    return folder
