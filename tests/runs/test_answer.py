"""The whole run on each engine: from files to the .dat, its rejects and its account."""

import errno
import json
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.errors import InputError, RunError
from sflydwh.reader.pieces import Limits
from sflydwh.runs.settings import Settings
from tests.running import (
    HEADER,
    STEM,
    answered,
    assert_right,
    dat,
    event,
    events_with_keys_of_their_own,
    files_below,
    generated,
    logs_of,
    rejects_in,
    right_answer,
    run,
    watched,
    write,
)

A_VISIT = event("SITE_VISIT", "a", "2017-01-06")
BAD_ORDER = event("ORDER", "a", "2017-01-06", total_amount="five")
Cut = Callable[[int, int], None]


def test_computing_weeks(engine: Engine, tmp_path: Path) -> None:
    log = write(
        tmp_path / "log",
        event("CUSTOMER", "a", "2017-01-01T23:59:59.999Z"),  # a Sunday
        event("CUSTOMER", "a", "2017-01-02T00:00:00Z"),
        event("CUSTOMER", "b", "2016-12-31T00:00:00Z"),
        event("CUSTOMER", "b", "2017-02-28T23:00:00-10:00"),
        event("IMAGE", "c", "2016-02-29"),
        event("IMAGE", "c", "2016-03-14"),
    )
    assert dat(run(engine, [log], tmp_path / "o")).decode() == (
        HEADER + "c,0,0.00,0.00,2weeks\nb,0,0.00,0.00,9weeks\na,0,0.00,0.00,1week\n"
    )


def test_ingesting(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        f"[{event('SITE_VISIT', 'a', '2017-01-06T12:45:52.041Z', key='p', tags=[])},\r\n\n"
        f"{event('ORDER', 'a', '2017-01-06:12:55', total_amount=12.10, verb='NEW')}, "
        f"{event('SITE_VISIT', '7', '2017-01-06')}\n"
        '{"type": "ORDER", "customer_id": 7, "event_time": "2017-01-06", "total_amount": "$1,000.005"},\n'
        '{"type": "ORDER", "customer_id": 7, "event_time": "12:00", "total_amount": "1"},\n'
        f"{event('SURVEY', 'a', '2017-01-06')} garbage\n"
        f"{event('SURVEY', 'a', '2017-01-06')}]",
    )
    answer = assert_right(engine, [log], tmp_path / "o")
    assert dat(answer).decode() == HEADER + "a,1,12.10,6292.00,1week\n7,1,1000.01,520002.60,1week\n"
    assert answer.summary.account.reasons == {"invalid_event_time": 1, "malformed_json": 1}


def test_sorting(engine: Engine, tmp_path: Path) -> None:
    spends = {"b": "5", "a": "5.00", "c": "-0.004", "d": "5.001", "\uff5e": "1", "\U0001f600": "1", "e": "0"}
    lines = [event("ORDER", name, "2017-01-06", total_amount=spend) for name, spend in spends.items()]
    lines += [event("SITE_VISIT", name, "2017-01-06") for name in spends]
    answer = run(engine, [write(tmp_path / "log", *lines)], tmp_path / "o", 5)
    assert [customer.customer_id for customer in answer.best] == ["d", "a", "b", "\uff5e", "\U0001f600"]
    assert [line.rpartition(",")[0] for line in dat(answer).decode().splitlines()[1:]] == [
        "\U0001f600,1,1.00,520.00",
        "\uff5e,1,1.00,520.00",
        "b,1,5.00,2600.00",
        "a,1,5.00,2600.00",
        "d,1,5.00,2600.52",
    ]


def test_writing(engine: Engine, tmp_path: Path) -> None:
    ids = ["plain", "a,b", 'a"b', "a\nb", "\u00e9"]
    log = write(tmp_path / "log", *(event("CUSTOMER", name, "2017-01-06") for name in ids))
    answer = run(engine, [log], tmp_path / "new" / "output", 12)
    assert files_below(tmp_path / "new" / "output") == [f"{STEM}12_Customers.dat"]
    lines = ["\u00e9", "plain", '"a,b"', '"a""b"', '"a\nb"']
    assert dat(answer).decode() == HEADER + "".join(f"{line},0,0.00,0.00,1week\n" for line in lines)


