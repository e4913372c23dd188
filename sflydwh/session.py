"""Which engine runs the job, and with which settings."""

import logging
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh import jvm
from sflydwh.errors import RunError, SflyError, UsageError, first_line
from sflydwh.machine import memory_bytes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

SAIL: Final = "sail"
SPARK: Final = "spark"

# One task's share of the input on Spark, whose tasks are processes; larger where there would be more tasks than most.
_SPARK_SPLIT_BYTES: Final = 32 << 20
_MOST_TASKS: Final = 4096
_LEAST_SPLIT_BYTES: Final = 1 << 20
_MOST_SPLIT_BYTES: Final = "spark.sql.files.maxPartitionBytes"
_SHUFFLE_PARTITIONS: Final = "spark.sql.shuffle.partitions"
_SPARKS_OWN_PARTITIONS: Final = "200"
# Bytes of input whose shuffled rows, about a third of them, make a good partition.
_SHUFFLED_BYTES: Final = 128 << 20
# Sail counts the larger part of what it holds, and the reader and the allocator come on top.
_SAIL_SHARE_OF_MEMORY: Final = 3
# What a path means to Spark as a pattern, and how it is told that it is none.
_GLOB_MARKS: Final = re.compile(r"[*?\[\]{}\\]")
_ESCAPED: Final = r"\\\g<0>"
_LOOPBACK: Final = "127.0.0.1"
_CONNECT_SECONDS: Final = 15


