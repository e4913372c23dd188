"""Rows of numbers to events as JSON text, each on one line."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sflydwh.generator.echoes import Kind, Rows
from sflydwh.generator.population import scattered_ids
from sflydwh.generator.request import MAX_DAYS

FIRST_DAY = date(2016, 1, 4)

_LAST_NAMES = ("Smith", "Jones", "Kim", "Garcia", "Núñez", "O'Brien", "Nguyen", "Müller", "Patel", "van Dijk")
_CITIES = (
    "Middletown",
    "Springfield",
    "San José",
    "Portland",
    "Winston-Salem",
    "St. Paul",
    "Boise",
    "Coeur d'Alene",
)
_STATES = ("AK", "CA", "FL", "ID", "MN", "NC", "NY", "OR", "TX", "WA")
_TAGS = ("[]", '[{"some key": "some value"}]', '{"some key": "some value"}', '{"k": "v"}')
_CAMERAS = (
    ("Canon", "EOS 80D"),
    ("Nikon", "D750"),
    ("Apple", "iPhone 7"),
    ("FUJIFILM", "X-T2"),
    ("SONY", "ILCE-7M2"),
    ("Canon", "PowerShot G7 X"),
)

_CUSTOMER = (
    '{"type": "CUSTOMER", "verb": "%s", "key": "%012x", "event_time": "%s",'
    ' "last_name": "%s", "adr_city": "%s", "adr_state": "%s"}'
)
_SITE_VISIT = (
    '{"type": "SITE_VISIT", "verb": "NEW", "key": "%012x", "event_time": "%s", "customer_id": "%012x", "tags": %s}'
)
_IMAGE = (
    '{"type": "IMAGE", "verb": "UPLOAD", "key": "%012x", "event_time": "%s",'
    ' "customer_id": "%012x", "camera_make": "%s", "camera_model": "%s"}'
)
_ORDER = (
    '{"type": "ORDER", "verb": "%s", "key": "%012x", "event_time": "%s",'
    ' "customer_id": "%012x", "total_amount": "%d.%02d USD"}'
)


def rendered(rows: Rows) -> list[str]:
    """Write each row as the JSON text of its event, in the order of the rows."""
    texts = np.empty(len(rows), np.object_)
    for kind in np.unique(rows["kind"]).tolist():
        positions = np.flatnonzero(rows["kind"] == kind)
        texts[positions] = _RENDERERS[Kind(kind)](rows[positions])
    as_list: list[str] = texts.tolist()
    return as_list


def _customers(verb: str, rows: Rows) -> list[str]:
    details = zip(customer_ids(rows), times(rows), rows["detail"].tolist(), strict=True)
    return [
        _CUSTOMER % (verb, customer_id, time, _LAST_NAMES[d % 10], _CITIES[(d >> 8) % 8], _STATES[(d >> 16) % 10])
        for customer_id, time, d in details
    ]


def _site_visits(rows: Rows) -> list[str]:
    tags = [_TAGS[choice] for choice in (rows["detail"] % len(_TAGS)).tolist()]
    visits = zip(rows["key"].tolist(), times(rows), customer_ids(rows), tags, strict=True)
    return [_SITE_VISIT % visit for visit in visits]


def _images(rows: Rows) -> list[str]:
    cameras = [_CAMERAS[choice] for choice in (rows["detail"] % len(_CAMERAS)).tolist()]
    images = zip(rows["key"].tolist(), times(rows), customer_ids(rows), cameras, strict=True)
    return [_IMAGE % (key, time, customer_id, *camera) for key, time, customer_id, camera in images]


def _orders(verb: str, rows: Rows) -> list[str]:
    dollars, cents = np.divmod(amounts_in_cents(rows), 100)
    columns = (rows["key"].tolist(), times(rows), customer_ids(rows), dollars.tolist(), cents.tolist())
    return [_ORDER % (verb, *order) for order in zip(*columns, strict=True)]


def amounts_in_cents(rows: Rows) -> NDArray[np.uint64]:
    """Amounts from 1.99 to 501.98 USD, small ones more likely."""
    detail: NDArray[np.uint64] = rows["detail"]
    product = (detail & np.uint64(0xFFFF)) * (detail >> np.uint64(16) & np.uint64(0xFFFF))
    cents: NDArray[np.uint64] = np.uint64(199) + (product * np.uint64(50_000) >> np.uint64(32))
    return cents


def customer_ids(rows: Rows) -> list[int]:
    """The customers' ids, scattered over the range of ids."""
    ids: list[int] = scattered_ids(rows["customer"]).tolist()
    return ids


def times(rows: Rows) -> list[str]:
    """The times as `2016-01-04T00:00:00.000Z`."""
    days, minutes, millis = _clock_texts()
    day, rest = np.divmod(rows["time_ms"], 86_400_000)
    minute, milli = np.divmod(rest, 60_000)
    parts = zip(day.tolist(), minute.tolist(), milli.tolist(), strict=True)
    return [days[d] + minutes[m] + millis[ms] for d, m, ms in parts]


@cache
def _clock_texts() -> tuple[list[str], list[str], list[str]]:
    """Every day, minute and millisecond as text: looking them up is three times as fast as formatting."""
    days = [f"{FIRST_DAY + timedelta(days)}T" for days in range(MAX_DAYS + 1)]
    minutes = [f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
    millis = [f"{milli // 1000:02d}.{milli % 1000:03d}Z" for milli in range(60_000)]
    return days, minutes, millis


_RENDERERS: dict[Kind, Callable[[Rows], list[str]]] = {
    Kind.CUSTOMER_NEW: lambda rows: _customers("NEW", rows),
    Kind.CUSTOMER_UPDATE: lambda rows: _customers("UPDATE", rows),
    Kind.SITE_VISIT: _site_visits,
    Kind.IMAGE: _images,
    Kind.ORDER_NEW: lambda rows: _orders("NEW", rows),
    Kind.ORDER_AGAIN: lambda rows: _orders("NEW", rows),
    Kind.ORDER_UPDATE: lambda rows: _orders("UPDATE", rows),
}
