"""Every night: the day's logs into the event table, the answer from it, the table's upkeep, and the report.

Where things are is told by environment variables of the Airflow workers:

* SFLYDWH_BIN: the folder of the installed programs, such as /opt/sflydwh/bin
* SFLYDWH_LOGS: what has a folder of logs for each day, such as /data/logs with 2026-11-26 in it
* SFLYDWH_TABLE: the event table's directory
* SFLYDWH_ANSWERS: what gets a folder of answers, accounts and reports for each day

Each step may be tried again, however it ended: docs/deploying.md says why.
"""

import json
import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.sdk import dag, get_current_context, task
from airflow.timetables.interval import CronDataIntervalTimetable

BIN = Path(os.environ.get("SFLYDWH_BIN", "/opt/sflydwh/bin"))
LOGS = Path(os.environ.get("SFLYDWH_LOGS", "/data/logs"))
TABLE = os.environ.get("SFLYDWH_TABLE", "/data/events")
ANSWERS = Path(os.environ.get("SFLYDWH_ANSWERS", "/data/answers"))


def run(program: str, *arguments: object) -> None:
    """Run a program; what it prints goes to the task's log.

    Raises:
        CalledProcessError: it failed, and may be tried again.
    """
    subprocess.run([str(BIN / program), *map(str, arguments)], check=True)


def day() -> str:
    """The day that the run is about, which is over when it starts."""
    return str(get_current_context()["ds"])


def folder_of_the_day() -> Path:
    """Where the answer of the day goes."""
    folder = ANSWERS / day()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def told(summary: Path, name: str) -> str:
    """A field of an account."""
    return str(json.loads(summary.read_text("utf-8"))[name])


@dag(
    schedule=CronDataIntervalTimetable("15 3 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    # Of events with one key the one ingested last stays: days go in one after the other.
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=2),
    },
)
def sflydwh_daily() -> None:
    """Ingest, ask, maintain, report."""

    @task
    def ingest() -> str:
        """Add the day's logs; the version of the table that holds them."""
        summary = folder_of_the_day() / "ingest.json"
        run("sfly-ingest", LOGS / day(), "--table", TABLE, "--summary", summary)
        return told(summary, "version")

    @task
    def ask(version: str) -> str:
        """Rank the customers as of that version; the path of the answer."""
        folder = folder_of_the_day()
        summary = folder / "answer.json"
        run("simple-ltv", "10", "--table", TABLE, "--as-of", version, "--output", folder, "--summary", summary)
        return told(summary, "output")

    @task
    def maintain() -> None:
        """Join small files, and delete those that no version of the last week has."""
        run("sfly-maintain", TABLE)

    @task
    def report() -> None:
        """Write the report from the table."""
        run("sfly-report", "--table", TABLE, "--output", folder_of_the_day())

    ask(ingest()) >> maintain() >> report()


sflydwh_daily()
