"""The queries of the docs run, and find what is there."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from sflydwh.engine.engine import Engine
from tests import PROJECT
from tests.table.tabling import ingest

DOCS = (PROJECT / "docs" / "event-table.md").read_text("utf-8")


def test_the_queries_of_the_docs_find_something(sail_engine: Engine, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    ingest(sail_engine, [PROJECT / "data" / "events.dat"], tmp_path / "table")
    names: dict[str, Any] = {}
    found = []
    for block in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL):
        for statement in ast.parse(block.replace("/data/events", str(tmp_path / "table"))).body:
            if isinstance(statement, ast.Expr):
                found.append(eval(ast.unparse(statement), names))
            else:
                exec(ast.unparse(statement), names)
    assert len(found) == 5
    assert all(len(rows) for rows in found)
