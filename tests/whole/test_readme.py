"""What the README shows is what the project does: every command is run, every table is compared."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

import pyspark
import pytest

from conftest import HAS_JAVA, NO_JAVA
from sflydwh import errors
from sflydwh.commands import simple_ltv
from sflydwh.formats import model
from sflydwh.generator.arguments import parse_arguments
from sflydwh.runs.settings import Settings
from tests import PROJECT
from tests.processes import QUICK_JVM

README = (PROJECT / "README.md").read_text("utf-8")
# What the README leaves out, run and compared like it.
TEXT = "".join([README, *((PROJECT / "docs" / name).read_text("utf-8") for name in ("usage.md", "report.md"))])
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPARK_SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"
JVM_WARNING = "WARNING: Using incubator modules: jdk.incubator.vector\n"
# What differs from run to run, or with the releases that are installed.
VARIABLE = {
    r"\b\d{8}_\d{14}_": "YYYYMMDD_YYYYMMDDHHMMSS_",
    r"^(seconds +|  \"seconds\": )[\d.]+": r"\1S",
    r"(?<=Sail )[\d.]+|(?<=Apache Spark )[\d.]+": "VERSION",
}


class Shown(NamedTuple):
    """A command of the README, with the lines that it shows under it."""

    command: str
    output: str


def blocks(language: str) -> list[str]:
    return [text for found, text in FENCED.findall(TEXT) if found == language]


def shown() -> Iterator[Shown]:
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            yield Shown(*part.split("\n", 1))


def is_spark(command: str) -> bool:
    return "spark-submit" in command


def run(command: str, folder: Path) -> str:
    """What a command of the README prints, with `folder` in the place of /tmp."""
    if "simple_ltv.py" in command and "--output" not in command:
        command += " --output /tmp/output"
    command = command.replace("/tmp/", f"{folder}/").replace(".venv/bin/spark-submit", shlex.quote(str(SPARK_SUBMIT)))
    command = command.replace(".venv/bin/python", shlex.quote(sys.executable))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    environment |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(PROJECT / "conf"),
        "SPARK_SUBMIT_OPTS": QUICK_JVM,
    }
    done = subprocess.run(
        ["/bin/sh", "-c", f"{{ {command}\n}} 2>&1"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.removeprefix(JVM_WARNING).replace(str(folder), "/tmp")


def steady(text: str) -> str:
    for pattern, replacement in VARIABLE.items():
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def as_pattern(output: str) -> str:
    """A shown output as a pattern: `...` alone on a line stands for any lines."""
    return re.escape(steady(output)).replace(re.escape("...\n"), "(?:.*\n)*")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands print, run one after the other: some read what those before them wrote."""
    folder = tmp_path_factory.mktemp("readme")
    return {each.command: run(each.command, folder) for each in shown() if not is_spark(each.command)}


@pytest.mark.parametrize("example", [each for each in shown() if not is_spark(each.command)], ids=lambda each: each[0])
def test_a_command_prints_what_is_shown(example: Shown, printed: dict[str, str]) -> None:
    assert re.fullmatch(as_pattern(example.output), steady(printed[example.command]))


@pytest.mark.spark
@pytest.mark.skipif(not HAS_JAVA, reason=NO_JAVA)
@pytest.mark.parametrize("example", [each for each in shown() if is_spark(each.command)], ids=lambda each: each[0])
def test_a_spark_command_prints_what_is_shown(example: Shown, tmp_path: Path) -> None:
    assert re.fullmatch(as_pattern(example.output), steady(run(example.command, tmp_path)))


def test_the_first_example_is_what_make_run_runs() -> None:
    [recipe] = re.findall(r"^run:.*\n\t@(.*)$", MAKEFILE, re.MULTILINE)
    assert next(shown()).command == recipe.replace("$(BIN)", ".venv/bin")


def test_the_two_commands_come_first() -> None:
    assert re.findall(r"^make (\w+)", blocks("sh")[0], re.MULTILINE) == ["run", "test"]
    assert README.index("```sh") < README.index("## ")


def test_every_command_that_is_not_run_here_is_a_target_of_make() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    named = {line.split()[1] for line in lines} | set(re.findall(r"`make ([a-z-]+)", TEXT))
    assert {line.split()[0] for line in lines} == {"make"}
    assert named - targets == set()
    assert {language for language, _ in FENCED.findall(TEXT)} == {"sh", "console"}


def table(heading: str) -> list[list[str]]:
    """The cells of the table that has this first heading."""
    [text] = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines()]


def help_of(program: Callable[[list[str]], object], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        program(["--help"])
    return capsys.readouterr().out


def test_the_options_are_those_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    listed = re.findall(r"^  (?:-h, )?(--[a-z-]+)(?: ([A-Z]+))?", help_of(simple_ltv.main, capsys), re.MULTILINE)
    assert sorted(row[0] for row in table("option")) == sorted(f"`{' '.join(option).strip()}`" for option in listed)


def test_the_defaults_are_those_of_the_settings() -> None:
    defaults = {row[0].strip("`-").split()[0].replace("-", "_"): row[1].strip("`") for row in table("option")}
    names = ("output", "order_updates", "lifespan_years", "week_start")
    assert {name: defaults[name] for name in names} == {name: str(getattr(Settings(), name)) for name in names}
    others = ("formula", "rejects", "max_rejects", "summary", "engine", "verbose", "max_event_bytes")
    assert [getattr(Settings(), name) for name in others] == [None, None, None, None, None, False, 16 << 20]


def test_the_exit_statuses_are_those_of_the_program() -> None:
    assert [int(row[0]) for row in table("exit status")] == [
        errors.OK,
        errors.FAILED,
        errors.USAGE,
        errors.INTERRUPTED,
    ]


def test_the_reasons_are_those_of_the_rules() -> None:
    assert [row[0].strip("`") for row in table("reason")] == list(model.REASONS)


def test_the_options_of_the_generator_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(parse_arguments, capsys)
    section = TEXT.partition("## Made-up logs")[2].partition("\n## ")[0]
    options = re.findall(r"^  (--[a-z]+)", text, re.MULTILINE)
    assert [option for option in options if option not in section] == []
    [formats] = re.findall(r"^  --format \{(.*)\}", text, re.MULTILINE)
    assert [name for name in formats.split(",") if f"`{name}`" not in section] == []


def test_what_is_to_be_installed_is_what_the_setup_asks_for() -> None:
    setup = ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    extras = setup["options.extras_require"]
    texts = [path.read_text("utf-8") for path in (*DOCUMENTS, *(PROJECT / "sflydwh").rglob("*.py"))]
    lines = [line for text in texts for line in re.findall(r"pip\s+install((?:\s+'[^'/]+')+)", text)]
    named = {frozenset(re.findall(r"'(.+?)'", line)) for line in lines}
    # The report's needs come with those of predictions.
    extras["report"] = "\n".join(line for line in extras["report"].splitlines() if "[predict]" not in line)
    asked_for = [extras[name].splitlines() for name in ("predict", "report", "sail", "table")]
    assert named == {frozenset(line for line in lines if line and not line.startswith("#")) for lines in asked_for}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_named_files_are_there(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [document.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)]
    named = [PROJECT / name for name in re.findall(r"`((?:tests|sflydwh|jobs|conf|data)/[\w./-]+)`", text)]
    modules = [PROJECT / "sflydwh" / name for name in re.findall(r"`((?:reader|events|ltv|output)/\w+\.py)`", text)]
    assert [str(path) for path in (*links, *named, *modules) if not path.exists()] == []
