"""What the page tells, as plain numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Expected:
    """A sum that is expected, and its interval from 5 % to 95 %; None where the parameters have no standard errors."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Headline:
    """The whole base.

    Attributes:
        customers: all that are known.
        purchasers: with a purchase day.
        repeat_purchasers: with two or more.
        purchases: purchase days.
        spend: net, of all customers.
        expected_purchases: within the horizon; None without a prediction.
        expected_spend: likewise; also None without a spend model.
    """

    customers: int
    purchasers: int = 0
    repeat_purchasers: int = 0
    purchases: int = 0
    spend: Decimal = Decimal(0)
    expected_purchases: Expected | None = None
    expected_spend: Expected | None = None


@dataclass(frozen=True)
class Customer:
    """A customer of one of the two lists; what is expected is None without a prediction."""

    customer_id: str
    purchases: int
    last_purchase: date
    spend: Decimal
    p_alive: float | None
    expected_purchases: float | None
    predicted_ltv: float | None


@dataclass(frozen=True)
class Spenders:
    """Purchasers of equal spend, at 4 significant digits.

    Attributes:
        spend: of each, at 4 digits.
        customers: how many.
        total: what they spent, exactly, as the float nearest to it.
        bin: how many of `SPEND_EDGES` are at most what they spent.
        least: what the one of them who spent least has spent, exactly.
    """

    spend: float
    customers: int
    total: float
    bin: int
    least: Decimal


# 0, then 1, 2 and 5 times the powers of ten from a cent on.
SPEND_EDGES = (0.0, *(float(f"{digit}e{power}") for power in range(-2, 14) for digit in (1, 2, 5)))


@dataclass(frozen=True)
class Segment:
    """The customers of one segment; `predicted` is None without a spend model."""

    name: str
    customers: int
    spend: Decimal
    predicted: float | None


@dataclass(frozen=True)
class CohortMonth:
    """Customers by the month of their first purchase, in one month since.

    Attributes:
        first: the first day of the month of the first purchase.
        months: since.
        buyers: customers who bought in it.
        spend: what the cohort spent in it, net.
    """

    first: date
    months: int
    buyers: int
    spend: Decimal


@dataclass(frozen=True)
class Method:
    """A method of a backtest: what it foresaw, and what each tenth of its ranking spent, the best first."""

    name: str
    purchases: float | None
    spend: float | None
    best_tenth: float | None
    tenths: tuple[float, ...]


@dataclass(frozen=True)
class Frequency:
    """Purchasers by how often they came back before; their purchase days, as they came and as foreseen."""

    name: str
    customers: int
    came: float
    foreseen: float | None


@dataclass(frozen=True)
class Backtest:
    """What a backtest found; see `runs.backtest`."""

    calibrated: date
    last: date
    weeks: int
    purchases: int
    spend: float
    methods: tuple[Method, ...]
    by_frequency: tuple[Frequency, ...]
    verdict: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class AtRisk:
    """Good customers who have probably left.

    Attributes:
        customers: how many.
        spend: what they spent.
        least: what one of the best fifth spent at least.
        listed: those who spent most.
    """

    customers: int
    spend: Decimal
    least: Decimal
    listed: tuple[Customer, ...]


@dataclass(frozen=True)
class Quality:
    """What became of the input; a count that was told when a table was filled is None."""

    format: str | None
    identity: str
    table: str | None
    read: int
    accepted: int
    rejected: int | None
    reasons: dict[str, int]
    superseded: int | None
    ignored: int | None
    ignored_by_name: dict[str, int]
    rounded: int | None
    left_out: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """All that the page tells.

    Attributes:
        as_of: the last day of the events that count.
        currency: the currency code of all amounts.
        horizon_weeks: how far ahead predictions look.
        headline: the whole base.
        best: the top customers, the best first.
        spenders: purchasers by what they spent.
        segments: the largest spend first.
        cohorts: months of first purchase, the latest `MOST_COHORTS`.
        backtest: None where there is none.
        at_risk: None without a prediction.
        gaps: pairs of days between two purchases that follow each other, and how many there are.
        quality: of the data.
        doubts: why the predictions should not be trusted yet.
        no_prediction: why there is none; None where there is.
        no_backtest: likewise of the backtest.
    """

    as_of: date
    currency: str
    horizon_weeks: int
    headline: Headline
    best: tuple[Customer, ...]
    spenders: tuple[Spenders, ...]
    segments: tuple[Segment, ...]
    cohorts: tuple[CohortMonth, ...]
    backtest: Backtest | None
    at_risk: AtRisk | None
    gaps: tuple[tuple[int, int], ...]
    quality: Quality
    doubts: tuple[str, ...] = ()
    no_prediction: str | None = None
    no_backtest: str | None = None


MOST_COHORTS = 12
