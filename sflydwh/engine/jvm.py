"""Options with which a local JVM starts fast.

Most of a short run on Spark is the start of the JVM, which loads about 15,000 classes and compiles
code. A class archive, made once, saves most of the loading. For a small input, only the JVM's
quick compiler is used.
"""

import os
import shlex
import sys
from pathlib import Path
from typing import Final

# Inputs below this size are finished before optimised code would pay off.
_SMALL_BYTES: Final = 64 << 20

# An archive works only for the class path that it was made with, and that must not contain a directory with
# files. Spark puts its settings directory on the class path, so give it an empty one.
HOME: Final = Path(sys.prefix, "spark-start")
EMPTY_CONF_DIR: Final = HOME / "conf"
ARCHIVE: Final = HOME / "classes.jsa"
# An installed package has no `conf/`; then Spark's own settings apply.
_CONF_DIR: Final = Path(__file__).resolve().parents[2] / "conf"
_LOG_SETTINGS: Final = _CONF_DIR / "log4j2.properties"
_DEFAULTS: Final = _CONF_DIR / "spark-defaults.conf"
QUICK_COMPILER: Final = "-XX:TieredStopAtLevel=1"
# Silences the JVM if an archive does not match.
QUIET: Final = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Dlog4j2.StatusLogger.level=OFF")


def options(input_bytes: int | None) -> str:
    """The JVM's options; the user's own come last and take precedence.

    Args:
        input_bytes: the size of the input; None if it is not known.
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
