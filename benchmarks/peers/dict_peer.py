"""The query with dictionaries, in plain Python: what one would write without any library.

Times are left as texts: in a clean log all are of one form, so they sort as they are.
"""

import gc
import heapq
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from benchmarks.peers.answer import Ranked, Task, task, write_answer

_Events = dict[tuple[str, str, str], tuple[str, bool, str] | None]
_DAY = slice(10)


class _Customer:
    """What a customer's events add up to; times as texts."""

    __slots__ = ("first", "first_own", "last", "last_own", "spend", "visits")

    def __init__(self, time: str) -> None:
        self.visits = 0
        self.spend = Decimal(0)
        self.first = self.last = time
        self.first_own = self.last_own = ""

    def see(self, event_type: str, time: str) -> None:
        """Take the type and time of an event into account."""
        self.first = min(self.first, time)
        self.last = max(self.last, time)
        if event_type == "SITE_VISIT":
            self.visits += 1
        elif event_type == "CUSTOMER":
            self.first_own = min(self.first_own or time, time)
            self.last_own = max(self.last_own, time)


class _Order(NamedTuple):
    customer_id: str
    time: str
    order_key: str
    amount: Decimal


def _events(job: Task) -> _Events:
    """Each event by its key, the last in input order; of an ORDER its key, whether it updates, and its amount."""
    events: _Events = {}
    for event in _objects(job):
        event_type, time = event["type"], event["event_time"]
        if event_type == "ORDER":
            order = (event["key"], event["verb"] == "UPDATE", event["total_amount"])
            events[event["customer_id"], event_type, time] = order
        else:
            events[event["key" if event_type == "CUSTOMER" else "customer_id"], event_type, time] = None
    return events


def _objects(job: Task) -> Iterator[dict[str, str]]:
    with open(job.events, encoding="utf-8") as lines:
        if job.form == "lines":
            yield from map(json.loads, lines)
        else:
            for line in lines:
                yield json.loads(line.strip("[],\n"))


def _customers(events: _Events) -> dict[str, _Customer]:
    customers: dict[str, _Customer] = {}
    orders: list[_Order] = []
    updated: dict[tuple[str, str], str] = {}
    for (customer_id, event_type, time), details in events.items():
        if customer_id not in customers:
            customers[customer_id] = _Customer(time)
        customers[customer_id].see(event_type, time)
        if details:
            order_key, is_update, amount = details
            orders.append(_Order(customer_id, time, order_key, Decimal(amount.removesuffix(" USD"))))
            if is_update:
                updated[customer_id, order_key] = max(updated.get((customer_id, order_key), ""), time)
    for order in orders:
        if order.time >= updated.get((order.customer_id, order.order_key), ""):
            customers[order.customer_id].spend += order.amount
    return customers


def _ranked(customer_id: str, customer: _Customer) -> Ranked:
    first, last = customer.first_own or customer.first, customer.last_own or customer.last
    days = date.fromisoformat(first[_DAY]), date.fromisoformat(last[_DAY])
    return Ranked(customer_id, customer.visits, customer.spend, *days)


def main(job: Task) -> None:
    """Answer the query."""
    # Nothing here is garbage before the end, and looking for it takes a third of the time.
    gc.disable()
    customers = _customers(_events(job))
    best = heapq.nsmallest(job.top, customers.items(), key=lambda item: (-item[1].visits * item[1].spend, item[0]))
    write_answer((_ranked(*item) for item in best), job.out)


if __name__ == "__main__":
    main(task())
