"""How a JVM of our own starts fast.

Most of a short run on Spark is the JVM's start: it loads some 15,000 classes, and compiles
what it runs. An archive made once spares it most of the loading; for a small input
its quick compiler is enough.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sflydwh.generator import LogRequest, write_log

# Below this an input is read before code of the slow compiler pays.
_SMALL_BYTES: Final = 64 << 20
_SAMPLE_EVENTS: Final = 1_000
_SECONDS: Final = 180

# An archive serves only the class path that it was made with, and no directory with
# files in it may be on that. Spark puts its directory of settings there, so it gets an empty one.
_HOME: Final = Path(sys.prefix, "spark-start")
EMPTY_CONF_DIR: Final = _HOME / "conf"
_ARCHIVE: Final = _HOME / "classes.jsa"
# An installed package comes without the project's settings; Spark's own hold then.
_CONF_DIR: Final = Path(__file__).resolve().parent.parent / "conf"
_LOG_SETTINGS: Final = _CONF_DIR / "log4j2.properties"
_DEFAULTS: Final = _CONF_DIR / "spark-defaults.conf"
_QUICK_COMPILER: Final = "-XX:TieredStopAtLevel=1"
# Where an archive does not fit, the JVM goes on without a word.
_QUIET: Final = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Dlog4j2.StatusLogger.level=OFF")


def options(input_bytes: int | None) -> str:
    """The JVM's options; those that the user set come last, and win.

    Args:
        input_bytes: the size of the input; None where it is not known.
    """
    ours = [*_QUIET]
    if _LOG_SETTINGS.exists():
        ours.append(f"-Dlog4j2.configurationFile={_LOG_SETTINGS.as_uri()}")
    if _ARCHIVE.exists():
        ours.append(f"-XX:SharedArchiveFile={_ARCHIVE}")
    if input_bytes is not None and input_bytes < _SMALL_BYTES:
        ours.append(_QUICK_COMPILER)
    return " ".join([*ours, os.environ.get("SPARK_SUBMIT_OPTS", "")]).strip()


def settings() -> dict[str, str]:
    """Environment variables by which Spark finds the project's settings, unless the user set them."""
    if not _CONF_DIR.is_dir():
        return {}
    if not _ARCHIVE.exists():
        return {"SPARK_CONF_DIR": str(_CONF_DIR)}
    found = {"SPARK_CONF_DIR": str(EMPTY_CONF_DIR)}
    if _DEFAULTS.exists():
        found["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {shlex.quote(str(_DEFAULTS))} pyspark-shell"
    return found


def make_archive() -> None:
    """Run the job on a small log once, and keep the classes that it loads.

    Raises:
        OSError: there is no place to keep them.
        subprocess.SubprocessError: Spark does not run here.
    """
    spark = find_spec("pyspark")
    if spark is None or spark.origin is None:
        raise FileNotFoundError("no PySpark")
    EMPTY_CONF_DIR.mkdir(parents=True, exist_ok=True)
    submit = Path(spark.origin).parent / "bin" / "spark-submit"
    with tempfile.TemporaryDirectory(dir=_HOME) as folder:
        log, part = Path(folder, "log"), Path(folder, "classes.jsa")
        write_log(LogRequest(_SAMPLE_EVENTS, dirty=0.05), str(log))
        # Not the session or the cluster that the user's variables may name.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
        environment = {
            **inherited,
            "SPARK_CONF_DIR": str(EMPTY_CONF_DIR),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_SUBMIT_OPTS": " ".join([f"-XX:ArchiveClassesAtExit={part}", _QUICK_COMPILER, *_QUIET]),
        }
        job = Path(folder, "job.py")
        job.write_text("from sflydwh.commands.simple_ltv import program\nprogram()\n", "utf-8")
        command = [str(submit), str(job), "10", str(log), "--output", os.path.join(folder, "output")]
        subprocess.run(command, env=environment, check=True, timeout=_SECONDS, capture_output=True)  # noqa: S603
        part.replace(_ARCHIVE)


if __name__ == "__main__":
    make_archive()
