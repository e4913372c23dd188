"""Counts the bytes of input that this process has read, to show progress."""

import threading

_lock = threading.Lock()
_bytes_read = 0


def count(size: int) -> None:
    """Note that a block of this many bytes was read."""
    global _bytes_read  # noqa: PLW0603
    with _lock:
        _bytes_read += size


def bytes_read() -> int:
    """The bytes read so far by all readers of this process."""
    return _bytes_read
