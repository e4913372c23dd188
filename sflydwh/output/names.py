"""The names of a run's files, from its local start time and N."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

# The file in the rejects' folder.
REJECTS_FILE: Final = "rejects.jsonl"


@dataclass(frozen=True)
class RunName:
    """The name that a run's files share.

    Attributes:
        started: local start time of the run.
        top: N, the number of customers asked for.
    """

    started: datetime
    top: int

    @property
    def stem(self) -> str:
        """``YYYYMMDD_YYYYMMDDHHMMSS_SimpleLTV_TOP<N>``.

        >>> RunName(datetime(2017, 1, 6, 12, 46, 46), 10).stem
        '20170106_20170106124646_SimpleLTV_TOP10'
        """
        return f"{self.started:%Y%m%d_%Y%m%d%H%M%S}_{self._what}"

    @property
    def _what(self) -> str:
        return f"SimpleLTV_TOP{self.top}"

    @property
    def dat(self) -> str:
        """The name of the answer's file."""
        return f"{self.stem}_Customers.dat"

    @property
    def customers(self) -> str:
        """The name of the folder with a row for every customer."""
        return f"{self.stem}_Customers"

    @property
    def rejects(self) -> str:
        """The name of the rejects' folder."""
        return f"{self.stem}_Rejects"

    @property
    def failed_rejects(self) -> str:
        """The name of the rejects' folder of a run that failed."""
        return f"{self.stem}_Rejects_failed"

    def and_later(self) -> Iterator["RunName"]:
        """This name, then that of the next second, and so on."""
        name = self
        while True:
            yield name
            name = replace(name, started=name.started + timedelta(seconds=1))


@dataclass(frozen=True)
class IngestName(RunName):
    """The name of what an ingest leaves beside its table: ``YYYYMMDD_YYYYMMDDHHMMSS_Ingest``.

    >>> IngestName(datetime(2017, 1, 6, 12, 46, 46)).rejects
    '20170106_20170106124646_Ingest_Rejects'
    """

    top: int = 0

    @property
    def _what(self) -> str:
        return "Ingest"


@dataclass(frozen=True)
class PredictionName(RunName):
    """The name that a prediction's files share: ``YYYYMMDD_YYYYMMDDHHMMSS_PredictedLTV_TOP<N>``.

    >>> PredictionName(datetime(2017, 1, 6, 12, 46, 46), 10).dat
    '20170106_20170106124646_PredictedLTV_TOP10_Customers.dat'
    """

    @property
    def _what(self) -> str:
        return f"PredictedLTV_TOP{self.top}"


@dataclass(frozen=True)
class ReportName(RunName):
    """The name that a report's files share: ``YYYYMMDD_YYYYMMDDHHMMSS_Report``.

    >>> ReportName(datetime(2017, 1, 6, 12, 46, 46), 20).stem
    '20170106_20170106124646_Report'
    """

    @property
    def _what(self) -> str:
        return "Report"

    @property
    def dat(self) -> str:
        """The name of the page."""
        return f"{self.stem}.html"
