"""The event logs of a run, as an engine reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sflydwh.engine.engine import Engine
from sflydwh.inputs.find import Inputs
from sflydwh.reader import FORMAT_NAME, EventsDataSource, Limits, reader_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Logs:
    """Event logs on an engine, which learns of their data source.

    Args:
        engine: the engine that reads them.
        inputs: the files, in input order.
        max_event_bytes: a larger piece is `too_large`.
    """

    def __init__(self, engine: Engine, inputs: Inputs, max_event_bytes: int) -> None:
        self._engine = engine
        self._inputs = inputs
        self._limits = Limits(event_bytes=max_event_bytes)
        engine.session.dataSource.register(EventsDataSource)

    def pieces(
        self, with_raw: bool = False, only_splits: Sequence[int] | None = None, settles: bool = False
    ) -> "DataFrame":
        """The rows of the reader.

        Args:
            with_raw: whether each piece's bytes and its place are given too.
            only_splits: if given, only the splits of these numbers are read.
            settles: whether the reader settles events that need no judgement; with the bytes it leaves these out.
        """
        split_bytes = self._engine.split_bytes(self._inputs.size)
        options = reader_options(self._inputs, split_bytes, self._limits, with_raw, only_splits, settles)
        return self._engine.session.read.format(FORMAT_NAME).options(**options).load()
