"""The end of every run that publishes a file: everything is staged, and the file gets its name last."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sflydwh import interrupts
from sflydwh.files.durable import write_file
from sflydwh.output.names import RunName
from sflydwh.output.place import Place
from sflydwh.output.publish import Staged, publish
from sflydwh.runs.account import write_summary
from sflydwh.runs.counted import Places
from sflydwh.runs.workplace import Job, Workplace


class Beside(Protocol):
    """Output that is published before an answer, and removed if no answer follows."""

    def put(self, name: RunName) -> None:
        """Publish it under the run's name."""
        ...

    def take_back(self, output: Place) -> None:
        """Remove it, unless the answer exists."""
        ...


@dataclass(frozen=True)
class Ready:
    """The staged output of a run.

    Attributes:
        answer: the file that is published last.
        rejects: None if there are none.
        beside: the output that is published before the answer; None for none.
    """

    answer: Path
    rejects: Path | None = None
    beside: Beside | None = None


@dataclass(frozen=True)
class Done:
    """The published files of a run.

    Attributes:
        output: the path of the answer.
        rejects: the path of the rejects, None without any.
        seconds: how long the run took.
    """

    output: str
    rejects: str | None
    seconds: float


def staged_answer(work: Workplace, places: Places, lines: Iterable[str]) -> Path:
    """Write the lines of an answer to staging."""
    path = work.new_folder("answer", places.output.staging) / "answer"
    write_file(path, (line.encode("utf-8") + b"\n" for line in lines))
    return path


def put_in_place(
    job: Job, work: Workplace, places: Places, ready: Ready, wished: RunName, told: Callable[[Done], bytes]
) -> Done:
    """Publish the rejects, the output beside the answer, the summary, and last the answer.

    Args:
        job: the settings and the start of the run.
        work: where the run works.
        places: where the files go.
        ready: the staged files, which are moved.
        wished: the name of the run; if it is taken, the files get the name of the next free second.
        told: makes the JSON summary from the published files.

    Raises:
        SflyError: something cannot be written; no answer is published.
    """
    work.check_held()
    interrupts.check()

    def done(name: RunName) -> Done:
        rejects = places.rejects.path_of(name.rejects) if ready.rejects else None
        return Done(places.output.path_of(name.dat), rejects, time.monotonic() - job.clock)

    def before_answer(name: RunName) -> None:
        if ready.beside:
            ready.beside.put(name)
        write_summary(job.settings.summary, told(done(name)))

    try:
        return done(publish(Staged(ready.answer, ready.rejects), wished, places.output, places.rejects, before_answer))
    except BaseException:
        if ready.beside:
            ready.beside.take_back(places.output)
        raise
