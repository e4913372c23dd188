"""A driver for spark-submit that runs the main job again and again, as it is told, with a fault where one is asked for.

spark-submit --py-files sflydwh.zip,faults.py serving_driver.py REQUESTS

REQUESTS is a named pipe with a JSON object on each line: `events`, `settings`, `fault`, `marks` and `conf`.
"""

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark import SparkStageInfo

import sflydwh
from sflydwh.engine.choice import open_engine
from sflydwh.engine.engine import Engine
from sflydwh.errors import SflyError
from sflydwh.formats.named import format_of
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.answer import answer
from sflydwh.runs.settings import Settings
from sflydwh.runs.source import Logs
from sflydwh.runs.workplace import Job

TOP = 10


def serve(engine: Engine, request: dict[str, Any]) -> None:
    for name, value in request["conf"].items():
        engine.session.conf.set(name, value)
    started, clock = datetime.now(), time.monotonic()
    job = Job(engine, Settings(**request["settings"]), started, clock)
    log_format = format_of("sfly")
    logs = Logs(find_inputs(request["events"]), log_format, job.settings.max_event_bytes, log_format.identity)
    if request["fault"]:
        # Beside this script on the cluster; elsewhere it goes by another name.
        from faults import faulty  # type: ignore[import-not-found,unused-ignore]

        logs = replace(logs, data_source=faulty(request["fault"], request["marks"]))
    over = threading.Event()
    watch = threading.Thread(target=look_on, args=(engine, request, over))
    watch.start()
    try:
        found = {"output": answer(job, logs, TOP).summary.output}
    except SflyError as error:
        found = {"error": str(error)}
    finally:
        over.set()
        watch.join()
    tell(**found)


def look_on(engine: Engine, request: dict[str, Any], over: threading.Event) -> None:
    """Tell when the driver knows what has been read, and wake or kill an executor that was frozen when the time has come."""
    marks = Path(request["marks"])
    stopped, known = marks / "stopped", marks / "known"
    while not over.is_set():
        if (marks / "done").exists() and not known.exists() and is_all_but_one_read(engine):
            known.touch()
        if stopped.exists() and (request["stopped"] == "late" or is_time(engine, request["stopped"])):
            if request["stopped"] == "late":
                over.wait()
            with suppress(ProcessLookupError):
                os.kill(int(stopped.read_text()), signal.SIGKILL if request["stopped"] == "kill" else signal.SIGCONT)
            (marks / "handled").touch()
            return
        time.sleep(0.005)


def is_time(engine: Engine, action: str) -> bool:
    """Whether the frozen executor has a task of the stage after the scan; to wake it, a second attempt must be on too."""
    if action == "kill":
        return any(stage.stageId > 1 and stage.numActiveTasks for stage in active_stages(engine))
    return any(
        stage.numCompletedTasks == stage.numTasks - 1 and stage.numActiveTasks > 1 for stage in active_stages(engine)
    )


def is_all_but_one_read(engine: Engine) -> bool:
    """Whether the driver was told of the end of each task but one, which comes a little after the task's rows."""
    return any(stage.numCompletedTasks == stage.numTasks - 1 > 0 for stage in active_stages(engine))


def active_stages(engine: Engine) -> list[SparkStageInfo]:
    tracker = engine.session.sparkContext.statusTracker()
    stages = map(tracker.getStageInfo, tracker.getActiveStageIds())
    return [stage for stage in stages if stage]


def tell(**words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as requests, open_engine(None) as engine:
        tell(ready=sflydwh.__file__)
        for line in requests:
            serve(engine, json.loads(line))
