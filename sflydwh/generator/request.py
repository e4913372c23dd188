"""The request for a log: number of events, customers, seed, dirt."""

import math
from dataclasses import dataclass

MAX_EVENTS = 10**15
MAX_CUSTOMERS = 2**48
EVENTS_PER_CUSTOMER = 50
DAYS = 78 * 7
DAYS_A_YEAR = 365
MAX_DAYS = 10 * DAYS_A_YEAR
MAX_DROPOUT = 10.0


@dataclass(frozen=True)
class LogRequest:
    """One log; the same request gives the same bytes on every machine.

    Attributes:
        events: Number of events, 0 or more.
        customers: Size of the population they are drawn from; by default one customer for 50 events.
        seed: 0 or more.
        dirty: Share of the events, 0 to 1, that are replaced by dirt; 0 if the shop is not `sfly`.
        shop: The format that the events are written for: `sfly`, `segment` or `ga4`.
        days: How long the log goes on.
        dropout: The average share of customers that leave for good within a year; a new one replaces each.

    Raises:
        ValueError: If a value is out of its range; the message names it.
    """

    events: int
    customers: int | None = None
    seed: int = 0
    dirty: float = 0.0
    shop: str = "sfly"
    days: int = DAYS
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges of the values."""
        _check_range("number of events", self.events, 0, MAX_EVENTS)
        _check_range("number of customers", self.population, 1, MAX_CUSTOMERS)
        if self.seed < 0:
            raise ValueError(f"the seed must be 0 or more, not {self.seed}")
        _check_range("number of days", self.days, 1, MAX_DAYS)
        if not 0 <= self.dropout <= MAX_DROPOUT:
            raise ValueError(f"the dropout must be from 0 to {MAX_DROPOUT:g}, not {self.dropout}")
        if self.ever > MAX_CUSTOMERS:
            raise ValueError(f"the customers, successors included, would be {self.ever}, above {MAX_CUSTOMERS}")
        if not 0 <= self.dirty <= 1:
            raise ValueError(f"the dirty share must be from 0 to 1, not {self.dirty}")
        if self.dirty and self.shop != "sfly":
            raise ValueError(f"dirt can be made for sfly logs only, not for {self.shop}")

    @property
    def population(self) -> int:
        """Number of customers to draw from."""
        if self.customers is None:
            return max(1, self.events // EVENTS_PER_CUSTOMER)
        return self.customers

    @property
    def ever(self) -> int:
        """An upper bound of the customer numbers, including customers who replace others."""
        changes = math.ceil(1.5 * self.turnover) + 1 if self.dropout else 1
        return self.population * changes

    @property
    def turnover(self) -> float:
        """How often a customer is replaced by another within the log, on average."""
        return self.dropout * self.days / DAYS_A_YEAR


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"the {name} must be from {least} to {most}, not {value}")
