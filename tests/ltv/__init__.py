"""Customers and their worth: what the tests share."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from sflydwh import ltv
from sflydwh.formats.columns import COUNTED
from sflydwh.formats.model import BY_KEY, KINDS, REJECTED, TIME, UNKNOWN


def at(time: str | None) -> datetime | None:
    return datetime.fromisoformat(time) if time else None


def event(event_type: str, customer_id: str = "a", time: str = "2017-01-06") -> dict[str, Any]:
    is_known = event_type in KINDS
    return {
        "customer_id": customer_id,
        "first_time": at(time),
        "last_time": at(time),
        "kind": KINDS[event_type] if is_known else UNKNOWN,
        "label": None if is_known else event_type,
        "pieces": 1,
        "events": 1,
    }


def visit(customer_id: str = "a", time: str = "2017-01-06") -> dict[str, Any]:
    return event("SITE_VISIT", customer_id, time)


def order(
    amount: str, time: str = "2017-01-06", key: str | None = None, verb: str = "NEW", customer_id: str = "a"
) -> dict[str, Any]:
    worth = {"label": key, "is_update": int(verb == "UPDATE"), "amount": Decimal(amount)}
    return {**event("ORDER", customer_id, time), **worth}


def reject(reason: str, split: int = 0) -> dict[str, Any]:
    return {"kind": REJECTED, "label": reason, "place": split, "pieces": 1}


def events(session: SparkSession, *rows: dict[str, Any], identity: str = TIME) -> DataFrame:
    """The events of a log; each comes later in it than the one before."""
    placed = [{"place": place, **row} if row["kind"] == KINDS["ORDER"] else row for place, row in enumerate(rows)]
    keyed = [{"identity": row.get("label") or "", **row} if identity == BY_KEY else row for row in placed]
    return session.createDataFrame([tuple(map(row.get, COUNTED)) for row in keyed], COUNTED.sql)


def ledger(
    session: SparkSession, *rows: dict[str, Any], order_updates: str = "replace", identity: str = TIME
) -> DataFrame:
    return ltv.ledger(
        ltv.tallies(events(session, *rows, identity=identity), identity), ltv.Options(order_updates, identity)
    )


def account(
    session: SparkSession, *rows: dict[str, Any], week_start: str = "monday", identity: str = TIME
) -> ltv.Account:
    tallies = ltv.tallies(events(session, *rows, identity=identity), identity)
    return ltv.account(ltv.ledger(tallies, ltv.Options(identity=identity)), tallies, week_start)


def same(found: DataFrame, rows: Sequence[tuple[Any, ...]], schema: str, *, ordered: bool = False) -> None:
    """The frame has exactly these rows and columns."""
    expected = found.sparkSession.createDataFrame(list(rows), schema)
    assert_df_equality(found, expected, ignore_nullable=True, ignore_row_order=not ordered)
