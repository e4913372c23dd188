"""Apache Spark: an existing session, or a new one on this machine."""

import logging
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sflydwh.engine import jvm
from sflydwh.engine.engine import LEAST_SPLIT_BYTES, LOOPBACK, SHUFFLED_BYTES, SPARK, Engine, cores, ctrl_c_kept
from sflydwh.errors import RunError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The usual size of a split. Splits are larger if there would otherwise be more than `_MOST_TASKS`.
_SPLIT_BYTES: Final = 32 << 20
_MOST_TASKS: Final = 4096
_LOCAL_SPLIT_BYTES: Final = 1 << 30
_MOST_SPLIT_BYTES: Final = "spark.sql.files.maxPartitionBytes"
_SHUFFLE_PARTITIONS: Final = "spark.sql.shuffle.partitions"
_OWN_PARTITIONS: Final = "200"
_OWN_SPLIT_BYTES: Final = "134217728b"
# Characters that Spark interprets in a path to read, and how to escape them.
_GLOB_MARKS: Final = re.compile(r"[*?\[\]{}\\]")
_ESCAPED: Final = r"\\\g<0>"
_CONNECT_SECONDS: Final = 15


class Spark(Engine):
    """A Spark session, in this process or behind Spark Connect."""

    name = SPARK
    staging_codec = "snappy"
    # Spark sorts for a window as for a join, but a join needs another shuffle and sort.
    is_quick_at_windows = True
    runs_reader_here = False

    def __init__(self, session: "SparkSession", label: str, is_remote: bool = False) -> None:
        super().__init__(session, label)
        # Behind Spark Connect the driver's directories are not visible here, so nothing can be checked.
        self.may_write_elsewhere = not is_remote

    def split_bytes(self, input_bytes: int) -> int:
        """The size of a split: at most `spark.sql.files.maxPartitionBytes`.

        On one machine without that setting, a core's share: the larger a split, the more events of a customer
        the reader packs into one row.
        """
        most = self.session.conf.get(_MOST_SPLIT_BYTES) or ""
        is_local = (self.session.conf.get("spark.master", "") or "").startswith("local")
        usual = max(_SPLIT_BYTES, input_bytes // _MOST_TASKS)
        bound = _LOCAL_SPLIT_BYTES if is_local and most == _OWN_SPLIT_BYTES else min(usual, _in_bytes(most) or usual)
        return max(min(input_bytes // cores() + 1, bound), LEAST_SPLIT_BYTES)

    def fit_shuffles(self, input_bytes: int) -> None:
        """Set the number of shuffle partitions by the size of the input, unless the user set it."""
        if self.session.conf.get(_SHUFFLE_PARTITIONS) == _OWN_PARTITIONS:
            large = max(SHUFFLED_BYTES, input_bytes // _MOST_TASKS)
            partitions = max(min(cores(), input_bytes // LEAST_SPLIT_BYTES), input_bytes // large)
            self.session.conf.set(_SHUFFLE_PARTITIONS, str(partitions + 1))

    def location(self, path: Path, is_pattern: bool = False) -> str:
        """A `file:` path; for reading, with the characters of a pattern escaped."""
        return f"file:{_GLOB_MARKS.sub(_ESCAPED, str(path)) if is_pattern else path}"

    def stop(self) -> None:
        """End the session."""
        self.session.stop()


def start(verbose: bool, input_bytes: int | None) -> Spark:
    """Use the existing session, or start a local one.

    Args:
        verbose: whether Spark's own messages are shown.
        input_bytes: the size of the input; None if it is not known.

    Raises:
        RunError: no server answers at `SPARK_REMOTE`.
    """
    from pyspark.sql import SparkSession

    if not verbose:
        # Otherwise an interrupted call to the JVM logs a traceback.
        for name in ("DataFrameQueryContextLogger", "py4j"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        logging.getLogger().addFilter(lambda record: record.module != "java_gateway")
    remote = os.environ.get("SPARK_REMOTE")
    if remote is not None:
        if remote.startswith("sc://"):
            _check_reachable(remote)
        session = SparkSession.builder.remote(remote).create()
        where = "through Spark Connect"
    else:
        builder = SparkSession.builder.appName("sflydwh")
        for name, value in _defaults(verbose, input_bytes).items():
            builder = builder.config(name, value)
        with ctrl_c_kept():
            session = builder.getOrCreate()
        where = f"on {session.conf.get('spark.master')}"
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return Spark(session, f"Apache Spark {session.version} {where}", is_remote=remote is not None)


def _check_reachable(remote: str) -> None:
    """Fail at once if no server answers: the client alone would retry for minutes.

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


def _defaults(verbose: bool, input_bytes: int | None) -> dict[str, str]:
    """Settings for a session that the user has not configured; the user's own settings stay.

    `SparkConf` and `SparkContext` are not part of Spark Connect. They are used only here,
    because the address that a session binds to must be set before it starts.
    """
    from pyspark import SparkConf, SparkContext

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    launched = "PYSPARK_GATEWAY_PORT" in os.environ
    if launched:
        # Needed for `SparkConf` to see the settings of spark-submit.
        SparkContext._ensure_initialized()  # noqa: SLF001
    else:
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
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
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
        }
    return {name: value for name, value in defaults.items() if not conf.contains(name)}


def _in_bytes(size: str) -> int | None:
    """The bytes of a size in the notation of Spark's settings; None if it is not a size.

    >>> _in_bytes("134217728b"), _in_bytes("1m"), _in_bytes("64 KB"), _in_bytes("512"), _in_bytes("much")
    (134217728, 1048576, 65536, 512, None)
    """
    found = re.fullmatch(r"(\d+)\s*([bkmgtp]?)b?", size.strip().lower())
    return int(found[1]) << 10 * "bkmgtp".index(found[2] or "b") if found else None
