"""Which engine runs a job."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from sflydwh.engine.engine import SAIL, SPARK, Engine
from sflydwh.errors import RunError, SflyError, UsageError, first_line
from sflydwh.files.staging import clear_failed


@contextmanager
def open_engine(wanted: str | None, verbose: bool = False, input_bytes: int | None = None) -> Iterator[Engine]:
    """The engine to run on, stopped at the end.

    Under spark-submit, or if `SPARK_REMOTE` is set, this is the existing session;
    otherwise the one wanted, by default Sail if it is installed, else Spark.

    Args:
        wanted: `sail`, `spark` or None.
        verbose: whether the engine's own messages are shown.
        input_bytes: the size of the input, where it is known.

    Raises:
        UsageError: the engine wanted cannot be used here.
        RunError: the engine does not start.
    """
    engine = _started(_choose(wanted), verbose, input_bytes)
    try:
        yield engine
    except KeyboardInterrupt:
        # The signal may have ended the engine already, so do not wait for it to stop.
        raise
    except BaseException:
        engine.stop()
        clear_failed()
        raise
    else:
        engine.stop()


def _started(name: str, verbose: bool, input_bytes: int | None) -> Engine:
    """A started engine; only its own module is imported."""
    try:
        if name == SAIL:
            from sflydwh.engine import sail

            return sail.start(verbose)
        from sflydwh.engine import spark

        return spark.start(verbose, input_bytes)
    except SflyError:
        raise
    except Exception as error:
        raise RunError(f"{name} does not start: {first_line(error)}") from error


def _choose(wanted: str | None) -> str:
    given = _given_session()
    if given and wanted == SAIL:
        raise UsageError(f"--engine sail cannot be used {given}; leave --engine out, or run without it")
    if given:
        return SPARK
    if wanted == SAIL and not find_spec("pysail"):
        raise UsageError(
            "--engine sail needs pysail; install it with: pip install 'pysail>=0.7.2,<0.8' 'pyspark[connect]>=4.2,<4.3'"
        )
    return wanted or (SAIL if find_spec("pysail") else SPARK)


def _given_session() -> str | None:
    """How the existing session came about, for messages; None if there is no such session."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return "under spark-submit"
    return "with SPARK_REMOTE set" if "SPARK_REMOTE" in os.environ else None
