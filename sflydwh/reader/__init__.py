"""Bytes to rows: the data source ``sfly-events`` and the pure functions under it."""

from sflydwh.reader.batches import Gives
from sflydwh.reader.datasource import FORMAT_NAME, EventsDataSource, Plan, reader_options
from sflydwh.reader.pieces import Limits

__all__ = ["FORMAT_NAME", "EventsDataSource", "Gives", "Limits", "Plan", "reader_options"]
