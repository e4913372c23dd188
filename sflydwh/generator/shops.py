"""The same events as other shops would log them: Segment's calls, and Google Analytics 4 as BigQuery exports it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, Final

from sflydwh.generator.echoes import Kind, Rows
from sflydwh.generator.rendering import FIRST_DAY, amounts_in_cents, customer_ids, rendered, times

SFLY: Final = "sfly"
_FIRST_MICROS: Final = int(datetime(*FIRST_DAY.timetuple()[:3], tzinfo=timezone.utc).timestamp()) * 1_000_000
_ORDERS: Final = (Kind.ORDER_NEW, Kind.ORDER_AGAIN, Kind.ORDER_UPDATE)

_SEGMENT: Final = (
    '{"anonymousId": "a-%(customer)012x", "context": {"active": true, "ip": "203.0.113.%(small)d", "library": '
    '{"name": "analytics.js", "version": "next-1.76.1"}, "locale": "en-US", "page": {"path": "/p/%(key)012x", '
    '"referrer": "", "search": "", "title": "A shop", "url": "https://shop.example/p/%(key)012x"}, '
    '"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}, "integrations": {}, '
    '"messageId": "ajs-next-%(key)012x%(small)02x", '
    '"originalTimestamp": "%(time)s", "properties": %(properties)s, "receivedAt": "%(time)s", "sentAt": "%(time)s", '
    '"timestamp": "%(time)s", %(call)s, "userId": "%(customer)012x"}'
)
_SEGMENT_ORDER: Final = (
    '{"order_id": "%(key)012x", "total": %(dollars)d.%(cents)02d, "revenue": %(dollars)d.%(cents)02d, "currency": '
    '"USD", "products": [{"product_id": "p%(small)d", "sku": "S-%(small)d", "price": %(dollars)d.%(cents)02d, '
    '"quantity": 1}]}'
)
_SEGMENT_CALLS: Final = {
    Kind.CUSTOMER_NEW: '"traits": {"plan": "free"}, "type": "identify"',
    Kind.CUSTOMER_UPDATE: '"traits": {"plan": "free"}, "type": "identify"',
    Kind.SITE_VISIT: '"name": "Product", "type": "page"',
    Kind.IMAGE: '"event": "Photo Uploaded", "type": "track"',
    Kind.ORDER_NEW: '"event": "Order Completed", "type": "track"',
    Kind.ORDER_AGAIN: '"event": "Order Completed", "type": "track"',
    Kind.ORDER_UPDATE: '"event": "Order Updated", "type": "track"',
}
_GA4: Final = (
    '{"event_date": "%(date)s", "event_timestamp": "%(micros)d", "event_name": "%(call)s", "event_params": [{"key": '
    '"ga_session_id", "value": {"int_value": "%(small)d"}}, {"key": "page_location", "value": {"string_value": '
    '"https://shop.example/p/%(key)012x"}}%(currency)s], "user_id": "%(customer)012x", "user_pseudo_id": '
    '"%(small)d.%(customer)d", "device": {"category": "mobile", "operating_system": "Android", "language": "en-us", '
    '"web_info": {"browser": "Chrome", "browser_version": "120.0"}}, "geo": {"country": "United States", "city": '
    '"(not set)"}, "platform": "WEB"%(ecommerce)s}'
)
_GA4_CURRENCY: Final = ', {"key": "currency", "value": {"string_value": "USD"}}'
_GA4_ORDER: Final = (
    ', "ecommerce": {"total_item_quantity": "1", "purchase_revenue": %(dollars)d.%(cents)02d, "transaction_id": '
    '"%(key)012x"}, "items": [{"item_id": "SKU_%(small)d", "item_name": "A thing", "price": %(dollars)d.%(cents)02d}]'
)
_GA4_CALLS: Final = {
    Kind.CUSTOMER_NEW: "first_visit",
    Kind.CUSTOMER_UPDATE: "session_start",
    Kind.SITE_VISIT: "page_view",
    Kind.IMAGE: "view_item",
    Kind.ORDER_NEW: "purchase",
    Kind.ORDER_AGAIN: "purchase",
    Kind.ORDER_UPDATE: "purchase",
}


def _values(rows: Rows) -> Iterator[dict[str, Any]]:
    """The values to fill into the texts of each event."""
    columns = (rows["kind"], rows["key"], rows["time_ms"], amounts_in_cents(rows), rows["detail"] % 100)
    lists = [column.tolist() for column in columns]
    for kind, key, millis, cents, small, time, customer in zip(*lists, times(rows), customer_ids(rows), strict=True):
        yield {
            "kind": Kind(kind),
            "key": key,
            "micros": _FIRST_MICROS + millis * 1_000,
            "date": time[:10].replace("-", ""),
            "time": time,
            "customer": customer,
            "dollars": cents // 100,
            "cents": cents % 100,
            "small": small,
        }


def _segment(rows: Rows) -> list[str]:
    texts = []
    for values in _values(rows):
        kind = values["kind"]
        properties = _SEGMENT_ORDER % values if kind in _ORDERS else "{}"
        texts.append(_SEGMENT % {**values, "properties": properties, "call": _SEGMENT_CALLS[Kind(kind)]})
    return texts


def _ga4(rows: Rows) -> list[str]:
    texts = []
    for values in _values(rows):
        is_order = values["kind"] in _ORDERS
        more = {"currency": _GA4_CURRENCY, "ecommerce": _GA4_ORDER % values} if is_order else {}
        call = _GA4_CALLS[Kind(values["kind"])]
        texts.append(_GA4 % {**values, "call": call, "currency": "", "ecommerce": "", **more})
    return texts


# By the name of the format that reads it.
SHOPS: Final[dict[str, Callable[[Rows], list[str]]]] = {SFLY: rendered, "segment": _segment, "ga4": _ga4}
