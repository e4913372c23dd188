"""A Spark Connect server in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

from tests import PROJECT
from tests.processes import QUICK_JVM
from tests.servers.object_store import CREDENTIALS

LOOPBACK = "127.0.0.1"
START_SECONDS = 120
CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
CONF = PROJECT / "conf"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def spark_connect_server(master: str, log: Path, *options: str) -> Iterator[str]:
    """The address of a server, as `SPARK_REMOTE` takes it."""
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.ui.enabled": "false",
        "spark.pyspark.python": sys.executable,
    }
    confs = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-submit"), "--master", master, *confs, *options, "--class", CLASS]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": LOOPBACK, "SPARK_HOME": str(home)}
    environment["SPARK_SUBMIT_OPTS"] = QUICK_JVM
    # The tasks of the reader open objects themselves.
    environment |= CREDENTIALS
    environment.pop("SPARK_REMOTE", None)
    environment.pop("SPARK_CONNECT_MODE_ENABLED", None)
    jar = next((home / "jars").glob("spark-connect_*.jar"))
    with log.open("wb") as out:
        server = subprocess.Popen([*command, str(jar)], stdout=out, stderr=out, env=environment)
        try:
            _wait_for(port, server, log)
            yield f"sc://{LOOPBACK}:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the Spark Connect server does not start:\n{log.read_text()[-3000:]}")
