"""A standalone Spark cluster on the loopback: a master and workers, each a process of its own."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

from tests.processes import QUICK_JVM
from tests.servers import trees

LOOPBACK = "127.0.0.1"
WORKER_HOSTS = ("127.0.0.2", "127.0.0.3")
HOME = Path(pyspark.__file__).parent
START_SECONDS = 60
WORKER_MEMORY = "1g"
# Daemons that do nothing but answer.
DAEMON_MEMORY = "128m"


@dataclass
class Worker:
    """A worker at work, and its log."""

    process: subprocess.Popen[bytes]
    log: Path
    host: str

    def executors(self) -> list[int]:
        """The process ids of its executors."""
        return [pid for pid in trees.descendants(self.process.pid) if is_executor(pid)]

    def kill(self) -> None:
        """Take the whole machine down: the worker and all that it started, at once."""
        trees.kill([self.process.pid, *trees.descendants(self.process.pid)])
        self.process.wait()


@dataclass
class Cluster:
    """A master and its workers.

    Attributes:
        folder: logs, and where executors work.
        python: the Python of drivers and executors.
        properties: what workers are told beside their places.
    """

    folder: Path
    python: Path
    properties: dict[str, str] = field(default_factory=dict)
    master: subprocess.Popen[bytes] | None = None
    workers: list[Worker] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The master's address."""
        found: str = re.findall(r"Starting Spark master at (\S+)", self._master_log.read_text("utf-8")).pop()
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the cluster sees: nothing of this project's, nor of the user's Spark."""
        own = ("SPARK_", "PYSPARK_", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return kept | {
            "SPARK_HOME": str(HOME),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": LOOPBACK,
            "PYSPARK_PYTHON": str(self.python),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    @property
    def _master_log(self) -> Path:
        return self.folder / "master.log"

    def start(self) -> None:
        """Start the master."""
        (self.folder / "conf").mkdir()
        self.master = self._daemon(
            "master.Master", self._master_log, "--host", LOOPBACK, "--port", "0", "--webui-port", "0"
        )
        self._wait_for(lambda: "I have been elected leader" in self._master_log.read_text("utf-8"))

    def heal(self, workers: int) -> None:
        """Let there be this many workers, with new ones for those that were killed."""
        self.workers = [worker for worker in self.workers if worker.process.poll() is None]
        while len(self.workers) < workers:
            self._add_worker()

    def stop(self) -> None:
        """End all that was started."""
        for worker in self.workers:
            worker.kill()
        if self.master:
            trees.kill([self.master.pid])
            self.master.wait()

    def _add_worker(self) -> None:
        log = self.folder / f"worker-{len(list(self.folder.glob('worker-*.log')))}.log"
        # Spark makes no second attempt on the host of the first: each worker has an address of its own.
        taken = {worker.host for worker in self.workers}
        host = next(address for address in WORKER_HOSTS if address not in taken)
        place = ("--cores", "1", "--memory", WORKER_MEMORY, "--work-dir", str(self.folder / "work"))
        process = self._daemon("worker.Worker", log, "--host", host, "--webui-port", "0", *place, self.url)
        self.workers.append(Worker(process, log, host))
        self._wait_for(lambda: "Successfully registered with master" in log.read_text("utf-8"))

    def _daemon(self, name: str, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]
        properties = {"spark.master.rest.enabled": "false", **self.properties}
        options = " ".join([QUICK_JVM, *(f"-D{key}={value}" for key, value in properties.items())])
        daemon = {"SPARK_DAEMON_MEMORY": DAEMON_MEMORY, "SPARK_DAEMON_JAVA_OPTS": options}
        environment = self.environment | daemon | {"SPARK_LOCAL_IP": arguments[1]}
        with log.open("wb") as out:
            return subprocess.Popen([*command, *arguments], stdout=out, stderr=out, env=environment, cwd=self.folder)

    def _wait_for(self, is_ready: Callable[[], bool]) -> None:
        end = time.monotonic() + START_SECONDS
        while not is_ready():
            if time.monotonic() > end:
                logs = "\n".join(log.read_text("utf-8")[-2000:] for log in self.folder.glob("*.log"))
                raise RuntimeError(f"the cluster does not start:\n{logs}")
            time.sleep(0.05)


@contextmanager
def standalone_cluster(folder: Path, python: Path, workers: int = 2, **properties: str) -> Iterator[Cluster]:
    """A cluster, gone at the end however that comes."""
    cluster = Cluster(folder, python, {name.replace("_", "."): value for name, value in properties.items()})
    try:
        cluster.start()
        cluster.heal(workers)
        yield cluster
    finally:
        cluster.stop()


def is_executor(pid: int) -> bool:
    """Whether a process is an executor's JVM."""
    return "org.apache.spark.executor.CoarseGrainedExecutorBackend" in trees.command_line(pid)
