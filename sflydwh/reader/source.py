"""One input file as bytes: opened anywhere, read exactly or not at all."""

from types import TracebackType
from typing import Final

from pyarrow import ArrowException, fs

from sflydwh.errors import InputError

UTF8_BOM: Final = b"\xef\xbb\xbf"


def filesystem_of(path: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or of a URI such as ``s3://``, and the path on it."""
    if "://" not in path:
        return fs.LocalFileSystem(), path
    filesystem, inner = fs.FileSystem.from_uri(path)
    return filesystem, inner


class Source:
    """An input file of a known size.

    Args:
        path: a local path or a URI.
        size: the size in bytes that the run was planned with.

    Raises:
        InputError: the file cannot be opened, or its size is another by now.
    """

    def __init__(self, path: str, size: int) -> None:
        self.path = path
        self.size = size
        try:
            filesystem, inner = filesystem_of(path)
            self._file = filesystem.open_input_file(inner)
            found = self._file.size()
        except (OSError, ArrowException) as error:
            raise InputError(f"cannot read {path}: {_reason(error)}") from error
        if found != size:
            raise InputError(f"{path} changed while it was read: {size} bytes before, {found} now")

    def read(self, offset: int, length: int) -> bytes:
        """Exactly the bytes from `offset` on, `length` of them or as many as the file has."""
        wanted = max(0, min(length, self.size - offset))
        try:
            data: bytes = self._file.read_at(wanted, offset)
        except (OSError, ArrowException) as error:
            raise InputError(f"cannot read {self.path} at byte {offset}: {_reason(error)}") from error
        if len(data) != wanted:
            raise InputError(f"{self.path} changed while it was read: it ends at byte {offset + len(data)}")
        return data

    def content_start(self) -> int:
        """The offset of the first byte after a byte order mark."""
        return len(UTF8_BOM) if self.read(0, len(UTF8_BOM)) == UTF8_BOM else 0

    def close(self) -> None:
        """Close the file, or fail if it changed since it was opened."""
        try:
            found = self._file.size()
        finally:
            self._file.close()
        if found != self.size:
            raise InputError(f"{self.path} changed while it was read: {self.size} bytes before, {found} now")

    def __enter__(self) -> "Source":  # noqa: PYI034
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
