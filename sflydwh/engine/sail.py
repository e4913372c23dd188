"""Sail: the embedded engine, a server in this process that speaks Spark Connect."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sflydwh.engine.engine import LEAST_SPLIT_BYTES, LOOPBACK, SAIL, Engine, cores, ctrl_c_kept
from sflydwh.engine.machine import memory_bytes

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Part of the machine's memory for Sail's pool. The pool does not count everything that Sail holds, and the reader and
# the allocator need memory too.
_SHARE_OF_MEMORY: Final = 3
# Part of it for the settled events that the readers of all cores hold.
_SHARE_OF_PACKING: Final = 4


class Sail(Engine):
    """An embedded Sail server and a session on it."""

    name = SAIL
    # Intermediate results stay on this machine.
    staging_codec = "uncompressed"
    # Sail uses hash joins; with windows instead, a whole run takes a third more CPU.
    is_quick_at_windows = False
    runs_reader_here = True

    def __init__(self, session: "SparkSession", server: Any) -> None:
        super().__init__(session, f"Sail {version('pysail')}, embedded")
        # Where a split is given in several parts, a customer has more than two rows, and all their times are compared.
        self.packed_bytes = max(self.packed_bytes, memory_bytes() // (_SHARE_OF_PACKING * cores()))
        self._server = server

    def split_bytes(self, input_bytes: int) -> int:
        """The input divided by the cores: Sail runs all tasks at once, so one task per core limits the memory."""
        return max(input_bytes // cores() + 1, LEAST_SPLIT_BYTES)

    def fit_shuffles(self, input_bytes: int) -> None:
        """Do nothing: Sail shuffles in memory, with one partition per core."""

    def location(self, path: Path, is_pattern: bool = False) -> str:  # noqa: ARG002
        """A URI."""
        return path.as_uri()

    def stop(self) -> None:
        """End the session and the server."""
        self.session.stop()
        self._server.stop()


def start(verbose: bool) -> Sail:
    """Start Sail on a free port of the loopback interface.

    Args:
        verbose: whether its own messages are shown.
    """
    os.environ.setdefault("RUST_LOG", "info" if verbose else "off")
    # Sail spills to disk what does not fit, so that the kernel does not kill the process.
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__TYPE", "fair")
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE", str(memory_bytes() // _SHARE_OF_MEMORY))
    # Intermediate results are read only once or twice, so dictionaries cost more to build than they save.
    os.environ.setdefault("SAIL_PARQUET__DICTIONARY_ENABLED", "false")
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer(ip=LOOPBACK, port=0)
    with ctrl_c_kept():
        server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{LOOPBACK}:{port}").create()
    # Do not retry: a server in this process does not come back once it is gone.
    session.client.set_retry_policies([])
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return Sail(session, server)
