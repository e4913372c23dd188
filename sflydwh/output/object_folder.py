"""A folder of an object store as a place for a run's files.

An object appears complete, with the request that ends its upload, but the last writer wins: no
request fails if the name is taken. So a run first claims a name with a hidden empty object, and
then lists the folder. Of two runs that want the same name, at least one sees the other's claim,
and moves on to the next name.
"""

import contextlib
import errno
import random
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyarrow import ArrowException, NativeFile, fs

from sflydwh.errors import first_line
from sflydwh.files.uri import Location, filesystem, location
from sflydwh.output.names import REJECTS_FILE

_PART_BYTES: Final = 16 << 20
_LONGEST_WAIT_SECONDS: Final = 0.5


class ObjectFolder:
    """A folder of an object store; implements `output.place.Place`.

    Args:
        uri: the folder. It need not exist.
    """

    staging: Path | None = None

    def __init__(self, uri: str) -> None:
        self._where = location(uri)
        self._token = secrets.token_hex(8)
        self._claims: list[str] = []

    def check(self) -> None:
        """Fail early if nothing could be written here."""
        probe = self._where.below(f".sflydwh-probe-{self._token}")
        _put_new(probe, [])
        _delete(probe)

    def path_of(self, name: str) -> str:
        """The URI of a name here, for messages."""
        return str(self._where.below(name))

    def has(self, name: str) -> bool:
        """Whether the name is taken."""
        return name in self._names()

    def claim(self, name: str) -> bool:
        """Claim a name with a hidden object; false if the name is taken, or another run claims it too."""
        stem = f".{name}.claim-"
        claim = stem + self._token
        _put_new(self._where.below(claim), [])
        self._claims.append(claim)
        there = self._names()
        rivals = any(other.startswith(stem) and other != claim for other in there)
        if not rivals and name not in there:
            return True
        self.let_go()
        if rivals:
            # Two runs in step would collide again on the next name.
            time.sleep(random.uniform(0, _LONGEST_WAIT_SECONDS))  # noqa: S311
        return False

    def make_folder(self, name: str) -> bool:
        """Claim a folder's name; the folder itself appears with its first object."""
        return self.claim(name)

    def move_rejects(self, staged: Path, lost: str | None, folder: str) -> None:
        """Put rejects into a folder, from staging; delete them in the folder of a name that another run took."""
        with staged.open("rb") as file:
            _put_new(self._where.below(f"{folder}/{REJECTS_FILE}"), iter(lambda: file.read(_PART_BYTES), b""))
        if lost:
            _delete(self._where.below(f"{lost}/{REJECTS_FILE}"))

    def sync_folder(self, name: str) -> None:
        """Do nothing: objects are durable once they exist."""

    def rename_folder(self, name: str, new_name: str) -> None:
        """Copy the rejects to the new folder, and delete them in the old one."""
        old, new = (self._where.below(f"{folder}/{REJECTS_FILE}") for folder in (name, new_name))
        with _errors_of(new):
            opened, inner = filesystem(old)
            opened.move(inner, filesystem(new)[1])

    def put_answer(self, staged: Path, name: str) -> bool:
        """Put the answer under its name, which this run has claimed."""
        _put_new(self._where.below(name), [staged.read_bytes()])
        return True

    def let_go(self) -> None:
        """Delete the claims of this run."""
        while self._claims:
            _delete(self._where.below(self._claims.pop()))

    def _names(self) -> set[str]:
        """The names in the folder."""
        with _errors_of(self._where):
            opened, inner = filesystem(self._where)
            return {info.base_name for info in opened.get_file_info(fs.FileSelector(inner, allow_not_found=True))}


def put_object(uri: str, data: bytes) -> None:
    """Put an object, replacing an existing one.

    Raises:
        OSError: it cannot be written; the error names it.
    """
    _put(location(uri), [data])


def _put_new(place: Location, parts: Iterable[bytes]) -> None:
    """Write a new object; if that fails, delete it.

    An abandoned stream is still closed, and leaves an object with the parts written so far.
    """
    try:
        _put(place, parts)
    except BaseException:
        _delete(place)
        raise


def _put(place: Location, parts: Iterable[bytes]) -> None:
    """Write an object; it appears, complete, when the stream is closed."""
    with _errors_of(place):
        opened, inner = filesystem(_opened_late(place))
        with opened.open_output_stream(inner) as stream:
            _write(stream, parts)


def _write(stream: NativeFile, parts: Iterable[bytes]) -> None:
    for part in parts:
        stream.write(part)


def _opened_late(place: Location) -> Location:
    """The same place, opened so that an upload starts late: a small object then takes only one request."""
    if not place.root.startswith("s3:"):
        return place
    return place._replace(query=f"{place.query or '?'}{'&' if place.query else ''}allow_delayed_open=true")


def _delete(place: Location) -> None:
    """Delete an object, ignoring errors: a leftover does no harm."""
    with contextlib.suppress(OSError, ArrowException):
        opened, inner = filesystem(place)
        opened.delete_file(inner)


@contextmanager
def _errors_of(place: Location) -> Iterator[None]:
    """Turn errors of a store into one-line OSErrors that name the place."""
    try:
        yield
    except (OSError, ArrowException) as error:
        raise OSError(errno.EIO, first_line(error), str(place)) from error
