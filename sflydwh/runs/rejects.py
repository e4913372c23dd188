"""The rejects of a run: staged, checked, and kept in a folder that says so where the run fails."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sflydwh.errors import RunError
from sflydwh.events.pieces import Pieces
from sflydwh.files.durable import write_file
from sflydwh.formats.amounts import NO_CODE
from sflydwh.output.names import REJECTS_FILE, RunName
from sflydwh.output.place import Place
from sflydwh.output.publish import keep_rejects
from sflydwh.output.rejects import reject_lines
from sflydwh.runs.wording import listed
from sflydwh.runs.workplace import Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def staged_rejects(rejects: "DataFrame", folder: Path) -> tuple[Path, int]:
    """Write rejects to a staging folder; the file, and how many they are.

    Args:
        rejects: rows of `reason`, `source_file`, `offset` (bytes) and `raw`, in input order.
        folder: where they are staged.
    """
    path = folder / REJECTS_FILE
    return path, write_file(path, reject_lines(rejects))


def check_accepted(pieces: Pieces, most_rejects: int | None, are_ignored_enough: bool = False) -> None:
    """Fail where there are too many rejects, or nothing to answer from.

    Args:
        pieces: what became of the pieces.
        most_rejects: how many may be rejected; None for any number.
        are_ignored_enough: whether accepted events of any type, or ignored records, are enough.

    Raises:
        RunError: there are.
    """
    if most_rejects is not None and pieces.rejected > most_rejects:
        raise RunError(f"{pieces.rejected:,} events were rejected, above --max-rejects {most_rejects:,}")
    enough = pieces.accepted + pieces.ignored.total() if are_ignored_enough else pieces.of_the_model
    if pieces.read and not enough:
        raise RunError(nothing_accepted(pieces))


def nothing_accepted(pieces: Pieces) -> str:
    """What is said of an input without an event to answer from: what became of its pieces instead."""
    parts = []
    if pieces.rejected:
        parts.append(f"rejected {pieces.rejected:,}{listed(pieces.reasons)}")
    if pieces.currencies:
        code = pieces.currencies.most_common(1)[0][0]
        hint = "" if code == NO_CODE else f", see --currency {code}"
        parts.append(f"amounts in another currency{listed(pieces.currencies)}{hint}")
    if pieces.ignored:
        parts.append(f"ignored by the format {pieces.ignored.total():,}{listed(pieces.ignored)}")
    if pieces.accepted:
        parts.append(f"of unknown types {pieces.accepted:,}{listed(pieces.by_type)}")
    return f"none of the {pieces.read:,} events was accepted; {'; '.join(parts)}"


@contextmanager
def kept_on_failure(staged: Path | None, name: RunName, place: Place, work: Workplace) -> Iterator[None]:
    """Keep the rejects of a run that fails, unless they are in their place already.

    Args:
        staged: the rejects; None without any.
        name: the name of the run.
        place: where their folder goes.
        work: where the run works.

    Raises:
        SflyError: what the run failed of, with the path of the rejects.
    """
    try:
        yield
    except Exception as error:
        if staged is None or not staged.exists():
            raise
        failure = work.failure(error)
        with suppress(OSError, RunError):
            work.check_held()
            folder = place.path_of(_kept(staged, name, place, failed=True))
            failure = RunError(f"{failure}; see {folder}/{REJECTS_FILE}", rejects=folder)
        raise failure from error


def _kept(staged: Path, name: RunName, place: Place, failed: bool) -> str:
    """Put rejects in a folder of their own; its name."""
    if place.staging:
        place.staging.mkdir(parents=True, exist_ok=True)
    return keep_rejects(staged, name, place, failed)


class PlacedRejects:
    """The rejects of an ingest: put in place before the version that goes with them, once.

    Args:
        name: the name of the run.
        place: where their folder goes.
    """

    def __init__(self, name: RunName, place: Place) -> None:
        self.name = name
        self.place = place
        self._folders: dict[Path, str] = {}

    def put(self, staged: Path) -> None:
        """Put staged rejects in place, if they are not."""
        if staged not in self._folders:
            self._folders[staged] = _kept(staged, self.name, self.place, failed=False)

    def keep(self) -> str | None:
        """The version is there: its rejects stay. The path of their folder, None without any."""
        return self.place.path_of(self._folders.popitem()[1]) if self._folders else None

    def mark_failed(self) -> None:
        """Rejects that were put in place for a version that did not come to be are a failed run's."""
        while self._folders:
            _, folder = self._folders.popitem()
            self.place.rename_folder(folder, f"{folder}_failed")
