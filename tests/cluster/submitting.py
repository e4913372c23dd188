"""What the tests give to spark-submit, and what they read of it."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.processes import QUICK_JVM
from tests.servers import trees
from tests.servers.standalone import HOME, LOOPBACK, Cluster

TIMEOUT = 200
# What a run was given and where it wrote, and not what it found.
OF_THE_RUN = ("engine", "output", "rejects", "seconds")
Shown = tuple[bytes, bytes, dict[str, Any]]


def command(cluster: Cluster, package: Path, *arguments: object, **conf: str) -> list[str]:
    """The spark-submit line of a program with its arguments."""
    settings = {
        "spark.driver.host": LOOPBACK,
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.driver.extraJavaOptions": QUICK_JVM,
        "spark.executor.extraJavaOptions": QUICK_JVM,
        "spark.ui.enabled": "false",
        "spark.sql.files.maxPartitionBytes": "1m",
        **conf,
    }
    confs = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    submit = [str(HOME / "bin" / "spark-submit"), "--master", cluster.url, "--py-files", str(package)]
    return [*submit, *confs, *map(str, arguments)]


def submitted(cluster: Cluster, package: Path, *arguments: object, **conf: str) -> subprocess.CompletedProcess[str]:
    """A program under spark-submit, when it is done."""
    line = command(cluster, package, *arguments, **conf)
    options: dict[str, Any] = {"env": cluster.environment, "cwd": cluster.folder, "timeout": TIMEOUT}
    return subprocess.run(line, capture_output=True, text=True, check=False, **options)


def shown(dat: Path, summary: Path) -> Shown:
    """What a run found: the answer, the rejects and the counts."""
    rejects = dat.with_name(dat.name.replace("_Customers.dat", "_Rejects")) / "rejects.jsonl"
    account = {name: value for name, value in json.loads(summary.read_text("utf-8")).items() if name not in OF_THE_RUN}
    return dat.read_bytes(), rejects.read_bytes() if rejects.exists() else b"", account


class Driver:
    """An application that runs the job as often as it is told."""

    def __init__(self, process: subprocess.Popen[str], requests: Path, log: Path) -> None:
        self.process = process
        self._requests = requests
        self._log = log

    def request(self, events: Sequence[Path], folder: Path, fault: str = "", stopped: str = "", **conf: str) -> None:
        """Ask for a run into a folder of its own."""
        marks = folder / "marks"
        marks.mkdir(parents=True)
        settings = {"output": str(folder / "out"), "summary": str(folder / "summary.json")}
        wanted = {"events": list(map(str, events)), "settings": settings, "fault": fault, "marks": str(marks)}
        with self._requests.open("w", encoding="utf-8") as pipe:
            pipe.write(json.dumps({**wanted, "stopped": stopped, "conf": conf}) + "\n")

    def run(self, events: Sequence[Path], folder: Path, fault: str = "", stopped: str = "", **conf: str) -> Shown:
        """A run, and what it found."""
        self.request(events, folder, fault, stopped, **conf)
        told = self.told()
        assert "output" in told, told
        if fault:
            assert (folder / "marks" / "struck").exists()
        return shown(Path(told["output"]), folder / "summary.json")

    def told(self) -> dict[str, str]:
        """The next thing that the driver says."""
        timer = threading.Timer(TIMEOUT, self.kill)
        timer.start()
        try:
            return self._next_words(timer)
        finally:
            timer.cancel()

    def _next_words(self, timer: threading.Timer) -> dict[str, str]:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        end = f"said nothing for {TIMEOUT} s" if timer.finished.is_set() else "is gone"
        raise AssertionError(f"the driver {end}:\n{self._log.read_text('utf-8')[-3000:]}")

    def kill(self) -> None:
        """Kill the JVM of the driver and its Python, at once."""
        trees.kill([self.process.pid, *trees.descendants(self.process.pid)])
        self.process.wait()


@contextmanager
def serving_driver(cluster: Cluster, package: Path, folder: Path, **conf: str) -> Iterator[Driver]:
    """An application on the cluster."""
    here = Path(__file__).parent
    requests, log = folder / "requests", folder / "driver.log"
    os.mkfifo(requests)
    files = f"{package},{here / 'faults.py'}"
    line = command(cluster, Path(files), here / "serving_driver.py", requests, **conf)
    options: dict[str, Any] = {"env": cluster.environment, "cwd": cluster.folder, "text": True}
    # Held open, so that the driver does not take the end of one request for the end of all.
    held = os.open(requests, os.O_RDWR)
    with log.open("wb") as errors:
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors, **options)
        driver = Driver(process, requests, log)
        try:
            assert "sflydwh.zip" in driver.told()["ready"]
            yield driver
        finally:
            driver.kill()
            os.close(held)
