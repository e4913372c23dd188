"""The jobs in an environment of their own, and in this one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sflydwh.engine.engine import SPARK
from tests import PROJECT
from tests.processes import QUICK_JVM
from tests.servers.environments import PROGRAMS

TIMEOUT = 300


@dataclass(frozen=True)
class Environment:
    """An environment with one version of Spark or Python.

    Attributes:
        programs: the folder of its programs.
        engines: those that are tried, and how a run there names itself.
    """

    programs: Path
    engines: Mapping[str, str]

    def run(self, engine: str, job: str, *arguments: object) -> str:
        """What a job prints: under spark-submit, or as the installed program."""
        if engine == SPARK:
            return self._submitted(job, *arguments)
        [program] = [name for name, module in PROGRAMS.items() if module == f"sflydwh.commands.{job}"]
        return printed([self.programs / program, *arguments], clean())

    def _submitted(self, job: str, *arguments: object) -> str:
        environment = clean() | {
            "PYSPARK_PYTHON": str(self.programs / "python"),
            "SPARK_CONF_DIR": str(PROJECT / "conf"),
            "SPARK_SUBMIT_OPTS": QUICK_JVM,
        }
        submit = [self.programs / "spark-submit", "--master", "local[2]"]
        conf = ["--conf", "spark.sql.files.maxPartitionBytes=2m"]
        return printed([*submit, *conf, PROJECT / "jobs" / f"{job}.py", *arguments], environment)


def embedded(job: str, *arguments: object) -> str:
    """What a job prints on the embedded engine of this environment, where no version is chosen."""
    return printed([sys.executable, PROJECT / "jobs" / f"{job}.py", *arguments], clean())


def clean() -> dict[str, str]:
    """This process's variables, without those that would lead another Python or Spark back here."""
    return {name: value for name, value in os.environ.items() if "SPARK" not in name and not name.startswith("PYTHON")}


def printed(command: list[object], environment: dict[str, str], timeout: int = TIMEOUT) -> str:
    """What a command prints that has to succeed."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
