"""Bytes to rows: the data source ``sfly-events`` and the pure functions under it."""

from sflydwh.reader.datasource import FORMAT_NAME, EventsDataSource, reader_options
from sflydwh.reader.meter import bytes_read
from sflydwh.reader.pieces import Limits
from sflydwh.reader.splits import InputFile

__all__ = ["FORMAT_NAME", "EventsDataSource", "InputFile", "Limits", "bytes_read", "reader_options"]
