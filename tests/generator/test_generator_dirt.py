"""The dirt of the generator: every kind of it, and nothing else."""

import re
from collections.abc import Callable

import pytest

from sflydwh.generator import LogRequest, event_batches, log_chunks
from sflydwh.generator.dirt import KINDS


def log(request: LogRequest, layout_name: str = "lines") -> bytes:
    return b"".join(log_chunks(request, layout_name))


def test_dirt_leaves_the_other_events_as_they_are() -> None:
    clean, dirty = (log(LogRequest(3_000, dirty=share)).split(b"\n") for share in (0, 0.2))
    changed = sum(one != other for one, other in zip(clean, dirty, strict=True))

    assert 0.15 * 3_000 < changed < 0.25 * 3_000


def test_nothing_but_dirt_can_be_asked_for() -> None:
    clean, dirty = (log(LogRequest(1_000, dirty=share)).split(b"\n")[:-1] for share in (0, 1))
    unchanged = sum(one == other for one, other in zip(clean, dirty, strict=True))

    # Only a comma that is missing between lines leaves no trace in JSON Lines.
    assert unchanged < 2 * 1_000 / len(KINDS)


DIRT = {
    "truncated": rb'\{"type": "[A-Z_]+", "verb": "[A-Z]+", "k?e?',
    "missing_closing_brace": (
        rb'\{"type.*, "(tags": (\[\]|\[\{[^}]*\}\]|\{[^}]*\})|(adr_state|camera_model|total_amount)": "[^"]*")'
    ),
    "missing_opening_brace": rb'"type": .*\}',
    "unquoted_key": rb"\{type: .*",
    "single_quotes": rb"\{'type': .*",
    "curly_quotes": "\\{“type”: “.*".encode(),
    "NaN": rb'\{.*"score": NaN\}',
    "missing_inner_comma": rb'\{"type": "[A-Z_]+" "verb".*',
    "extra_inner_comma_inside": rb'\{"type": "[A-Z_]+",, "verb".*',
    "extra_inner_comma_last": rb"\{.*,\}",
    "extra_outer_comma_before": rb",\{.*\}",
    "extra_outer_comma_after": rb"\{.*\},",
    "text_after_object": rb"\{.*\} trailing text",
    "two_objects_on_one_line": rb'\{"type[^}]*\}\]?\}? \{"type.*',
    "two_objects_with_a_comma": rb'\{"type[^}]*\}\]?\}?, \{"type.*',
    "two_objects_without_a_blank": rb'\{"type[^}]*\}\]?\}?\{"type.*',
    "not_an_object": rb'42|"text"',
    "duplicate_field": rb'\{"type": .*"type": .*',
    "duplicate_field_escaped": rb'\{"type": .*"t\\u0079pe": .*',
    "invalid_utf8": rb'\{.*"note": "\xff"\}',
    "control_character": rb'\{.*"note": "a[\x01-\x1f]b"\}',
    "nul_inside": rb'\{"type":\x00.*',
    "nul_after": rb"\{.*\}\x00+",
    "lone_surrogate": rb'\{.*"note": "\\ud83d"\}',
    "unicode_line_break": '\\{.*"note": "a\u2028b"\\}'.encode(),
    "missing_customer_id": rb'(?!.*"customer_id")\{"type": "(SITE_VISIT|IMAGE|ORDER)".*\}',
    "null_customer_id": rb'\{.*"(customer_id|key)": null\}',
    "blank_customer_id": rb'\{.*"(customer_id|key)": " *"\}',
    "boolean_customer_id": rb'\{.*"(customer_id|key)": (true|false)\}',
    "float_customer_id": rb'\{.*"(customer_id|key)": 123\.5\}',
    "nested_customer_id": rb'\{.*"(customer_id|key)": (\[|\{).*\}',
    "integer_customer_id": rb'\{.*"(customer_id|key)": 123\}',
    "missing_type": rb'(?!.*"type")\{"verb".*\}',
    "blank_type": rb'\{.*"type": " *"\}',
    "number_type": rb'\{.*"type": 1\}',
    "unknown_type": rb'\{"type": "RETURN".*\}',
    "missing_verb": rb'\{"type": "[A-Z_]+", "key".*\}',
    "unknown_verb": rb'\{.*"verb": "DELETE"\}',
    "missing_time": rb'(?!.*"event_time")\{"type.*\}',
    **{
        f"time {time_text}": rb'\{.*"event_time": "?' + re.escape(time_text).encode() + rb'"?(, .*)?\}'
        for time_text in (
            *("12:00", "2017", "2017-01-06T12:46:60Z", "2017-01-06T24:00:00Z", "2017-02-30T12:46:46Z"),
            *("1483706806384", "2017-01-06T12:46:46+05:30", "2017-01-06T12:46:46.384-0800"),
            *("2017-01-06T12:46:46.123456789Z", "2017-01-06", "2016-06-28:08:03:01.000Z"),
        )
    },
    "missing_amount": rb'(?!.*"total_amount")\{"type": "ORDER".*\}',
    **{
        f"amount {amount}": rb'\{"type": "ORDER".*"total_amount": ' + re.escape(amount).encode() + rb"\}"
        for amount in (
            *('"NaN"', '"1e3"', '"+5"', '"1.23456"', '"12,34"', '"12 EUR"', '"€5"'),
            *('"$1,234.5"', '"usd 7"', '"-$3"', "12.34", "-3.5"),
        )
    },
}


@pytest.fixture(scope="module")
def dirty_lines() -> list[bytes]:
    return log(LogRequest(16_000, dirty=0.5)).split(b"\n")


@pytest.mark.parametrize("dirt", DIRT)
def test_every_kind_of_dirt_occurs(dirt: str, dirty_lines: list[bytes]) -> None:
    clean_lines = log(LogRequest(500)).split(b"\n")

    assert any(re.fullmatch(DIRT[dirt], line, re.DOTALL) for line in dirty_lines)
    assert not any(re.fullmatch(DIRT[dirt], line, re.DOTALL) for line in clean_lines)


@pytest.mark.parametrize("kind", KINDS)
def test_dirt_stays_on_one_line(kind: Callable[[str, int], str]) -> None:
    for event in next(event_batches(LogRequest(40))):
        for pick in range(40):
            assert not re.search("[\r\n]", kind(event, pick))


def test_a_comma_is_missing_between_lines_of_an_array() -> None:
    lines = log(LogRequest(3_000, dirty=0.5), "array").split(b"\n")[:-2]

    assert 20 < sum(not line.endswith(b",") for line in lines) < 60
