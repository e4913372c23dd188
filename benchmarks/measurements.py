"""What was measured, kept in a file after each run, so that an interrupted benchmark is not lost."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

OK = "ok"
LATE = "late"
FAILED = "failed"


@dataclass(frozen=True)
class Measurement:
    """One run of one tool.

    Attributes:
        tool: name of the tool.
        events: number of events in the log.
        form: `lines` or `array`.
        round: which round, from 1.
        outcome: OK, LATE or FAILED.
        seconds: wall time; of a warm tool, that of its second run alone.
        cpu_seconds: of all processes.
        memory_bytes: peak of resident memory of all processes.
        mapped_bytes: what of it were files, mapped.
        answer: digest of the answer, empty without one.
        complaint: the last line that a failed run wrote to standard error.
    """

    tool: str
    events: int
    form: str
    round: int
    outcome: str
    seconds: float
    cpu_seconds: float
    memory_bytes: int
    mapped_bytes: int
    answer: str = ""
    complaint: str = ""


@dataclass(frozen=True)
class Costs:
    """What a tool's rounds on one log come to; seconds, and bytes of the round that took most memory."""

    best_seconds: float
    median_seconds: float
    cpu_seconds: float
    memory_bytes: int
    mapped_bytes: int


@dataclass
class Results:
    """All measurements of a benchmark, with what they were taken on.

    Attributes:
        machine: what it is, by name.
        versions: of the tools, by name.
        runs: in the order of time.
        sizes: bytes of logs and tables, by name.
    """

    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    runs: list[Measurement] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write all to a file, whole or not at all."""
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        partial.replace(file)

    @classmethod
    def load(cls, file: Path) -> "Results":
        """What `save` wrote."""
        kept = json.loads(file.read_text("utf-8"))
        return cls(kept["machine"], kept["versions"], [Measurement(**run) for run in kept["runs"]], kept["sizes"])

    def of(self, events: int, form: str, tool: str | None = None) -> list[Measurement]:
        """The runs on one log, of one tool or of all."""
        return [run for run in self.runs if (run.events, run.form) == (events, form) and tool in (None, run.tool)]

    def cases(self) -> list[tuple[int, str]]:
        """Sizes and forms of the logs, in the order that they were measured in."""
        return list(dict.fromkeys((run.events, run.form) for run in self.runs))

    def right_answer(self, events: int, form: str) -> str:
        """The answer that most runs gave."""
        answers = Counter(run.answer for run in self.of(events, form) if run.outcome == OK and run.answer)
        return answers.most_common(1)[0][0] if answers else ""

    def fault(self, events: int, form: str, tool: str) -> str:
        """What went wrong with a tool on a log, in words; empty where nothing did."""
        right = self.right_answer(events, form)
        for run in self.of(events, form, tool):
            if run.outcome == LATE:
                return f"ended after {run.seconds:.0f} s"
            if run.outcome != OK:
                return f"failed: {run.complaint or 'no answer'}"
            if run.answer and run.answer != right:
                return "another answer"
        return ""

    def costs(self, events: int, form: str, tool: str) -> Costs | None:
        """What a tool's runs on a log come to; None without a run, or where one went wrong."""
        runs = self.of(events, form, tool)
        if not runs or self.fault(events, form, tool):
            return None
        seconds = [run.seconds for run in runs]
        largest = max(runs, key=lambda run: run.memory_bytes)
        cpu_seconds = min(run.cpu_seconds for run in runs)
        return Costs(min(seconds), median(seconds), cpu_seconds, largest.memory_bytes, largest.mapped_bytes)


def digest_below(answers: Path) -> str:
    """Of the answer written last in a directory; empty where there is none."""
    found = sorted(answers.rglob("*.dat"))
    return hashlib.sha256(found[-1].read_bytes()).hexdigest() if found else ""


def last_line(err: Path) -> str:
    """The last line of a file."""
    lines = err.read_text("utf-8", "replace").splitlines()
    return lines[-1] if lines else ""
