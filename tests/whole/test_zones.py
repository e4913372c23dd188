"""Whole runs at the edges of time, with the machine and the session in zones of their own: all is UTC."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import HAS_JAVA, NO_JAVA
from sflydwh.engine.engine import Engine
from tests.processes import ended, job
from tests.running import HEADER, assert_right, dat, dat_and_rejects, event, right_answer, write

ZONE = "spark.sql.session.timeZone"
ENGINES = ["sail", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.skipif(not HAS_JAVA, reason=NO_JAVA)])]

# First and last CUSTOMER event, and the Monday weeks between them; in other zones some would be others.
SPANS = {
    "week": ("2017-01-01T23:59:59.999999Z", "2017-01-02T00:00:00Z", 1),
    "two weeks": ("2017-01-01T23:59:59.999999Z", "2017-01-09", 2),
    "offset": ("2017-01-02T13:59:59+14:00", "2017-01-09T14:00:00+14:00", 2),
    "far west": ("2017-01-08T12:00-12:00", "2017-01-01T00:00Z", 2),
    "week 53": ("2020-12-27T23:59:59Z", "2021-01-04T00:00:00Z", 2),
    "29 February": ("2016-02-29", "2017-02-28T23:59:59Z", 52),
    "spring": ("2017-03-12T02:30:00", "2017-03-20T00:00:00", 2),
    "autumn": ("2017-10-29T23:59:59", "2017-11-06T00:00:00", 2),
    "first year": ("0001-01-01T00:00:00", "0001-01-08T00:00:00", 1),
    "last year": ("9999-12-20T00:00:00Z", "9999-12-31T23:59:59.999999999Z", 1),
    "all time": ("0001-01-01T00:30+00:30", "9999-12-31T23:59:59", 521_722),
}
# The hour that New York has twice, and the one that it has not: each an event of its own.
HOURS = [
    "2017-11-05T05:30:00Z",
    "2017-11-05T06:30:00Z",
    "2017-03-12T02:30:00",
    "2017-03-12T03:30:00",
    "2017-03-12T07:30:00Z",
]
SAME = [
    "2017-11-05T01:30:00",
    "2017-11-05T01:30:00Z",
    "2017-11-04T21:30:00-04:00",
    "2017-11-05:01:30",
    "2017-11-05T15:30+14:00",
]
NO_TIMES = [
    "2016-12-31T23:59:60Z",
    "0000-12-31T23:59:59Z",
    "9999-12-31T23:59:59-00:01",
    "2017-02-29",
    "2017-01-06T24:00",
]


def lines() -> Iterator[str]:
    for customer, (first, last, _) in SPANS.items():
        yield event("CUSTOMER", customer, first)
        yield event("CUSTOMER", customer, last)
    for moment in (*HOURS, *SAME):
        yield event("SITE_VISIT", "clock", moment)
    yield event("ORDER", "clock", "2017-11-05", total_amount="1")
    for moment in NO_TIMES:
        yield event("ORDER", "clock", moment, total_amount="1")


@pytest.fixture(params=["America/New_York", "Pacific/Kiritimati"])
def machine_in_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def session_in_zone(engine: Engine) -> Iterator[Callable[[str], None]]:
    before = engine.session.conf.get(ZONE)
    yield lambda zone: engine.session.conf.set(ZONE, zone)
    engine.session.conf.set(ZONE, str(before))


@pytest.mark.usefixtures("machine_in_zone")
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_neither_the_machines_zone_nor_the_sessions_changes_an_answer(
    engine: Engine, session_in_zone: Callable[[str], None], zone: str, tmp_path: Path
) -> None:
    session_in_zone(zone)
    log = write(tmp_path / "log", *lines())
    answer = assert_right(engine, [log], tmp_path / "o", 20)
    weeks = {customer.customer_id: customer.duration for customer in answer.best if customer.customer_id in SPANS}
    assert weeks == {customer: weeks for customer, (_, _, weeks) in SPANS.items()}
    visits = len(HOURS) + 1
    assert dat(answer).decode().endswith(f"clock,{visits},1.00,{visits * 520}.00,34weeks\n")
    assert answer.summary.account.reasons == {"invalid_event_time": len(NO_TIMES)}
    assert_right(engine, [log], tmp_path / "weekly", 20, formula="weekly", week_start="sunday")


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_job_process_in_another_zone_gives_the_same_bytes(engine_name: str, tmp_path: Path) -> None:
    log = write(tmp_path / "log", *lines())
    command = job(20, log, "--output", tmp_path / "o", engine=engine_name)
    done = ended(command, TZ="America/New_York")
    assert done.returncode == 0, done.stderr
    [answer] = (tmp_path / "o").glob("*.dat")
    right = right_answer([log], 20)
    assert right.dat.decode().startswith(HEADER)
    assert dat_and_rejects(answer) == (right.dat, right.rejects)
