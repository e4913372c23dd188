"""Logs of other shops from end to end: on both engines, in every form, and through the table."""

import csv
import gzip
import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.formats.named import format_of
from sflydwh.runs.answer import Answer
from sflydwh.runs.settings import Settings
from tests.formats.judging import expected
from tests.formats.samples import SAMPLES, as_text, shopify_csv
from tests.oracle.formats import Outcome, Pairs, outcome
from tests.running import answered, dat, logs_of, write
from tests.running import run as run_sfly
from tests.table.tabling import ask, ingest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

NAMES = (*SAMPLES, "shopify-csv")


def run(engine: Engine, name: str, log: Path, output: Path) -> Answer:
    return answered(engine, logs_of(log, log_format=format_of(name)), Settings(output=str(output)))


def outcomes(name: str) -> list[Outcome]:
    """What the oracle has of each record of a sample; of a CSV file, those with as many fields as the header."""
    if name != "shopify-csv":
        return [expected(format_of(name).text, json.dumps(record)) for record in SAMPLES[name]()]
    header, *rows = csv.reader(io.StringIO(shopify_csv(), newline=""))
    document = tomllib.loads(format_of(name).text.replace('{ path = "Created at" }', '"Created at"'))
    found = []
    for row in rows:
        if len(row) != len(header):
            found.append(("rejected", "malformed_record"))
            continue
        # A column's name is no path of several names.
        pairs = Pairs(zip((name.replace(" ", "_") for name in header), row, strict=True))
        one = outcome(
            json.loads(
                json.dumps(document)
                .replace('"Financial Status"', '"Financial_Status"')
                .replace('"Created at"', '"Created_at"')
                .replace('"Cancelled at"', '"Cancelled_at"')
                .replace('"Refunded Amount"', '"Refunded_Amount"')
            ),
            pairs,
        )
        if one[0] == "event":
            micros = (one[3] - datetime(1970, 1, 1)) // timedelta(microseconds=1)
            one = (*one[:3], micros, *one[4:])
        found.append(one)
    return found


def as_sfly(found: list[Outcome]) -> list[str]:
    """The events that the oracle has, as lines of the model's own format."""
    lines = []
    for kind, *event in found:
        if kind == "event":
            event_type, customer, micros, verb, key, amount = event
            at = datetime(1970, 1, 1) + timedelta(microseconds=micros)
            more: dict[str, Any] = {"total_amount": str(amount)} if event_type == "ORDER" else {}
            owner = {"key": customer} if event_type == "CUSTOMER" else {"customer_id": customer, "key": key}
            lines.append(json.dumps({"type": event_type, "verb": verb, "event_time": at.isoformat(), **owner, **more}))
    return lines


def right(engine: Engine, name: str, folder: Path) -> bytes:
    """What the same events answer in the model's own format."""
    log = write(folder / "sfly", *as_sfly(outcomes(name)))
    source = logs_of(log)
    object.__setattr__(source, "identity", "key")
    return dat(answered(engine, source, Settings(output=str(folder / "right"), formula=format_of(name).formula)))


def sample(name: str, folder: Path, layout: str = "lines") -> Path:
    path = folder / f"{name}.log"
    path.write_text(shopify_csv() if name == "shopify-csv" else as_text(SAMPLES[name](), layout), "utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_each_format_answers_as_the_oracle_has_it(sail_engine: Engine, name: str, tmp_path: Path) -> None:
    answer = run(sail_engine, name, sample(name, tmp_path), tmp_path / "out")
    assert dat(answer) == right(sail_engine, name, tmp_path)
    assert dat(answer).count(b"\n") > 3
    account, found = answer.summary.account, outcomes(name)
    counts = [sum(each[0] == kind for each in found) for kind in ("event", "ignored", "rejected")]
    assert [account.accepted, account.ignored.total(), account.rejected] == counts
    assert account.reasons == {each[1]: found.count(each) for each in found if each[0] == "rejected"}


@pytest.mark.spark
@pytest.mark.parametrize("name", NAMES)
def test_spark_gives_the_same_bytes(spark_engine: Engine, sail_engine: Engine, name: str, tmp_path: Path) -> None:
    log = sample(name, tmp_path)
    on_sail, on_spark = (run(engine, name, log, tmp_path / engine.name) for engine in (sail_engine, spark_engine))
    assert dat(on_spark) == dat(on_sail)
    assert on_spark.summary.account == on_sail.summary.account
    rejects = [
        (Path(str(each.summary.rejects)) / "rejects.jsonl").read_bytes()
        for each in (on_sail, on_spark)
        if each.summary.rejects
    ]
    assert len(set(rejects)) <= 1


@pytest.mark.parametrize("layout", ["array", "pretty", "gzip", "wrapped"])
@pytest.mark.parametrize("name", SAMPLES)
def test_the_form_of_a_log_makes_no_difference(sail_engine: Engine, name: str, layout: str, tmp_path: Path) -> None:
    lines = run(sail_engine, name, sample(name, tmp_path), tmp_path / "lines")
    path = tmp_path / "other.log"
    text = as_text(SAMPLES[name](), layout if layout in ("array", "pretty") else "lines")
    inside = format_of(name).inside
    if layout == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    elif layout == "wrapped" and inside:
        path.write_text(json.dumps({"more": False, inside[0].name: SAMPLES[name]()}), "utf-8")
    else:
        path.write_text(text, "utf-8")
    other = run(sail_engine, name, path, tmp_path / "other")
    assert dat(other) == dat(lines)
    assert other.summary.account.reasons == lines.summary.account.reasons


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_such_a_log_answers_with_the_same_bytes(sail_engine: Engine, name: str, tmp_path: Path) -> None:
    log, table = sample(name, tmp_path), tmp_path / "table"
    ingest(sail_engine, [log], table, format=name)
    expected_dat = dat(run(sail_engine, name, log, tmp_path / "logs"))
    assert dat(ask(sail_engine, table, tmp_path / "asked")) == expected_dat
    assert ingest(sail_engine, [log], table, format=name).known == (str(log),)


def test_rejects_of_a_csv_file_can_be_mended_and_fed_in_again(sail_engine: Engine, tmp_path: Path) -> None:
    log = sample("shopify-csv", tmp_path)
    first = run(sail_engine, "shopify-csv", log, tmp_path / "first")
    rejects = Path(str(first.summary.rejects)) / "rejects.jsonl"
    mended = tmp_path / "mended.jsonl"
    mended.write_text(rejects.read_text("utf-8").replace('"raw": "#9,,', '"raw": "#9,eve@x,'), "utf-8")
    source = logs_of(log, mended, log_format=format_of("shopify-csv"))
    again = answered(sail_engine, source, Settings(output=str(tmp_path / "again")))
    assert again.summary.account.accepted == first.summary.account.accepted + 1
    assert b"\neve@x,0,5.00," in dat(again)


def test_sfly_itself_is_one_of_them(sail_engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log", *as_sfly(outcomes("segment")))
    assert dat(run(sail_engine, "sfly", log, tmp_path / "a")) == dat(run_sfly(sail_engine, [log], tmp_path / "b"))
