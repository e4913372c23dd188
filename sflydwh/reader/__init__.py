"""Bytes to rows: the data source ``sfly-events`` and the pure functions under it."""

from sflydwh.files.input_file import InputFile
from sflydwh.reader.datasource import FORMAT_NAME, EventsDataSource, reader_options
from sflydwh.reader.pieces import Limits

__all__ = ["FORMAT_NAME", "EventsDataSource", "InputFile", "Limits", "reader_options"]