@dataclass(frozen=True)
class Engine:
    """A running session, and what the job must know of the engine behind it.

    Attributes:
        session: the session.
        name: `sail` or `spark`.
        label: the engine as a person would name it.
        is_remote: whether its driver is another process, perhaps on another machine.
    """

    session: "SparkSession"
    name: str
    label: str
    is_remote: bool = False

    def split_bytes(self, input_bytes: int) -> int:
        """How much of the input one task should read.

        Sail runs all tasks at once, so one a core bounds its memory; Spark
        takes them in turn. `spark.sql.files.maxPartitionBytes` is the most.
        """
        cores = os.cpu_count() or 1
        share = input_bytes // cores + 1
        if self.name == SPARK:
            most = _in_bytes(self.session.conf.get(_MOST_SPLIT_BYTES) or "")
            wanted = max(_SPARK_SPLIT_BYTES, input_bytes // _MOST_TASKS)
            share = min(share, wanted, most or wanted)
        return max(share, _LEAST_SPLIT_BYTES)

    def write(self, frame: "DataFrame", folder: Path, codec: str, partition: str | None = None) -> None:
        """Write a frame as Parquet files.

        Args:
            frame: what to compute.
            folder: a folder to be made.
            codec: how the files are packed.
            partition: a column whose values get folders of their own.
        """
        writer = frame.write.option("compression", codec)
        writer = writer.partitionBy(partition) if partition else writer
        writer.parquet(self._location(folder))

    def read(self, paths: Iterable[Path], schema: "StructType | str") -> "DataFrame":
        """The rows of Parquet files, or of the files in folders.

        Args:
            paths: the files or folders.
            schema: their columns.
        """
        found = [self._location(path, is_pattern=True) for path in paths]
        if not found:
            return self.session.createDataFrame([], schema)
        return self.session.read.schema(schema).parquet(*found)

    def _location(self, path: Path, is_pattern: bool = False) -> str:
        """A path as the engine takes it: Sail a URI, and Spark as it is, but that a path to read is a pattern to it."""
        if self.name == SAIL:
            return path.as_uri()
        return f"file:{_GLOB_MARKS.sub(_ESCAPED, str(path)) if is_pattern else path}"

    def writing_tasks(self, input_bytes: int, most: int) -> int:
        """How many tasks should write what came of an input.

        Args:
            input_bytes: the size of the input.
            most: how many files there will be at least.
        """
        cores = os.cpu_count() or 1
        return max(1, min(most, max(cores, input_bytes // _SHUFFLED_BYTES)))

    @property
    def is_quick_at_windows(self) -> bool:
        """Whether a window costs less than a grouping and a join of what it finds.

        Spark sorts for either, and for a join it shuffles and sorts once more.
        Sail hashes for a join: its windows take a third more CPU for a whole run.
        """
        return self.name == SPARK

    @property
    def staging_codec(self) -> str:
        """How intermediate results are packed: not at all where they stay on this machine."""
        return "uncompressed" if self.name == SAIL else "snappy"

    def fit_shuffles(self, input_bytes: int) -> None:
        """Let Spark shuffle into as many partitions as the input asks for, unless its setting is changed."""
        if self.name == SPARK and self.session.conf.get(_SHUFFLE_PARTITIONS) == _SPARKS_OWN_PARTITIONS:
            cores = os.cpu_count() or 1
            large = max(_SHUFFLED_BYTES, input_bytes // _MOST_TASKS)
            partitions = max(min(cores, input_bytes // _LEAST_SPLIT_BYTES), input_bytes // large)
            self.session.conf.set(_SHUFFLE_PARTITIONS, str(partitions + 1))


@contextmanager
def open_engine(wanted: str | None, verbose: bool = False, input_bytes: int | None = None) -> Iterator[Engine]:
    """The engine to run on, stopped at the end.

    Under spark-submit, or where `SPARK_REMOTE` is set, it is the session that
    is there; otherwise the one wanted, or Sail where it is installed.

    Args:
        wanted: `sail`, `spark` or None.
        verbose: whether the engine's own messages are shown.
        input_bytes: the size of the input, where it is known.

    Raises:
        UsageError: the engine wanted cannot be had here.
        RunError: the engine does not start.
    """
    name = _choose(wanted)
    try:
        session, label, stop = _sail(verbose) if name == SAIL else _spark(verbose, input_bytes)
    except SflyError:
        raise
    except Exception as error:
        raise RunError(f"{name} does not start: {first_line(error)}") from error
    try:
        yield Engine(session, name, label, is_remote="SPARK_REMOTE" in os.environ)
    except KeyboardInterrupt:
        # The signal may have ended the engine already: nothing is waited for.
        raise
    except BaseException:
        stop()
        raise
    else:
        stop()


def _in_bytes(size: str) -> int | None:
    """A size as Spark's settings have it; None for what is none.

    >>> _in_bytes("134217728b"), _in_bytes("1m"), _in_bytes("64 KB"), _in_bytes("512"), _in_bytes("much")
    (134217728, 1048576, 65536, 512, None)
    """
    found = re.fullmatch(r"(\d+)\s*([bkmgtp]?)b?", size.strip().lower())
    return int(found[1]) << 10 * "bkmgtp".index(found[2] or "b") if found else None


def _choose(wanted: str | None) -> str:
    given = _given_session()
    if given and wanted == SAIL:
        raise UsageError(f"--engine sail cannot be had {given}; leave --engine out, or run without it")
    if given:
        return SPARK
    if wanted == SAIL and not find_spec("pysail"):
        raise UsageError("--engine sail needs pysail; install it with: pip install 'pysail>=0.7.2,<0.8'")
    return wanted or (SAIL if find_spec("pysail") else SPARK)


def _given_session() -> str | None:
    """Where the session comes from if it is not ours to choose."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return "under spark-submit"
    return "with SPARK_REMOTE set" if "SPARK_REMOTE" in os.environ else None


def _sail(verbose: bool) -> tuple["SparkSession", str, Callable[[], None]]:
    """An embedded Sail server on a free port of the loopback, and a session on it."""
    os.environ.setdefault("RUST_LOG", "info" if verbose else "off")
    # What does not fit is spilled to disk, before the machine ends the process.
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__TYPE", "fair")
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE", str(memory_bytes() // _SAIL_SHARE_OF_MEMORY))
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer(ip=_LOOPBACK, port=0)
    with _ctrl_c_kept():
        server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{_LOOPBACK}:{port}").create()
    # A server in this process does not come back once it is gone.
    session.client.set_retry_policies([])
    session.conf.set("spark.sql.session.timeZone", "UTC")

    def stop() -> None:
        session.stop()
        server.stop()

    return session, f"Sail {version('pysail')}, embedded", stop


def _spark(verbose: bool, input_bytes: int | None) -> tuple["SparkSession", str, Callable[[], None]]:
    """Apache Spark: the session that is there, or a local one."""
    from pyspark.sql import SparkSession

    if not verbose:
        # An interrupted call to the JVM would be told with its traceback.
        for name in ("DataFrameQueryContextLogger", "py4j"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        logging.getLogger().addFilter(lambda record: record.module != "java_gateway")
    if remote := os.environ.get("SPARK_REMOTE"):
        if remote.startswith("sc://"):
            _check_reachable(remote)
        session = SparkSession.builder.remote(remote).create()
        where = "through Spark Connect"
    else:
        defaults = _spark_defaults(verbose, input_bytes)
        builder = SparkSession.builder.appName("sflydwh")
        for name, value in defaults.items():
            builder = builder.config(name, value)
        with _ctrl_c_kept():
            session = builder.getOrCreate()
        where = f"on {session.conf.get('spark.master')}"
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session, f"Apache Spark {session.version} {where}", session.stop


@contextmanager
def _ctrl_c_kept() -> Iterator[None]:
    """An engine takes Ctrl-C for itself when it starts; it is the job's."""
    ours = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, ours)


def _check_reachable(remote: str) -> None:
    """Fail at once where nobody answers: the client alone would try for minutes.

    Raises:
        RunError: no server answers at the address.
    """
    from pyspark.sql.connect.client import DefaultChannelBuilder

    endpoint = DefaultChannelBuilder(remote).endpoint
    host, _, port = endpoint.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        raise RunError(f"no Spark Connect server answers at {endpoint}: {error.strerror or error}") from error


def _spark_defaults(verbose: bool, input_bytes: int | None) -> dict[str, str]:
    """What a bare spark-submit lacks; what the user set stays.

    `SparkConf` and `SparkContext` are not part of Spark Connect: they are asked
    here, and only here, for what a session binds to must be known before it starts.
    """
    from pyspark import SparkConf, SparkContext

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    launched = "PYSPARK_GATEWAY_PORT" in os.environ
    if launched:
        # Only then does `SparkConf` know what spark-submit was told.
        SparkContext._ensure_initialized()  # noqa: SLF001
    else:
        os.environ.setdefault("SPARK_LOCAL_IP", _LOOPBACK)
        os.environ["SPARK_SUBMIT_OPTS"] = jvm.options(input_bytes)
        for name, value in jvm.settings().items():
            os.environ.setdefault(name, value)
    conf = SparkConf()
    defaults = {
        "spark.master": "local[*]",
        "spark.log.level": "WARN" if verbose else "OFF",
        "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower(),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    }
    if (conf.get("spark.master", "local") or "").startswith("local"):
        defaults |= {
            "spark.ui.enabled": "false",
            "spark.driver.host": _LOOPBACK,
            "spark.driver.bindAddress": _LOOPBACK,
        }
    return {name: value for name, value in defaults.items() if not conf.contains(name)}
