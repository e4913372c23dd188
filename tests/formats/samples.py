"""A log for each built-in format, of customers with several orders, retries, refunds and records that are refused."""

import json
from typing import Any

DAYS = ("2024-01-05", "2024-01-19", "2024-02-28", "2024-02-28", "2024-03-01")
SECONDS = (1704412800, 1705622400, 1709078400, 1709078400, 1709251200)
WHO = ("anna", "ben", "anna", "cleo", "anna")
PAID = ("35.98", "7.00", "120.10", "0.00", "2.50")


def segment() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"type": "identify", "userId": who, "timestamp": DAYS[0]} for who in WHO[:2]]
    for number, (day, who, paid) in enumerate(zip(DAYS, WHO, PAID, strict=True)):
        at = f"{day}T10:00:0{number}.000Z"
        order = {"order_id": f"o{number}", "total": float(paid), "currency": "USD"}
        found.append({"type": "page", "messageId": f"m{number}", "userId": who, "timestamp": at})
        call = {"type": "track", "event": "Order Completed", "userId": who, "timestamp": at, "properties": order}
        found += [call, call]
    found.append({**found[-1], "event": "Order Refunded", "timestamp": "2024-03-09T00:00:00+02:00"})
    found.append({"type": "track", "event": "Product Viewed", "userId": "anna", "timestamp": DAYS[0]})
    found.append({"type": "page", "timestamp": DAYS[0]})
    return found


def ga4() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, (second, who, paid) in enumerate(zip(SECONDS, WHO, PAID, strict=True)):
        common = {"event_timestamp": f"{second}00000{number}", "user_id": who, "user_pseudo_id": f"{number}.1"}
        page = {"key": "page_location", "value": {"string_value": f"/p/{number}"}}
        currency = {"key": "currency", "value": {"string_value": "USD"}}
        order = {"transaction_id": f"t{number}", "purchase_revenue": float(paid)}
        found.append({"event_name": "page_view", **common, "event_params": [page], "ecommerce": None})
        found.append({"event_name": "purchase", **common, "event_params": [page, currency], "ecommerce": order})
    found.append({**found[-1], "event_timestamp": "1709337600000000"})
    found.append({**found[0], "user_id": "(not set)"})
    found.append({**found[0], "event_name": "scroll"})
    found.append({**found[1], "event_params": [{"key": "currency", "value": {"string_value": "EUR"}}]})
    return found


def stripe() -> list[dict[str, Any]]:
    charge = {"object": "charge", "paid": True, "captured": True, "amount_refunded": 0, "currency": "usd"}
    found = [
        {**charge, "id": f"ch_{number}", "customer": who, "created": second, "amount": round(float(paid) * 100)}
        for number, (second, who, paid) in enumerate(zip(SECONDS, WHO, PAID, strict=True))
    ]
    refunded = {**found[2], "amount_refunded": 2010}
    failed = {**found[0], "id": "ch_f", "paid": False, "captured": False}
    return [*found, refunded, failed, {**found[1], "id": "ch_x", "currency": "eur"}, {"object": "payout", "id": "po"}]


def shopify() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"id": number, "created_at": f"{day}T10:00:00-05:00", "currency": "USD", "total_price": paid, "customer": {"id": who}}
        for number, (day, who, paid) in enumerate(zip(DAYS, WHO, PAID, strict=True), 1)
    ]  # fmt: skip
    cancelled = {**found[0], "cancelled_at": "2024-01-06T00:00:00Z"}
    guest = {**found[1], "id": 90, "customer": None, "email": "guest@example.com", "current_total_price": "3.00"}
    return [
        *found,
        cancelled,
        guest,
        {**found[0], "id": 91, "test": True},
        {**found[0], "id": 92, "created_at": "soon"},
    ]


def woocommerce() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"id": number, "status": "completed", "date_created_gmt": f"{day}T10:00:00", "currency": "USD", "customer_id": number,
         "total": paid, "refunds": [], "billing": {"email": f"{who}@x"}}
        for number, (day, who, paid) in enumerate(zip(DAYS, WHO, PAID, strict=True), 1)
    ]  # fmt: skip
    guest = {**found[0], "id": 80, "customer_id": 0, "refunds": [{"total": "-5.00"}, {"total": "-0.98"}]}
    return [*found, guest, {**found[2], "status": "failed"}, {**found[0], "id": 81, "status": "checkout-draft"}]


def shopify_csv() -> str:
    """An export of the admin: an order of two products takes two rows."""
    rows = ["Name,Email,Financial Status,Created at,Total,Refunded Amount,Currency,Cancelled at,Phone,Lineitem name"]
    for number, (day, who, paid) in enumerate(zip(DAYS, WHO, PAID, strict=True), 1):
        rows.append(f'#{number},{who}@x,paid,{day} 10:00:00 -0500,{paid},0.50,USD,,,"A ""thing"",\nin two lines"')
        rows.append(f"#{number},{who}@x,,{day} 10:00:00 -0500,,,,,,another")
    rows.append("#1,anna@x,voided,2024-01-05 10:00:00 -0500,35.98,0.00,USD,,,late")
    rows.append("#9,,paid,2024-01-05 10:00:00 -0500,5.00,0.00,USD,,,nobody")
    rows.append("#10,dan@x,paid")
    return "\n".join(rows) + "\n"


SAMPLES = {"segment": segment, "ga4": ga4, "stripe": stripe, "shopify": shopify, "woocommerce": woocommerce}


def as_text(records: list[dict[str, Any]], layout: str) -> str:
    """Records in one of the forms that JSON logs have."""
    if layout == "lines":
        return "".join(json.dumps(record) + "\n" for record in records)
    return json.dumps(records, indent=2 if layout == "pretty" else None) + "\n"
