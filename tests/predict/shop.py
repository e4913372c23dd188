"""Made-up shops as logs, and what the jobs make of them."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sflydwh.engine.engine import Engine
from sflydwh.predict.horizon import Horizon
from sflydwh.runs.backtest import Test, Tested, backtest
from sflydwh.runs.prediction import Ask, Predicted, predict
from sflydwh.runs.settings import Settings
from tests.running import event, job, logs_of, write

FIRST = date(2017, 1, 2)


def order(customer: str, day: date | str, amount: str, **fields: Any) -> str:
    return event("ORDER", customer, str(day), total_amount=amount, **fields)


def shop(customers: int = 150, weeks: int = 60, seed: int = 3) -> list[str]:
    """Lines of a log: customers who buy at rates of their own, and leave after any purchase."""
    chance = random.Random(seed)
    lines: list[str] = []
    for number in range(customers):
        day = chance.uniform(0, 80)
        rate, leaves = chance.gammavariate(0.9, 1 / 40), chance.betavariate(0.9, 3)
        worth = chance.gammavariate(4, 10)
        while day < weeks * 7:
            when = FIRST + timedelta(days=int(day))
            lines.append(order(f"c{number:03}", when, f"{worth * chance.uniform(0.3, 1.7):.2f}", key=f"o{len(lines)}"))
            if chance.random() < leaves:
                break
            day += 1 + chance.expovariate(max(rate, 1e-4))
    return [
        *lines,
        event("SITE_VISIT", "c000", str(FIRST), key="p"),
        event("SITE_VISIT", "visitor", str(FIRST), key="p"),
    ]


def predicted(engine: Engine, log: Path, output: Path, weeks: int = 26, **asked: Any) -> Predicted:
    how = Settings(output=str(output), summary=str(output.with_suffix(".json")))
    return predict(job(engine, how), logs_of(log), Ask(asked.pop("top", 10), Horizon(weeks), **asked))


def backtested(engine: Engine, lines: Sequence[str], folder: Path, identity: str = "time", **asked: Any) -> Tested:
    log = write(folder / "shop.json", *lines)
    how = Settings(output=str(folder), staging=str(folder / "staging"), identity=identity)
    return backtest(job(engine, how), replace(logs_of(log), identity=identity), Test(**asked))
