"""Predictions as data teams make them in a notebook: pandas and lifetimes, in one process.

`python -m benchmarks.peers.lifetimes_peer N EVENTS OUT lines` writes the N customers with the largest expected spend in
52 weeks. Events are taken as they are: nothing is rejected, no event replaces another, and amounts are floats.
"""

import warnings
from pathlib import Path

import pandas as pd

from benchmarks.peers.answer import Task, task

_WEEKS = 52
_DAYS_A_WEEK = 7


def main(job: Task) -> None:
    """Answer the query."""
    # It was written for older releases of NumPy and pandas, and works with these.
    warnings.simplefilter("ignore")
    from lifetimes import BetaGeoFitter, GammaGammaFitter  # noqa: PLC0415
    from lifetimes.utils import summary_data_from_transaction_data  # noqa: PLC0415

    events = pd.read_json(job.events, lines=True, dtype=False, convert_dates=False)
    orders = events[events["type"] == "ORDER"]
    orders = orders.assign(
        amount=orders["total_amount"].str.removesuffix(" USD").astype(float),
        day=pd.to_datetime(orders["event_time"].str[:10]),
    )
    found = summary_data_from_transaction_data(orders, "customer_id", "day", monetary_value_col="amount", freq="D")
    recency, age = found["recency"] / _DAYS_A_WEEK, found["T"] / _DAYS_A_WEEK
    counts = BetaGeoFitter().fit(found["frequency"], recency, age)
    returned = found[(found["frequency"] > 0) & (found["monetary_value"] > 0)]
    spend = GammaGammaFitter().fit(returned["frequency"], returned["monetary_value"])
    purchases = counts.conditional_expected_number_of_purchases_up_to_time(_WEEKS, found["frequency"], recency, age)
    worth = purchases * spend.conditional_expected_average_profit(found["frequency"], found["monetary_value"])
    worth.nlargest(job.top).to_csv(Path(job.out), header=False)


if __name__ == "__main__":
    main(task())
