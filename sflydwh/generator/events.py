"""The events themselves, drawn batch by batch; memory does not grow with the log."""

from collections.abc import Iterator

import numpy as np
from numpy.random import PCG64, SeedSequence
from numpy.typing import NDArray

from sflydwh.generator.echoes import (
    EVENT,
    Kind,
    Rows,
    with_duplicates,
    with_first_customers,
    with_order_echoes,
)
from sflydwh.generator.population import customer_ranks, scattered_ids, successors
from sflydwh.generator.request import LogRequest
from sflydwh.generator.shops import SHOPS

# Changing either size changes the log that a seed gives.
BATCH_EVENTS = 16_384
REMEMBERED_EVENTS = 4_096
KNOWN_CUSTOMERS = 2**24

_DAY_MS = 86_400_000
_SERVERS = 8
# Of the log's span.
_SERVER_LEAD = 400
_JITTER_MS = 6 * 3_600_000
_PAGES = 4_096
_FIRST_PAGE = 2**47
_PER_MILLE = {
    Kind.SITE_VISIT: 600,
    Kind.IMAGE: 100,
    Kind.ORDER_NEW: 130,
    Kind.ORDER_UPDATE: 45,
    Kind.ORDER_AGAIN: 5,
    Kind.DUPLICATE: 10,
    Kind.CUSTOMER_UPDATE: 110,
}
_KIND_OF = np.repeat(np.array(list(_PER_MILLE), np.uint8), list(_PER_MILLE.values()))


def event_batches(request: LogRequest) -> Iterator[list[str]]:
    """Yield the events of a log in its order, each as JSON on one line as its shop logs it, before any dirt.

    Raw PCG64 draws are used, which NumPy promises never to change, unlike the distributions it builds on them.
    """
    events = request.events
    bits = PCG64(SeedSequence(request.seed, spawn_key=(0,)))
    known = np.zeros(min(request.ever, KNOWN_CUSTOMERS), np.bool_)
    remembered = np.zeros(0, EVENT)
    for first in range(0, events, BATCH_EVENTS):
        size = min(BATCH_EVENTS, events - first)
        draws = bits.random_raw(6 * size).reshape(6, size)
        batch = _fresh_rows(draws, np.arange(first, first + size, dtype=np.int64) / events, request)
        rows = np.concatenate([remembered, with_first_customers(batch, known)])
        picks = np.concatenate([np.zeros(len(remembered), np.uint64), draws[5]])
        rows = with_duplicates(with_order_echoes(rows, picks), picks)
        yield SHOPS[request.shop](rows[len(remembered) :])
        remembered = _sample(rows, bits)


def _fresh_rows(draws: NDArray[np.uint64], progress: NDArray[np.float64], request: LogRequest) -> Rows:
    rows = np.zeros(len(progress), EVENT)
    rows["kind"] = _KIND_OF[draws[0] % 1000]
    ranks = customer_ranks(draws[1], request.population)
    rows["customer"] = successors(ranks, progress, request.population, request.turnover)
    rows["time_ms"] = _event_times(draws[2], progress, request.days * _DAY_MS)
    page_ids = scattered_ids((draws[3] % _PAGES).astype(np.int64) + _FIRST_PAGE)
    rows["key"] = np.where(rows["kind"] == Kind.SITE_VISIT, page_ids, draws[3] >> 16)
    rows["detail"] = draws[4]
    return rows


def _event_times(draws: NDArray[np.uint64], progress: NDArray[np.float64], span_ms: int) -> NDArray[np.int64]:
    """Milliseconds since the log's first day, as if the logs of servers that run ahead of each other were merged."""
    lead_ms = span_ms // _SERVER_LEAD
    leads = (draws % _SERVERS).astype(np.int64) * lead_ms
    jitter = ((draws >> 8) % _JITTER_MS).astype(np.int64)
    steady = (progress * (span_ms - _SERVERS * lead_ms)).astype(np.int64)
    return steady + leads + jitter


def _sample(rows: Rows, bits: PCG64) -> Rows:
    """Keep some rows, recent ones more likely, for later batches to refer to."""
    return rows[bits.random_raw(REMEMBERED_EVENTS) % len(rows)]
