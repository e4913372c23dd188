"""Where a run's files go: a directory, or a folder of an object store."""

from pathlib import Path
from typing import Protocol

from sflydwh.files.durable import replace_file
from sflydwh.files.uri import is_uri
from sflydwh.output.directory import Directory
from sflydwh.output.object_folder import ObjectFolder, put_object


class Place(Protocol):
    """A folder that takes finished files, each in one step.

    Attributes:
        staging: the directory in which files must be staged to be moved here; None if any directory will do.
    """

    staging: Path | None

    def check(self) -> None:
        """Fail early if nothing could be written here."""
        ...

    def path_of(self, name: str) -> str:
        """The path or URI of a name here, for messages."""
        ...

    def has(self, name: str) -> bool:
        """Whether the name is taken."""
        ...

    def claim(self, name: str) -> bool:
        """Claim a name for an answer; false if it is taken. In a directory another run may still take it."""
        ...

    def make_folder(self, name: str) -> bool:
        """Make a new folder; false if the name is taken."""
        ...

    def move_rejects(self, staged: Path, lost: str | None, folder: str) -> None:
        """Move rejects into a new folder, from staging or from the folder of a name that another run took."""
        ...

    def sync_folder(self, name: str) -> None:
        """Sync the contents of a folder to disk."""
        ...

    def rename_folder(self, name: str, new_name: str) -> None:
        """Rename the folder of rejects."""
        ...

    def put_answer(self, staged: Path, name: str) -> bool:
        """Give an answer its name for good; false if the name is taken."""
        ...

    def let_go(self) -> None:
        """Release names that were claimed but not used."""
        ...


def place_of(path: str) -> Place:
    """The place that a path or a URI names."""
    return ObjectFolder(path) if is_uri(path) else Directory(Path(path).absolute())


def replace(path: str, data: bytes) -> None:
    """Replace a file or an object atomically.

    Raises:
        OSError: it cannot be written; the error names it.
    """
    if is_uri(path):
        put_object(path, data)
    else:
        replace_file(Path(path), data)
