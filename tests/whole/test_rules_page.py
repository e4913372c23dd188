"""Each example of docs/rules.md gives what stands below it."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.running import dat, run

PAGE = (PROJECT / "docs" / "rules.md").read_text("utf-8")
SECTION = re.compile(r"^## (.+?)$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```json\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    rule: str
    log: str
    told: list[str]


EXAMPLES = [
    Example(title, log, told.splitlines())
    for title, text in SECTION.findall(PAGE)
    for log, told in EXAMPLE.findall(text)
]


def test_each_rule_has_an_example() -> None:
    assert [example.rule.partition(".")[0] for example in EXAMPLES] == ["Pieces", *map(str, range(1, 12))]
    assert PAGE.count("```json") == PAGE.count("```text") == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rule)
def test_the_page_shows_what_the_job_does(example: Example, sail_engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(example.log, "utf-8")
    answer = run(sail_engine, [log], tmp_path / "o")
    customers = dat(answer).decode().splitlines()[1:]
    account = answer.summary.as_text().splitlines()
    assert example.told[: len(customers)] == customers
    assert [line for line in example.told[len(customers) :] if line not in account] == []
