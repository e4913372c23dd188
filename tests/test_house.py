"""The house as docs/architecture.md draws it."""

import ast
import re
from pathlib import Path

import pytest

from tests import PROJECT

FOLDERS = sorted(path.parent.name for path in PROJECT.glob("sflydwh/*/__init__.py"))
SOURCES = sorted(PROJECT.glob("sflydwh/**/*.py"))


@pytest.mark.parametrize("job", sorted(PROJECT.glob("jobs/*.py")), ids=lambda path: path.name)
def test_a_job_is_thin_and_imports_commands_alone(job: Path) -> None:
    text = job.read_text("utf-8")
    tree = ast.parse(text)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported - {"sys", "pathlib"} == {f"sflydwh.commands.{job.stem}"}
    assert len(text.splitlines()) <= 30


def test_the_folders_are_those_that_the_architecture_names() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    assert sorted(named) == FOLDERS


def test_the_layers_are_those_that_the_architecture_draws() -> None:
    contract = (PROJECT / "setup.cfg").read_text("utf-8").partition("\nlayers =\n")[2].partition("exhaustive")[0]
    layers = re.findall(r"\w+", contract)
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE) == [name for name in layers if name in FOLDERS]


def test_no_file_needs_headings_inside_it() -> None:
    lengths = {str(path.relative_to(PROJECT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_few_modules_lie_loose() -> None:
    assert sorted(path.name for path in PROJECT.glob("sflydwh/*.py")) == ["__init__.py", "errors.py", "interrupts.py"]


CITATION = re.compile(r"\b[Rr]ules? (\d+)(?:(?: to | and |, )(\d+))*")


def test_every_rule_that_is_cited_is_one_of_the_page() -> None:
    page = (PROJECT / "docs" / "rules.md").read_text("utf-8")
    rules = set(re.findall(r"^## (\d+)\. ", page, re.MULTILINE))
    assert rules == {str(number) for number in range(1, 12)}
    places = [*SOURCES, *PROJECT.glob("tests/**/*.py"), *PROJECT.glob("benchmarks/**/*.py"), *PROJECT.glob("jobs/*.py")]
    places += [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]
    cited = {
        (str(path.relative_to(PROJECT)), number)
        for path in places
        for match in CITATION.finditer(path.read_text("utf-8"))
        for number in re.findall(r"\d+", match[0])
    }
    assert len(cited) > 20
    assert {place for place in cited if place[1] not in rules} == set()
