"""A directory, as a place for a run's files.

The .dat gets its name in a way that cannot overwrite: it is whole or absent.
"""

from pathlib import Path

from sflydwh.files.durable import put_in_place, sync_directory
from sflydwh.output.names import REJECTS_FILE


class Directory:
    """A directory on a mounted file system; what `output.place.Place` asks for.

    Args:
        path: the directory.

    Attributes:
        staging: the directory itself: files are staged on the file system where they will stay.
    """

    def __init__(self, path: Path) -> None:
        self.staging: Path | None = path
        self._path = path

    def check(self) -> None:
        """Nothing: to stage files here is the check."""

    def path_of(self, name: str) -> str:
        """The path that something here has."""
        return str(self._path / name)

    def has(self, name: str) -> bool:
        """Whether something here has this name."""
        return (self._path / name).exists()

    def claim(self, name: str) -> bool:
        """Whether an answer may have this name; it may be lost again to another run."""
        return not self.has(name)

    def make_folder(self, name: str) -> bool:
        """Make a new folder; false if the name is taken."""
        try:
            (self._path / name).mkdir()
        except FileExistsError:
            return False
        return True

    def move_rejects(self, staged: Path, lost: str | None, folder: str) -> None:
        """Move rejects to their folder, from staging or from the folder of a name that was lost."""
        now_at = self._path / lost / REJECTS_FILE if lost else staged
        now_at.rename(self._path / folder / REJECTS_FILE)
        if lost:
            now_at.parent.rmdir()

    def sync_folder(self, name: str) -> None:
        """See what is in a folder to the disk."""
        sync_directory(self._path / name)

    def rename_folder(self, name: str, new_name: str) -> None:
        """Give the folder of rejects another name."""
        (self._path / name).rename(self._path / new_name)

    def put_answer(self, staged: Path, name: str) -> bool:
        """Give an answer its name for good; false if the name is taken.

        An answer that may not outlive a power cut is taken back.
        """
        target = self._path / name
        try:
            put_in_place(staged, target)
        except FileExistsError:
            return False
        try:
            sync_directory(self._path)
        except OSError:
            target.unlink()
            raise
        return True

    def let_go(self) -> None:
        """Nothing: a name is taken in the step that gives it."""
