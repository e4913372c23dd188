"""Where a run works: its engine, its staging folders, and the one-line error if it fails."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh.engine.engine import Engine
from sflydwh.engine.failures import as_run_error, is_unexplained
from sflydwh.engine.staged import shown_progress, staged
from sflydwh.errors import RunError, SflyError
from sflydwh.files.staging import check_held, staging
from sflydwh.runs.settings import Settings
from sflydwh.table.snapshot import EventTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Damage = Callable[[], RunError | None]

# How often a step is tried if other runs keep changing the table first.
MOST_ATTEMPTS: Final = 100


@dataclass(frozen=True)
class Job:
    """What every run needs.

    Attributes:
        engine: the engine to run on.
        settings: how to run.
        started: local start time, which names the output.
        clock: monotonic start time in seconds.
    """

    engine: Engine
    settings: Settings
    started: datetime
    clock: float


class Workplace:
    """The staging folders and the engine of a running job.

    Args:
        engine: the engine.
        home: the directory of intermediate results.
        folders: the run's staging folder in each directory.
        damage: looks for a damaged file that may have made the engine fail.

    Attributes:
        engine: the engine.
    """

    def __init__(self, engine: Engine, home: Path, folders: dict[Path, Path], damage: Damage) -> None:
        self.engine = engine
        self._home = home
        self._folders = folders
        self._damage = damage

    def folder_in(self, directory: Path | None) -> Path:
        """The run's staging folder in a directory; None means the home directory."""
        return self._folders[self._home if directory is None else directory]

    def new_folder(self, name: str, directory: Path | None = None) -> Path:
        """The path of a new folder in the staging folder of a directory; a number is added if the name is taken."""
        parent = self.folder_in(directory)
        number = sum(1 for _ in parent.glob(f"{name}-*")) + 1
        folder = parent / f"{name}-{number}"
        folder.mkdir()
        return folder

    def staged(self, frame: "DataFrame", name: str, reads_bytes: int | None = None) -> "DataFrame":
        """Compute a frame once, and read it back from Parquet, so that its inputs are not read again.

        Args:
            frame: what to compute.
            name: a name for the folder and the progress display.
            reads_bytes: how many bytes of the input it reads; None if it reads none.
        """
        with shown_progress(self.engine, name, reads_bytes):
            return staged(self.engine, frame, self.new_folder(name) / "rows")

    def check_held(self) -> None:
        """Check that no staging folder was removed during the run.

        Raises:
            RunError: one was.
        """
        for folder in self._folders.values():
            check_held(folder)

    def failure(self, error: Exception) -> SflyError:
        """The error to report: a lost staging folder or a damaged file takes precedence over what it caused."""
        try:
            self.check_held()
        except RunError as loss:
            return loss
        damage = self._damage() if is_unexplained(error) else None
        return as_run_error(damage or error, self._home)


@contextmanager
def workplace(
    engine: Engine, home: Path, others: Iterable[Path] = (), damage: Damage = lambda: None
) -> Iterator[Workplace]:
    """Create staging folders for a run, and remove them at the end.

    Args:
        engine: the engine to run on.
        home: the directory of intermediate results; created if absent.
        others: directories in which to stage files that will be published there.
        damage: looks for a damaged file that may have made the engine fail.

    Raises:
        SflyError: any failure, with a one-line message.
    """
    with ExitStack() as stack:
        folders = {directory: stack.enter_context(staging(directory)) for directory in dict.fromkeys((home, *others))}
        place = Workplace(engine, home, folders, damage)
        try:
            yield place
        except Exception as error:
            failure = place.failure(error)
            if failure is error:
                raise
            raise failure from error


def overtaken(table: EventTable) -> RunError:
    """The error if other runs changed the table first too many times."""
    return RunError(f"another run changed {table.folder} first, {MOST_ATTEMPTS} times in a row; try again later")
