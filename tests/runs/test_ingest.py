"""Ingesting: each event once, the later batch winning, and nothing rewritten that need not be."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sflydwh.engine import engine as engines
from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.table import writing as table_events
from tests.running import event, files_below, generated, rejects_in, write
from tests.table.tabling import (
    ask,
    assert_right_table,
    data_files,
    ingest,
    right_events,
    stored,
    version,
)

MONDAY, TUESDAY, NEXT_MONDAY = "2017-01-02", "2017-01-03", "2017-01-09"
BAD_ORDER = event("ORDER", "a", MONDAY, total_amount="five")
ALL_OPTIONS = [
    {"formula": formula, "order_updates": updates} for formula in ("simple", "weekly") for updates in ("replace", "add")
]


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    """Three days of logs, with overlaps, late events, order updates across days and dirt."""
    first = write(
        tmp_path / "day1",
        event("CUSTOMER", "a", MONDAY, verb="NEW", last_name="Smith"),
        event("SITE_VISIT", "a", TUESDAY),
        event("ORDER", "a", TUESDAY, key="o1", total_amount="10 USD", verb="NEW"),
        event("ORDER", "b", TUESDAY, key="o2", total_amount="7.5", verb="NEW"),
        event("ORDER", "b", TUESDAY, key="o2", total_amount="8.5", verb="NEW"),
        event("SITE_VISIT", "b", MONDAY),
        BAD_ORDER,
    )
    second = write(
        tmp_path / "day2",
        event("SITE_VISIT", "a", TUESDAY, tags=["again"]),
        event("ORDER", "a", NEXT_MONDAY, key="o1", total_amount="99", verb="UPDATE"),
        event("ORDER", "b", TUESDAY, key="o3", total_amount="1", verb="NEW"),
        event("SURVEY", "c", NEXT_MONDAY, answers=[1, {"two": 2}]),
        event("IMAGE", 7, "2016-02-29T23:59:59.123456Z", key="late"),  # type: ignore[arg-type]
    )
    third = generated(tmp_path / "day3", 400, dirty=0.05, seed=3, layout="pretty")
    return [first, second, third]


def test_days_one_after_the_other_answer_as_all_of_them_at_once(
    engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "table"
    for number, day in enumerate(days, 1):
        done = ingest(engine, [day], table)
        assert (done.files, done.version, done.known) == (1, number - 1, ())
        for place, options in enumerate(ALL_OPTIONS):
            assert_right_table(engine, days[:number], table, tmp_path / f"o{number}{place}", **options)
    assert stored(table) == right_events([[day] for day in days])


def test_what_an_ingest_says(engine: Engine, days: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "table"
    first = ingest(engine, days[:1], table)
    assert (first.read, first.accepted, first.rejected, first.superseded) == (7, 6, 1, 1)
    assert (first.replaced, first.added, first.weeks_rewritten, first.weeks_added_to) == (0, 5, 0, 1)
    assert (first.by_type, first.reasons) == ({"ORDER": 3, "SITE_VISIT": 2, "CUSTOMER": 1}, {"invalid_amount": 1})
    second = ingest(engine, days[1:2], table)
    assert (second.read, second.rejected, second.superseded, second.replaced, second.added) == (5, 0, 0, 2, 3)
    assert (second.weeks_rewritten, second.weeks_added_to) == (1, 2)
    assert second.warnings == (
        "1 unknown event types were accepted: SURVEY",
        "1 ORDER events were superseded by one of the same customer and time with another key; if they are separate orders, use --identity key",
    )


def test_unknown_types_cannot_steer_the_terminal(sail_engine: Engine, tmp_path: Path) -> None:
    log = write(tmp_path / "log", event("\x1b[31m", "a", MONDAY), event("z" * 200_000, "a", MONDAY))
    done = ingest(sail_engine, [log], tmp_path / "table")
    assert done.warnings == (f"2 unknown event types were accepted: \\x1b[31m, {'z' * 57}...",)
    assert done.as_text(0).isascii()
    assert "\x1b" not in done.as_text(0)
    assert len(done.as_text(0)) < 2000


def test_only_the_weeks_in_which_something_is_replaced_are_rewritten(
    sail_engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, [days[2]], table)
    before = data_files(table)
    ingest(sail_engine, days[:1], table)
    late = write(tmp_path / "late", event("SITE_VISIT", "a", TUESDAY), event("SITE_VISIT", "z", min(before.values())))
    between = data_files(table)
    ingest(sail_engine, [late], table)
    after = data_files(table)
    assert before.items() <= between.items()
    gone = {between[path] for path in set(between) - set(after)}
    assert gone == {MONDAY}
    assert {after[path] for path in set(after) - set(between)} == {MONDAY, min(before.values())}


def test_a_large_week_stays_in_files_of_a_good_size_when_one_event_is_replaced(
    spark_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sail writes each week as one file, whatever it is told.
    table = tmp_path / "table"
    visits = [event("SITE_VISIT", f"c{number}", MONDAY) for number in range(3000)]
    logs = [
        write(tmp_path / "large", *visits, event("IMAGE", "z", NEXT_MONDAY)),
        write(tmp_path / "one", visits[7], event("IMAGE", "y", NEXT_MONDAY)),
    ]
    ingest(spark_engine, logs[:1], table)
    [large] = [path for path, week in data_files(table).items() if week == MONDAY]
    good = (table / large).stat().st_size // 8
    monkeypatch.setattr(table_events, "FILE_BYTES", good)
    monkeypatch.setattr(engines, "SHUFFLED_BYTES", good)
    assert ingest(spark_engine, logs[1:], table).weeks_rewritten == 1
    files = Counter(data_files(table).values())
    # By chance two shares of the week may come to one task, which writes them as one file.
    assert 4 <= files[MONDAY] <= 8
    assert files[NEXT_MONDAY] == 2
    assert_right_table(spark_engine, logs, table, tmp_path / "o")


def test_a_file_is_known_by_its_content_under_any_name(sail_engine: Engine, days: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "table"
    twin = tmp_path / "twin"
    twin.write_bytes(days[0].read_bytes())
    first = ingest(sail_engine, [days[0], days[1], twin], table)
    assert (first.files, first.known, first.read) == (2, (str(twin),), 12)
    again = ingest(sail_engine, [twin, days[1]], table)
    assert (again.files, again.known, again.read, again.version) == (0, (str(twin), str(days[1])), 0, 0)
    some = ingest(sail_engine, [days[1], days[2]], table)
    assert (some.files, some.known, some.version) == (1, (str(days[1]),), 1)
    assert_right_table(sail_engine, days, table, tmp_path / "o")


def test_what_was_too_large_is_ingested_when_the_limit_is_raised(sail_engine: Engine, tmp_path: Path) -> None:
    table, limit = tmp_path / "table", 2048
    large = write(
        tmp_path / "large", event("IMAGE", "a", MONDAY), event("SITE_VISIT", "b", MONDAY, tags=["x" * 2 * limit])
    )
    dirty = write(tmp_path / "dirty", BAD_ORDER, event("IMAGE", "c", MONDAY))
    logs = [large, dirty]
    first = ingest(sail_engine, logs, table, max_event_bytes=limit)
    assert (first.files, first.reasons) == (2, {"too_large": 1, "invalid_amount": 1})
    again = ingest(sail_engine, logs, table, max_event_bytes=limit)
    assert (again.files, len(again.known), again.version) == (0, 2, 0)
    raised = ingest(sail_engine, logs, table)
    assert (raised.files, raised.known, raised.added, raised.replaced) == (1, (str(dirty),), 1, 1)
    assert_right_table(sail_engine, logs, table, tmp_path / "o")
    limits: list[dict[str, Any]] = [{}, {"max_event_bytes": limit}]
    for settings in limits:
        assert len(ingest(sail_engine, logs, table, **settings).known) == 2


def test_within_a_batch_the_order_of_the_files_counts(sail_engine: Engine, tmp_path: Path) -> None:
    spends = {
        name: write(tmp_path / name, event("ORDER", "a", MONDAY, total_amount=amount), event("SITE_VISIT", "a", MONDAY))
        for name, amount in {"x": "1", "y": "2", "z": "3"}.items()
    }
    ingest(sail_engine, [spends["z"], spends["x"]], tmp_path / "table")
    assert_right_table(sail_engine, [spends["z"], spends["x"]], tmp_path / "table", tmp_path / "o1")
    ingest(sail_engine, [spends["y"]], tmp_path / "table")
    answer = assert_right_table(sail_engine, [spends["x"], spends["y"]], tmp_path / "table", tmp_path / "o2")
    assert answer.best[0].spend == 2


def test_new_types_and_attributes_are_there_to_be_asked(engine: Engine, days: list[Path], tmp_path: Path) -> None:
    ingest(engine, days[:2], tmp_path / "table")
    rows = {
        (row["customer_id"], row["event_type"]): json.loads(row["attributes"]) for row in stored(tmp_path / "table")
    }
    assert rows["c", "SURVEY"]["answers"] == [1, {"two": 2}]
    assert rows["a", "CUSTOMER"]["last_name"] == "Smith"
    assert rows["a", "SITE_VISIT"]["tags"] == ["again"]


def test_rejects_lie_in_the_table_directory_or_where_they_are_wanted(
    engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    inside = ingest(engine, days[:1], tmp_path / "t1")
    outside = ingest(engine, days[:1], tmp_path / "t2", rejects=str(tmp_path / "r"))
    folder = "20170106_20170106124646_Ingest_Rejects"
    assert inside.rejects == str(tmp_path / "t1" / "_rejects" / folder)
    assert outside.rejects == str(tmp_path / "r" / folder)
    for done in (inside, outside):
        [reject] = rejects_in(Path(str(done.rejects), "rejects.jsonl"))
        assert (reject["reason"], reject["source_file"], reject["raw"]) == (
            "invalid_amount",
            str(days[0]),
            BAD_ORDER.encode(),
        )
    assert_right_table(engine, days[:1], tmp_path / "t1", tmp_path / "o")


def test_a_batch_that_is_refused_leaves_the_table_and_keeps_its_rejects(
    sail_engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "table"
    ingest(sail_engine, days[:1], table)
    bad = write(tmp_path / "bad", BAD_ORDER, "{")
    before = files_below(table)
    with pytest.raises(
        RunError,
        match="none of the 2 events was accepted; rejected 2: invalid_amount 1, malformed_json 1; see .*_Ingest_Rejects_failed/rejects.jsonl",
    ):
        ingest(sail_engine, [bad], table)
    with pytest.raises(RunError, match="1 events were rejected, above --max-rejects 0; see"):
        ingest(sail_engine, [write(tmp_path / "two", BAD_ORDER, event("IMAGE", "a", MONDAY))], table, max_rejects=0)
    new = [path for path in files_below(table) if path not in before]
    assert len(new) == 2
    assert all("_failed/rejects.jsonl" in path for path in new)
    assert version(table) == 0
    ingest(sail_engine, [write(tmp_path / "two", BAD_ORDER, event("IMAGE", "a", MONDAY))], table)
    assert version(table) == 1


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    sail_engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "table"
    would = ingest(sail_engine, days[:1], table, dry_run=True)
    assert not table.exists()
    assert (would.version, would.added, would.rejected, would.rejects) == (None, 5, 1, None)
    ingest(sail_engine, days[:1], table)
    before = files_below(table)
    would = ingest(sail_engine, days, table, dry_run=True)
    assert files_below(table) == before
    did = ingest(sail_engine, days, table)
    assert (did.version, would.version) == (1, 0)
    for name in (
        "files",
        "known",
        "by_type",
        "reasons",
        "superseded",
        "replaced",
        "added",
        "weeks_rewritten",
        "weeks_added_to",
    ):
        assert getattr(would, name) == getattr(did, name)


@pytest.mark.parametrize("content", ["", "[]", "\n\n"])
def test_empty_input_changes_nothing(sail_engine: Engine, days: list[Path], tmp_path: Path, content: str) -> None:
    empty = tmp_path / "empty"
    empty.write_text(content)
    assert ingest(sail_engine, [empty], tmp_path / "table").version is None
    ingest(sail_engine, days[:1], tmp_path / "table")
    done = ingest(sail_engine, [empty], tmp_path / "table")
    assert (done.version, done.read, done.added) == (0, 0, 0)


def test_the_first_and_the_last_week_there_is(engine: Engine, tmp_path: Path) -> None:
    times = ["0001-01-01", "9999-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999Z", "1582-10-10"]
    log = write(tmp_path / "log", *(event("SITE_VISIT", "a", time) for time in times))
    ingest(engine, [log], tmp_path / "table")
    assert_right_table(engine, [log], tmp_path / "table", tmp_path / "o")
    assert sorted(data_files(tmp_path / "table").values()) == ["0001-01-01", "1582-10-04", "1969-12-29", "9999-12-27"]


def test_what_one_engine_wrote_the_other_reads_and_goes_on_with(
    sail_engine: Engine, spark_engine: Engine, days: list[Path], tmp_path: Path
) -> None:
    table = tmp_path / "table"
    for day, engine in zip(days, (sail_engine, spark_engine, sail_engine), strict=True):
        ingest(engine, [day], table)
    for engine in (sail_engine, spark_engine):
        assert_right_table(engine, days, table, tmp_path / engine.name)
    snapshot = ask(spark_engine, table, tmp_path / "o", as_of=1).summary.snapshot
    assert snapshot is not None and snapshot.number == 1
