"""Small versions of the logs that `tests.torture.hostile_inputs` gives to whole processes."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from tests.running import event, rejects_in, run, write
from tests.torture.hostile_logs import HOSTILE_LOGS, HostileLog, write_hostile

EVENT_BYTES = 256 << 10
KEPT_BYTES = 64 << 10


def assert_accounted(engine: Engine, files: list[Path], output: Path, accepted: int, reasons: Counter[str]) -> None:
    answer = run(engine, files, output, max_event_bytes=EVENT_BYTES)
    account = answer.summary.account
    assert (account.accepted, account.reasons) == (accepted, reasons)
    assert account.read == accepted + reasons.total()
    rejects = rejects_in(Path(answer.summary.rejects, "rejects.jsonl")) if answer.summary.rejects else []
    assert Counter(reject["reason"] for reject in rejects) == reasons
    assert all(len(reject["raw"]) == KEPT_BYTES for reject in rejects if reject["reason"] == "too_large")


@pytest.mark.parametrize("make", HOSTILE_LOGS, ids=lambda make: make.__name__)
def test_every_piece_of_a_hostile_log_is_accounted_for(
    sail_engine: Engine, tmp_path: Path, make: Callable[[int], HostileLog]
) -> None:
    good = write(tmp_path / "good", event("SITE_VISIT", "good", "2017-01-05"))
    log = write_hostile(make, EVENT_BYTES, tmp_path / "hostile")
    files = [good, tmp_path / "hostile"]
    assert_accounted(sail_engine, files, tmp_path / "o", log.accepted + 1, Counter(log.reasons))


@pytest.mark.spark
def test_every_piece_of_all_hostile_logs_at_once_is_accounted_for_on_spark(
    spark_engine: Engine, tmp_path: Path
) -> None:
    logs = {make: write_hostile(make, EVENT_BYTES, tmp_path / make.__name__) for make in HOSTILE_LOGS}
    reasons = sum((Counter(log.reasons) for log in logs.values()), Counter[str]())
    accepted = sum(log.accepted for log in logs.values())
    files = [tmp_path / make.__name__ for make in logs]
    assert_accounted(spark_engine, files, tmp_path / "o", accepted, reasons)
