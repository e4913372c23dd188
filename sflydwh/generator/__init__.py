"""A seeded generator of event logs, for tests, benchmarks and a first try.

>>> request = LogRequest(events=1_000, dirty=0.05)
>>> sum(len(batch) for batch in event_batches(request))
1000
"""

from sflydwh.generator.events import event_batches
from sflydwh.generator.formats import FORMATS, log_chunks
from sflydwh.generator.request import LogRequest
from sflydwh.generator.writing import write_log

__all__ = ["FORMATS", "LogRequest", "event_batches", "log_chunks", "write_log"]
