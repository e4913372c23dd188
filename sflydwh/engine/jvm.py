"""How a JVM of our own starts fast.

Most of a short run on Spark is the JVM's start: it loads some 15,000 classes, and compiles
what it runs. An archive made once spares it most of the loading; for a small input
its quick compiler is enough.
"""

import os
import shlex
import sys
from pathlib import Path
from typing import Final

# Below this an input is read before code of the slow compiler pays.
_SMALL_BYTES: Final = 64 << 20

# An archive serves only the class path that it was made with, and no directory with
# files in it may be on that. Spark puts its directory of settings there, so it gets an empty one.
HOME: Final = Path(sys.prefix, "spark-start")
EMPTY_CONF_DIR: Final = HOME / "conf"
ARCHIVE: Final = HOME / "classes.jsa"
# An installed package comes without the project's settings; Spark's own hold then.
_CONF_DIR: Final = Path(__file__).resolve().parents[2] / "conf"
_LOG_SETTINGS: Final = _CONF_DIR / "log4j2.properties"
_DEFAULTS: Final = _CONF_DIR / "spark-defaults.conf"
QUICK_COMPILER: Final = "-XX:TieredStopAtLevel=1"
# Where an archive does not fit, the JVM goes on without a word.
QUIET: Final = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Dlog4j2.StatusLogger.level=OFF")


def options(input_bytes: int | None) -> str:
    """The JVM's options; those that the user set come last, and win.

    Args:
        input_bytes: the size of the input; None where it is not known.
    """
    ours = [*QUIET]
    if _LOG_SETTINGS.exists():
        ours.append(f"-Dlog4j2.configurationFile={_LOG_SETTINGS.as_uri()}")
    if ARCHIVE.exists():
        ours.append(f"-XX:SharedArchiveFile={ARCHIVE}")
    if input_bytes is not None and input_bytes < _SMALL_BYTES:
        ours.append(QUICK_COMPILER)
    return " ".join([*ours, os.environ.get("SPARK_SUBMIT_OPTS", "")]).strip()


def settings() -> dict[str, str]:
    """Environment variables by which Spark finds the project's settings, unless the user set them."""
    if not _CONF_DIR.is_dir():
        return {}
    if not ARCHIVE.exists():
        return {"SPARK_CONF_DIR": str(_CONF_DIR)}
    found = {"SPARK_CONF_DIR": str(EMPTY_CONF_DIR)}
    if _DEFAULTS.exists():
        found["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {shlex.quote(str(_DEFAULTS))} pyspark-shell"
    return found
