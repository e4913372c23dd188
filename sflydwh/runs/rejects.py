"""The rejects of a run: staged, checked, and kept if the run fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh.errors import RunError, SflyError
from sflydwh.events.pieces import Pieces
from sflydwh.files.durable import write_file
from sflydwh.formats.amounts import NO_CODE
from sflydwh.formats.format import Format
from sflydwh.inputs.find import Inputs
from sflydwh.output.names import REJECTS_FILE, RunName
from sflydwh.output.place import Place
from sflydwh.output.publish import keep_rejects
from sflydwh.output.rejects import reject_lines
from sflydwh.reader.fitting import JUDGED_BYTES
from sflydwh.reader.hints import hint
from sflydwh.reader.source import open_source
from sflydwh.runs.wording import listed
from sflydwh.runs.workplace import Workplace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_MOST_LOOKED_AT: Final = 10


def staged_rejects(rejects: "DataFrame", folder: Path) -> tuple[Path, int]:
    """Write rejects to a staging folder; return the file and their number.

    Args:
        rejects: rows of `reason`, `source_file`, `offset` (bytes) and `raw`, in input order.
        folder: the staging folder.
    """
    path = folder / REJECTS_FILE
    return path, write_file(path, reject_lines(rejects))


def check_accepted(
    pieces: Pieces,
    most_rejects: int | None,
    look: Callable[[], str | None],
    are_ignored_enough: bool = False,
) -> None:
    """Fail if there are too many rejects, or no accepted events.

    Args:
        pieces: the counts of the pieces by outcome.
        most_rejects: the highest number of rejects allowed; None for no limit.
        look: says what the input looks like; called only if nothing was accepted.
        are_ignored_enough: whether events of unknown types, or ignored records, are enough for success.

    Raises:
        RunError: the check failed.
    """
    if most_rejects is not None and pieces.rejected > most_rejects:
        raise RunError(f"{pieces.rejected:,} events were rejected, above --max-rejects {most_rejects:,}")
    enough = pieces.accepted + pieces.ignored.total() if are_ignored_enough else pieces.of_the_model
    if pieces.read and not enough:
        said = look()
        raise RunError(f"{nothing_accepted(pieces)}; {said}" if said else nothing_accepted(pieces))


def nothing_accepted(pieces: Pieces) -> str:
    """The error for an input without accepted events: the outcomes of its pieces."""
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


def look_at(inputs: Inputs, log_format: Format) -> str | None:
    """What logs look like, by the first file that can be recognised; None if none can.

    Args:
        inputs: the files.
        log_format: the format that they were read with.
    """
    for file in inputs[:_MOST_LOOKED_AT]:
        # The run has already failed, so errors while looking are ignored.
        with suppress(OSError, SflyError), open_source(*file[:3]) as source:
            said = hint(source.read(source.start, JUDGED_BYTES), log_format)
            if said:
                return f"{source.path}: {said}"
    return None


@contextmanager
def kept_on_failure(staged: Path | None, name: RunName, place: Place, work: Workplace) -> Iterator[None]:
    """Keep the rejects of a run that fails, unless they are already published.

    Args:
        staged: the staged rejects; None if there are none.
        name: the name of the run.
        place: where their folder goes.
        work: where the run works.

    Raises:
        SflyError: the reason of the failure, with the path of the rejects.
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
    """Move rejects to a new folder; return its name."""
    if place.staging:
        place.staging.mkdir(parents=True, exist_ok=True)
    return keep_rejects(staged, name, place, failed)


class PlacedRejects:
    """The rejects of an ingest: published once, before the matching version is committed.

    Args:
        name: the name of the run.
        place: where their folder goes.
    """

    def __init__(self, name: RunName, place: Place) -> None:
        self.name = name
        self.place = place
        self._folders: dict[Path, str] = {}

    def put(self, staged: Path) -> None:
        """Publish staged rejects, unless that was done."""
        if staged not in self._folders:
            self._folders[staged] = _kept(staged, self.name, self.place, failed=False)

    def keep(self) -> str | None:
        """Keep the rejects of a committed version; return the path of their folder, None if there are none."""
        return self.place.path_of(self._folders.popitem()[1]) if self._folders else None

    def mark_failed(self) -> None:
        """Rename the folder of published rejects if no version was committed: they belong to a failed run."""
        while self._folders:
            _, folder = self._folders.popitem()
            self.place.rename_folder(folder, f"{folder}_failed")
