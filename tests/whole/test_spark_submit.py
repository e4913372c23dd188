"""The job under spark-submit, and where it is not set up."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pyspark
import pytest

from tests import PROJECT
from tests.processes import QUICK_JVM

pytestmark = pytest.mark.spark

SPARK_SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"
# The JVM's own line at every start of Spark 4, which no option silences.
JVM_WARNING = "WARNING: Using incubator modules: jdk.incubator.vector\n"
JOB = str(PROJECT / "jobs" / "simple_ltv.py")


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    from conftest import HAS_JAVA, NO_JAVA

    if not HAS_JAVA:
        pytest.skip(NO_JAVA)


def launched(*command: str) -> tuple[int, str]:
    """Exit status and output of a command in the project's folder, with what `make setup` sets up for Spark, and little else.

    Spark's launcher itself joins what a Python job writes to stderr with its stdout.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    environment |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(PROJECT / "conf"),
        "SPARK_SUBMIT_OPTS": QUICK_JVM,
    }
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=PIPE, stderr=STDOUT, text=True, check=False, timeout=180
    )
    return done.returncode, done.stdout.removeprefix(JVM_WARNING)


def test_spark_submit_gives_what_the_embedded_engine_gives_and_is_as_quiet(tmp_path: Path) -> None:
    arguments = ("10", "data/events.dat", "--output", str(tmp_path))
    status, submitted = launched(str(SPARK_SUBMIT), JOB, *arguments)
    same_status, embedded = launched(sys.executable, JOB, *arguments, "--engine", "sail")
    assert (status, same_status) == (0, 0), submitted
    assert re.match(r"sflydwh \S+ on Apache Spark 4\.\S+ on local\[\*\]\n", submitted)
    dats = [Path(line) for text in (submitted, embedded) for line in text.splitlines() if line.endswith(".dat")]
    assert len(set(dats)) == 2
    assert dats[0].read_bytes() == dats[1].read_bytes()
    assert without_run(submitted) == without_run(embedded)


def without_run(text: str) -> list[str]:
    """What a run prints, without what differs from run to run."""
    return [line for line in text.splitlines()[1:] if not line.startswith("seconds") and not line.endswith(".dat")]


def test_spark_submit_ends_with_status_2_and_one_line_at_wrong_usage(tmp_path: Path) -> None:
    status, text = launched(str(SPARK_SUBMIT), JOB, "0", "data/events.dat", "--output", str(tmp_path))
    assert (status, text) == (2, "simple_ltv: N must be a whole number of at least 1, not '0'\n")


def test_spark_submit_refuses_the_embedded_engine(tmp_path: Path) -> None:
    arguments = ("10", "data/events.dat", "--output", str(tmp_path), "--engine", "sail")
    status, text = launched(str(SPARK_SUBMIT), JOB, *arguments)
    assert status == 2
    assert re.fullmatch(r"simple_ltv: --engine sail cannot be used under spark-submit; [^\n]+\n", text)


def test_where_the_package_is_missing_one_line_says_what_to_do(tmp_path: Path) -> None:
    job = str(shutil.copy(JOB, tmp_path))
    status, text = launched(sys.executable, "-I", "-S", job, "10", "data/events.dat")
    assert status == 1
    assert re.fullmatch(r"simple_ltv: sflydwh is not installed for [^\n]+ run `make setup` [^\n]+\n", text)
