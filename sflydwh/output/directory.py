"""A directory as a place for a run's files.

The .dat gets its name by an atomic call that cannot overwrite, so it is complete or absent.
"""

from pathlib import Path

from sflydwh.files.durable import put_in_place, sync_directory
from sflydwh.output.names import REJECTS_FILE


class Directory:
    """A directory on a mounted file system; implements `output.place.Place`.

    Args:
        path: the directory.

    Attributes:
        staging: the directory itself, because files must be staged on the file system of their final place.
    """

    def __init__(self, path: Path) -> None:
        self.staging: Path | None = path
        self._path = path

    def check(self) -> None:
        """Do nothing: staging files here is the check."""

    def path_of(self, name: str) -> str:
        """The path of a name here."""
        return str(self._path / name)

    def has(self, name: str) -> bool:
        """Whether the name is taken."""
        return (self._path / name).exists()

    def claim(self, name: str) -> bool:
        """Whether the name is free; another run may still take it before the answer does."""
        return not self.has(name)

    def make_folder(self, name: str) -> bool:
        """Make a new folder; false if the name is taken."""
        try:
            (self._path / name).mkdir()
        except FileExistsError:
            return False
        return True

    def move_rejects(self, staged: Path, lost: str | None, folder: str) -> None:
        """Move rejects to their folder, from staging or from the folder of a name that another run took."""
        now_at = self._path / lost / REJECTS_FILE if lost else staged
        now_at.rename(self._path / folder / REJECTS_FILE)
        if lost:
            now_at.parent.rmdir()

    def sync_folder(self, name: str) -> None:
        """Sync the contents of a folder to disk."""
        sync_directory(self._path / name)

    def rename_folder(self, name: str, new_name: str) -> None:
        """Rename the folder of rejects."""
        (self._path / name).rename(self._path / new_name)

    def put_answer(self, staged: Path, name: str) -> bool:
        """Give an answer its final name; false if the name is taken.

        If the directory cannot be synced, the answer is removed again.
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
        """Do nothing: a directory needs no claims."""
