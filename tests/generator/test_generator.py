"""The generator: what its logs hold, and that a seed decides every byte of them."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from sflydwh.generator import FORMATS, LogRequest, formats, log_chunks
from sflydwh.generator.events import BATCH_EVENTS, event_batches
from tests import PROJECT

# More than two batches, so that what crosses from one to the next is tested too.
LARGE = 2 * BATCH_EVENTS + 5
PLAIN_TIME = re.compile(r"201[67]-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FIELDS = {
    "CUSTOMER": ["type", "verb", "key", "event_time", "last_name", "adr_city", "adr_state"],
    "SITE_VISIT": ["type", "verb", "key", "event_time", "customer_id", "tags"],
    "IMAGE": ["type", "verb", "key", "event_time", "customer_id", "camera_make", "camera_model"],
    "ORDER": ["type", "verb", "key", "event_time", "customer_id", "total_amount"],
}
VERBS = {"CUSTOMER": {"NEW", "UPDATE"}, "SITE_VISIT": {"NEW"}, "IMAGE": {"UPLOAD"}, "ORDER": {"NEW", "UPDATE"}}
Event = dict[str, Any]


def log(request: LogRequest, layout_name: str = "lines") -> bytes:
    return b"".join(log_chunks(request, layout_name))


def events_in(content: bytes, layout_name: str) -> list[Event]:
    if layout_name == "lines":
        return [json.loads(line) for line in content.splitlines()]
    events: list[Event] = json.loads(content)
    return events


def customer_of(event: Event) -> str:
    customer_id: str = event["key" if event["type"] == "CUSTOMER" else "customer_id"]
    return customer_id


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return events_in(log(LogRequest(LARGE, seed=3)), "lines")


@pytest.mark.parametrize("layout_name", FORMATS)
def test_the_same_request_gives_the_same_bytes(layout_name: str) -> None:
    request = LogRequest(LARGE, seed=7, dirty=0.1)

    assert log(request, layout_name) == log(request, layout_name)


def test_bytes_are_those_of_every_other_platform() -> None:
    digest = hashlib.sha256(log(LogRequest(LARGE, seed=7, dirty=0.1))).hexdigest()

    assert digest == "4fcd5b0a44adbd9ea3a7fe435a5cb5bab6c8ec0bf943d9af97786c6d366b5266"


def test_another_seed_gives_another_log() -> None:
    assert log(LogRequest(100, seed=1)) != log(LogRequest(100, seed=2))


@pytest.mark.parametrize("layout_name", FORMATS)
def test_every_format_holds_the_same_events(layout_name: str, events: list[Event]) -> None:
    assert events_in(log(LogRequest(LARGE, seed=3), layout_name), layout_name) == events


@pytest.mark.parametrize("count", [0, 1, 2, BATCH_EVENTS, BATCH_EVENTS + 1])
@pytest.mark.parametrize("layout_name", FORMATS)
def test_n_events_are_written(layout_name: str, count: int) -> None:
    assert len(events_in(log(LogRequest(count), layout_name), layout_name)) == count


def test_formats_are_laid_out_as_documented() -> None:
    content = {name: log(LogRequest(50), name).decode().split("\n") for name in FORMATS}

    assert content["lines"] == [*(line for line in content["lines"] if line.startswith("{")), ""]
    assert content["array"][0].startswith("[{") and content["array"][0].endswith("},")
    assert content["array"][-2].endswith("}]")
    assert len(content["array"]) == 51
    assert content["array-blank"][0] == "[" and content["array-blank"][-2:] == ["]", ""]
    assert content["array-blank"][1:-2].count("") == 2
    assert len(content["oneline"]) == 2
    assert content["pretty"][:3] == ["[", "  {", '    "type": "SITE_VISIT",']


def test_blank_lines_go_on_from_batch_to_batch() -> None:
    assert log(LogRequest(LARGE), "array-blank").count(b"\n\n") == LARGE // 17


def test_clean_events_have_the_fields_of_their_type(events: list[Event]) -> None:
    for event in events:
        assert list(event) == FIELDS[event["type"]]
        assert event["verb"] in VERBS[event["type"]]
        assert PLAIN_TIME.fullmatch(event["event_time"])
        assert re.fullmatch("[0-9a-f]{12}", event["key"])
        assert re.fullmatch("[0-9a-f]{12}", customer_of(event))
        assert event["type"] != "ORDER" or re.fullmatch(r"\d+\.\d\d USD", event["total_amount"])


def test_event_types_have_their_shares(events: list[Event]) -> None:
    counts = Counter(event["type"] for event in events)
    shares = {event_type: round(100 * count / len(events)) for event_type, count in counts.items()}

    assert shares == {"SITE_VISIT": 60, "ORDER": 18, "CUSTOMER": 11, "IMAGE": 10}


def test_tags_vary(events: list[Event]) -> None:
    tags = {json.dumps(event["tags"]) for event in events if event["type"] == "SITE_VISIT"}

    assert {"[]", '[{"some key": "some value"}]', '{"k": "v"}'} <= tags


def test_an_event_has_about_170_bytes() -> None:
    assert 160 <= len(log(LogRequest(10_000))) / 10_000 <= 180


def test_customers_are_as_many_as_asked_for() -> None:
    few = {customer_of(event) for event in events_in(log(LogRequest(5_000, customers=20)), "lines")}
    default = {customer_of(event) for event in events_in(log(LogRequest(5_000)), "lines")}

    assert len(few) == 20
    assert 90 < len(default) <= 100


def test_a_few_customers_have_very_many_events(events: list[Event]) -> None:
    counts = sorted(Counter(customer_of(event) for event in events).values(), reverse=True)

    assert counts[0] > 20 * sum(counts) / len(counts)
    assert sum(counts[: len(counts) // 10]) > 0.45 * sum(counts)
    assert counts[-1] < 10


def test_one_event_in_a_hundred_repeats_an_earlier_one(events: list[Event]) -> None:
    seen: dict[tuple[str, str, str], Event] = {}
    repeats, exact, new_amounts = 0, 0, 0
    for event in events:
        earlier = seen.setdefault((customer_of(event), event["event_time"], event["type"]), event)
        repeats += earlier is not event
        exact += earlier is not event and earlier == event
        new_amounts += event.get("total_amount") != earlier.get("total_amount")

    assert 0.008 < repeats / len(events) < 0.012
    assert exact > repeats / 2
    assert new_amounts > 10


def test_a_batch_repeats_events_and_updates_orders_of_the_batch_before(events: list[Event]) -> None:
    before, batch = events[:BATCH_EVENTS], events[BATCH_EVENTS : 2 * BATCH_EVENTS]
    times = {(customer_of(event), event["event_time"], event["type"]) for event in before}
    orders = {event["key"] for event in before if event["type"] == "ORDER"}

    assert sum((customer_of(event), event["event_time"], event["type"]) in times for event in batch) > 20
    assert sum(event["verb"] == "UPDATE" and event["key"] in orders for event in batch) > 100


def test_an_order_update_names_an_earlier_order_of_its_customer(events: list[Event]) -> None:
    amounts: dict[tuple[str, str], set[str]] = {}
    updates, changes, repeated_keys = 0, 0, 0
    for event in events:
        if event["type"] != "ORDER":
            continue
        order = (customer_of(event), event["key"])
        if event["verb"] == "UPDATE":
            updates += 1
            changes += event["total_amount"] not in amounts[order]
        else:
            repeated_keys += order in amounts
        amounts.setdefault(order, set()).add(event["total_amount"])

    assert updates > 0.03 * len(events)
    assert changes > 0.9 * updates
    assert repeated_keys > 0.003 * len(events)


def test_a_customer_is_new_once_and_before_its_updates(events: list[Event]) -> None:
    verbs: dict[str, dict[str, str]] = {}
    for event in events:
        if event["type"] == "CUSTOMER":
            verbs.setdefault(customer_of(event), {})[event["event_time"]] = event["verb"]

    assert {next(iter(of_customer.values())) for of_customer in verbs.values()} == {"NEW"}
    assert {list(of_customer.values()).count("NEW") for of_customer in verbs.values()} == {1}
    assert sum("UPDATE" in of_customer.values() for of_customer in verbs.values()) > 100


@pytest.mark.parametrize(("count", "last_month"), [(120, "2017-06"), (LARGE, "2017-07")])
def test_times_rise_over_18_months_but_out_of_order(count: int, last_month: str) -> None:
    times = [event["event_time"] for event in events_in(log(LogRequest(count)), "lines")]
    falls = sum(later < earlier for earlier, later in pairwise(times))
    quarters = [sorted(times[quarter * count // 4 :][: count // 4]) for quarter in range(4)]
    medians = [quarter[len(quarter) // 2] for quarter in quarters]

    assert (min(times)[:7], max(times)[:7]) == ("2016-01", last_month)
    assert falls > 0.15 * count
    assert medians == sorted(medians)


def test_batches_are_made_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def told(request: LogRequest) -> Iterator[list[str]]:
        for batch in event_batches(request):
            made.append(len(batch))
            yield batch

    monkeypatch.setattr(formats, "event_batches", told)
    chunks = log_chunks(LogRequest(10**15))
    assert made == []
    for number in (1, 2):
        assert len(next(chunks).strip().splitlines()) == BATCH_EVENTS
        assert made == [BATCH_EVENTS] * number


def test_the_log_of_the_project_can_be_ranked() -> None:
    events = events_in((PROJECT / "data" / "events.dat").read_bytes(), "array-blank")
    visitors = {customer_of(event) for event in events if event["type"] == "SITE_VISIT"}
    buyers = {customer_of(event) for event in events if event["type"] == "ORDER"}

    assert len(events) == 120
    assert len({customer_of(event) for event in events}) == 23
    assert len(visitors & buyers) >= 10


def days_of_customers(request: LogRequest) -> dict[str, list[str]]:
    days: dict[str, list[str]] = {}
    for event in events_in(log(request), "lines"):
        days.setdefault(customer_of(event), []).append(event["event_time"][:10])
    return days


def test_a_log_goes_on_for_as_long_as_asked() -> None:
    days = [day for each in days_of_customers(LogRequest(2_000, days=730)).values() for day in each]

    assert (min(days), max(days)) == ("2016-01-05", "2018-01-01")


def test_customers_leave_and_others_follow_them() -> None:
    stay = days_of_customers(LogRequest(LARGE, customers=200, days=730))
    leave = days_of_customers(LogRequest(LARGE, customers=200, days=730, dropout=1.0))

    assert len(stay) == 200
    # Two a rank on average, and one that was there at the start.
    assert 550 < len(leave) < 650
    gone = [each for each in leave.values() if max(each) < "2017-07"]
    # Three quarters of the way, one and a half times a rank; who came seldom was never seen.
    assert 200 < len(gone) < 300