@pytest.fixture
def cut(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Cut:
    """Cut the input into splits and blocks of these sizes."""

    def cut(split_bytes: int, block_bytes: int) -> None:
        monkeypatch.setattr(type(engine), "split_bytes", lambda *_: split_bytes)
        monkeypatch.setattr("sflydwh.runs.source.Limits", partial(Limits, block_bytes=block_bytes))

    return cut


@pytest.fixture
def partitions(engine: Engine) -> Iterator[Callable[[int], None]]:
    """Set the number of shuffle partitions."""
    name = "spark.sql.shuffle.partitions"
    before = str(engine.session.conf.get(name))
    yield lambda count: engine.session.conf.set(name, str(count))
    engine.session.conf.set(name, before)


def test_a_log_with_all_kinds_of_dirt_is_answered_like_the_oracle_however_it_is_cut(
    engine: Engine, tmp_path: Path, cut: Cut, partitions: Callable[[int], None]
) -> None:
    log = generated(tmp_path / "log", 600, dirty=0.2)
    answer = assert_right(engine, [log], tmp_path / "o", 20)
    assert len(answer.summary.account.reasons) > 5
    cut(7_000, 1_000)
    partitions(5)
    assert_right(engine, [log], tmp_path / "cut", 20)


def test_the_options_change_the_answer_as_the_oracle_has_it(engine: Engine, tmp_path: Path) -> None:
    log = generated(tmp_path / "log", 300, dirty=0.05)
    options: dict[str, Any] = {
        "formula": "weekly",
        "order_updates": "add",
        "lifespan_years": Decimal("2.5"),
        "week_start": "sunday",
    }
    assert dat(assert_right(engine, [log], tmp_path / "o", **options)) != right_answer([log]).dat


def test_an_event_above_the_limit_is_rejected_with_its_beginning(engine: Engine, tmp_path: Path) -> None:
    large = event("SITE_VISIT", "a", "2017-01-07", tags="x" * 1024)
    answer = run(engine, [write(tmp_path / "log", A_VISIT, large)], tmp_path / "o", max_event_bytes=1024)
    [reject] = rejects_in(Path(str(answer.summary.rejects), "rejects.jsonl"))
    assert (reject["reason"], reject["offset"]) == ("too_large", len(A_VISIT) + 1)
    assert large.encode().startswith(reject["raw"])
    assert len(reject["raw"]) >= 1024


def test_weekly_spreads_the_spend_over_all_weeks_of_the_log(engine: Engine, tmp_path: Path) -> None:
    weekend = [event("ORDER", "a", "2017-01-07", total_amount="30"), event("SURVEY", "b", "2017-01-08")]
    log = write(tmp_path / "log", *weekend)
    for week_start, ltv in (("monday", "15600.00"), ("sunday", "7800.00")):
        answer = run(engine, [log], tmp_path / "o", formula="weekly", week_start=week_start)
        assert dat(answer).decode() == f"{HEADER}a,0,30.00,{ltv},1week\n"


def test_neither_order_nor_files_of_a_log_change_its_answer(engine: Engine, tmp_path: Path) -> None:
    lines = events_with_keys_of_their_own()
    right = dat(assert_right(engine, [write(tmp_path / "log", *lines)], tmp_path / "o"))
    random.Random(4).shuffle(lines)
    rest = iter(lines)
    files = [write(tmp_path / f"log{part}", *islice(rest, count)) for part, count in enumerate((1, 0, 150, 49))]
    answer = assert_right(engine, files[::-1], tmp_path / "shuffled")
    assert dat(answer) == right
    assert answer.summary.account.read == len(lines)


def test_of_events_with_one_key_the_last_in_input_order_counts(engine: Engine, tmp_path: Path) -> None:
    files = [
        write(tmp_path / name, event("ORDER", "a", "2017-01-06", total_amount=amount), A_VISIT)
        for name, amount in (("z", "2"), ("x", "1"), ("y", "3"))
    ]
    answer = assert_right(engine, files, tmp_path / "o")
    assert dat(answer).decode() == HEADER + "a,1,3.00,1560.00,1week\n"
    assert answer.summary.account.superseded == 4


def test_rejects_fed_in_again_are_rejected_again_until_they_are_mended(engine: Engine, tmp_path: Path) -> None:
    good = write(tmp_path / "good", event("ORDER", "a", "2017-01-05", total_amount="7"), A_VISIT)
    bad = write(tmp_path / "bad", BAD_ORDER, BAD_ORDER[:-1], A_VISIT.replace("06", "07") + " \u20ac", '{"\x00":1}')
    first = assert_right(engine, [good, bad], tmp_path / "first")
    rejects = Path(str(first.summary.rejects), "rejects.jsonl")
    again = assert_right(engine, [good, rejects], tmp_path / "again")
    assert (dat(again), again.summary.account) == (dat(first), first.summary.account)
    mended = tmp_path / "mended"
    mended.write_text(rejects.read_text("utf-8").replace("five", "5").replace(" \u20ac", ""), "utf-8")
    last = assert_right(engine, [good, mended], tmp_path / "last")
    assert dat(last).decode() == HEADER + "a,2,12.00,12480.00,1week\n"


def test_above_max_rejects_the_run_fails_and_the_rejects_stay(engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log", BAD_ORDER, A_VISIT, BAD_ORDER)
    assert run(engine, [log], tmp_path / "o", max_rejects=2).summary.account.rejected == 2
    with pytest.raises(RunError, match="2 events were rejected, above --max-rejects 1; see ") as error:
        run(engine, [log], tmp_path / "failed", max_rejects=1)
    assert files_below(tmp_path / "failed") == [f"{STEM}10_Rejects_failed/rejects.jsonl"]
    kept = tmp_path / "failed" / f"{STEM}10_Rejects_failed" / "rejects.jsonl"
    assert str(kept) in str(error.value)
    assert rejects_in(kept) == right_answer([log]).rejects


def test_without_an_accepted_event_the_run_fails_and_the_rejects_stay(engine: Engine, tmp_path: Path) -> None:
    log, summary = write(tmp_path / "log", BAD_ORDER, "events"), tmp_path / "summary.json"
    with pytest.raises(
        RunError, match="none of the 2 events was accepted; rejected 2: invalid_amount 1, malformed_json 1; see "
    ) as error:
        run(engine, [log], tmp_path / "o", summary=str(summary))
    assert files_below(tmp_path / "o") == [f"{STEM}10_Rejects_failed/rejects.jsonl"]
    found = json.loads(summary.read_bytes())
    assert (found["read"], found["output"], found["error"]) == (2, None, str(error.value))
    assert found["rejects"] == str(tmp_path / "o" / f"{STEM}10_Rejects_failed")


def test_a_failed_run_says_what_the_log_looks_like(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"type": "page", "userId": "a", "timestamp": "2024-01-01"}\n')
    told = f"rejected 1: missing_customer_id 1; {log}: it looks like segment: try --format segment; see "
    with pytest.raises(RunError, match=re.escape(told)):
        run(engine, [log], tmp_path / "o")


@pytest.mark.parametrize("contents", [[], [b"[]"], [b"", b"\xef\xbb\xbf", b"[\r\n,]\n", b" \n\n"]])
def test_empty_input_gives_the_header_alone(engine: Engine, tmp_path: Path, contents: list[bytes]) -> None:
    (tmp_path / "logs").mkdir()
    for place, content in enumerate(contents):
        (tmp_path / "logs" / str(place)).write_bytes(content)
    answer = run(engine, [tmp_path / "logs"], tmp_path / "o", max_rejects=0)
    assert dat(answer).decode() == HEADER
    assert files_below(tmp_path / "o") == [f"{STEM}10_Customers.dat"]


def test_a_log_whose_only_accepted_events_are_of_unknown_types_fails(engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log", event("SURVEY", "a", "2017-01-06"), BAD_ORDER)
    told = "^none of the 2 events was accepted; rejected 1: invalid_amount 1; of unknown types 1: SURVEY 1; see "
    with pytest.raises(RunError, match=told):
        run(engine, [log], tmp_path / "o")
    assert not list((tmp_path / "o").glob("*.dat"))


@pytest.mark.parametrize("content", [b"\0", b" \0\n\0\0", b"[]" + b"\0" * 9_000])
def test_nothing_but_nul_bytes_is_a_damaged_log(sail_engine: Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(InputError, match=r"log holds nothing but NUL bytes; it may have been damaged"):
        run(sail_engine, [tmp_path / "log"], tmp_path / "o")


def test_rejects_go_where_they_are_wanted_and_an_old_answer_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log", BAD_ORDER, A_VISIT)
    for _ in range(2):
        answer = run(engine, [log], tmp_path / "o", 3, rejects=str(tmp_path / "r"))
    stems = [f"{STEM}3", f"{STEM.replace('46_', '47_')}3"]
    assert files_below(tmp_path / "o") == [f"{stem}_Customers.dat" for stem in stems]
    assert files_below(tmp_path / "r") == [f"{stem}_Rejects/rejects.jsonl" for stem in stems]
    assert answer.summary.output == str(tmp_path / "o" / f"{stems[1]}_Customers.dat")
    assert answer.summary.rejects == str(tmp_path / "r" / f"{stems[1]}_Rejects")


def test_the_summary_tells_what_became_of_every_event(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    lines = ["=1+1", "a", "a"]
    write(tmp_path / "logs" / "log", *(event("SURVEY", name, "2017-01-06") for name in lines), BAD_ORDER)
    write(tmp_path / "logs" / "more", *(event("SITE_VISIT", name, "2017-01-06") for name in lines))
    write(tmp_path / "logs" / "_hidden", "x")
    summary = tmp_path / "summary.json"
    answer = run(engine, [tmp_path / "logs"], tmp_path / "o", summary=str(summary))
    found = json.loads(summary.read_bytes())
    assert found.pop("seconds") > 0
    warnings = " ".join(found.pop("warnings"))
    assert found == {
        "read": 7,
        "accepted": 6,
        "rejected": 1,
        "superseded": 2,
        "ignored": 0,
        "superseded_other_key": 0,
        "superseded_other_amount": 0,
        "rounded_amounts": 0,
        "by_type": {"SITE_VISIT": 3, "SURVEY": 3},
        "reasons": {"invalid_amount": 1},
        "ignored_by_name": {},
        "accepted_by_customer_path": {"customer_id": 6},
        "unknown_types": ["SURVEY"],
        "customers": 2,
        "customers_without_customer_event": 2,
        "customers_without_visit": 0,
        "formula": "simple",
        "format": "sfly",
        "identity": "time",
        "currency": "USD",
        "engine": engine.name,
        "table": None,
        "table_version": None,
        "output": str(tmp_path / "o" / f"{STEM}10_Customers.dat"),
        "rejects": str(tmp_path / "o" / f"{STEM}10_Rejects"),
        "skipped_files": 1,
        "error": None,
    }
    assert "SURVEY" in warnings
    assert "=1+1" in warnings
    assert all(warning in answer.summary.as_text() for warning in answer.summary.warnings)


def test_a_file_that_changed_after_the_run_was_planned_fails_it(engine: Engine, tmp_path: Path) -> None:
    log = generated(tmp_path / "log", 50)
    source = logs_of(log)
    with log.open("ab") as file:
        file.write(b"{}\n")
    settings = Settings(output=str(tmp_path / "o"))
    with pytest.raises(InputError, match=r"log changed while it was read: [^\n]*\Z"):
        answered(engine, source, settings)
    assert list((tmp_path / "o").iterdir()) == []


def test_rejects_stay_where_a_run_fails_after_them(
    sail_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> Iterator[str]:
        raise OSError(errno.ENOSPC, "No space left on device", "answer.dat")

    log = write(tmp_path / "log", A_VISIT, BAD_ORDER)
    monkeypatch.setattr("sflydwh.runs.answer.dat_lines", full_disk)
    with pytest.raises(RunError, match="No space left on device"):
        run(sail_engine, [log], tmp_path / "o")
    [kept] = files_below(tmp_path / "o")
    assert kept.endswith("_Rejects_failed/rejects.jsonl")
    assert [line["raw"] for line in rejects_in(tmp_path / "o" / kept)] == [BAD_ORDER.encode()]


@pytest.mark.parametrize(("bad_line", "read_again"), [(None, []), (150, ["2"])])
def test_the_input_is_read_once_but_for_the_splits_that_have_rejects(
    engine: Engine,
    tmp_path: Path,
    cut: Cut,
    monkeypatch: pytest.MonkeyPatch,
    bad_line: int | None,
    read_again: list[str],
) -> None:
    lines = [event("SITE_VISIT", "a", f"2017-01-06T12:{place // 60:02}:{place % 60:02}") for place in range(200)]
    if bad_line is not None:
        lines[bad_line] = "x" * len(lines[bad_line])
    log, seen = write(tmp_path / "log", *lines), tmp_path / "seen"
    cut(log.stat().st_size // 4 + 1, 1_000)
    monkeypatch.setattr("sflydwh.runs.source.EventsDataSource", watched(seen))
    answer = run(engine, [log], tmp_path / "o")
    assert sorted(seen.read_text().split()) == sorted(["0", "1", "2", "3", *read_again])
    assert answer.summary.account.rejected == len(read_again)
