"""The figures on the page, as plain numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Expected:
    """An expected sum, and its interval from 5 % to 95 %; no interval if the parameters have no standard errors."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Headline:
    """Figures of all customers.

    Attributes:
        customers: number of known customers.
        purchasers: customers with a purchase day.
        repeat_purchasers: customers with two or more purchase days.
        purchases: purchase days of all customers.
        spend: net spend of all customers.
        expected_purchases: within the horizon; None without a prediction.
        expected_spend: within the horizon; None without a prediction or a spend model.
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
    """A customer of one of the two lists; expected values are None without a prediction."""

    customer_id: str
    purchases: int
    last_purchase: date
    spend: Decimal
    p_alive: float | None
    expected_purchases: float | None
    predicted_ltv: float | None


@dataclass(frozen=True)
class Spenders:
    """Purchasers of equal spend, to 4 significant digits.

    Attributes:
        spend: spend of each, to 4 digits.
        customers: how many they are.
        total: the float nearest to their exact total spend.
        bin: how many of `SPEND_EDGES` are at most their spend.
        least: the exact lowest spend among them.
    """

    spend: float
    customers: int
    total: float
    bin: int
    least: Decimal


# 0, then 1, 2 and 5 times each power of ten from 0.01.
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
    """A cohort (customers by the month of their first purchase) in one month.

    Attributes:
        first: the first day of the month of the first purchase.
        months: months since then.
        buyers: customers of the cohort who bought in this month.
        spend: net spend of the cohort in this month.
    """

    first: date
    months: int
    buyers: int
    spend: Decimal


@dataclass(frozen=True)
class Method:
    """A method of a backtest: its forecasts, and the actual spend of each tenth of its ranking, the best first."""

    name: str
    purchases: float | None
    spend: float | None
    best_tenth: float | None
    tenths: tuple[float, ...]


@dataclass(frozen=True)
class Frequency:
    """Purchasers with the same calibration frequency: their actual and predicted purchase days."""

    name: str
    customers: int
    came: float
    foreseen: float | None


@dataclass(frozen=True)
class Backtest:
    """The result of a backtest; see `runs.backtest`."""

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
        customers: how many they are.
        spend: their total spend.
        least: the lowest spend in the top fifth of purchasers.
        listed: those who spent most.
    """

    customers: int
    spend: Decimal
    least: Decimal
    listed: tuple[Customer, ...]


@dataclass(frozen=True)
class Quality:
    """The outcomes of the input's pieces; counts that a table's ingests reported are None."""

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
    """All figures on the page.

    Attributes:
        as_of: the last day of the events that count.
        currency: the currency code of all amounts.
        horizon_weeks: how far ahead predictions look.
        headline: figures of all customers.
        best: the top customers, the best first.
        spenders: purchasers grouped by spend.
        segments: the segments, the largest spend first.
        cohorts: the latest `MOST_COHORTS` cohorts.
        backtest: None if there is none.
        at_risk: None without a prediction.
        gaps: pairs of a gap in days between consecutive purchase days, and how often it occurs.
        quality: the outcomes of the input's pieces.
        doubts: why the predictions should not be trusted yet.
        no_prediction: why there is no prediction; None if there is one.
        no_backtest: why there is no backtest; None if there is one.
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
