"""Makes an archive of the classes that Spark loads, so that the JVM starts faster; `make setup` runs this."""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sflydwh.engine.jvm import ARCHIVE, EMPTY_CONF_DIR, HOME, QUICK_COMPILER, QUIET
from sflydwh.generator import LogRequest, write_log

_SAMPLE_EVENTS: Final = 1_000
_SECONDS: Final = 180


def make_archive() -> None:
    """Run the job on a small log once, and keep the classes that it loads.

    Raises:
        OSError: the archive cannot be written.
        subprocess.SubprocessError: Spark does not run here.
    """
    spark = find_spec("pyspark")
    if spark is None or spark.origin is None:
        raise FileNotFoundError("no PySpark")
    EMPTY_CONF_DIR.mkdir(parents=True, exist_ok=True)
    submit = Path(spark.origin).parent / "bin" / "spark-submit"
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        log, part = Path(folder, "log"), Path(folder, "classes.jsa")
        write_log(LogRequest(_SAMPLE_EVENTS, dirty=0.05), str(log))
        # Without the user's variables, which may name another session or cluster.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
        environment = {
            **inherited,
            "SPARK_CONF_DIR": str(EMPTY_CONF_DIR),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_SUBMIT_OPTS": " ".join([f"-XX:ArchiveClassesAtExit={part}", QUICK_COMPILER, *QUIET]),
        }
        job = Path(folder, "job.py")
        job.write_text("from sflydwh.commands.simple_ltv import program\nprogram()\n", "utf-8")
        command = [str(submit), str(job), "10", str(log), "--output", os.path.join(folder, "output")]
        subprocess.run(command, env=environment, check=True, timeout=_SECONDS, capture_output=True)  # noqa: S603
        part.replace(ARCHIVE)


if __name__ == "__main__":
    make_archive()
