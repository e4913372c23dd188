"""Random logs through the whole run: the bytes, the counts and the rejects of the oracle, on both engines."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.generator import FORMATS, LogRequest, log_chunks
from tests import oracle
from tests.running import assert_right, files_below, rejects_in, right_answer, run

KINDS = ["CUSTOMER", "SITE_VISIT", "SITE_VISIT", "IMAGE", "ORDER", "ORDER", "ORDER", "SURVEY", " ", None]
IDS = ["a", "b", "B", "\u00e9", "7", 7, 'a,"b\n', " a", "\U0001f600", "\uff5e", "", None, True]
TIMES = [
    "2017-01-01", "2017-01-02", "2017-01-08T23:59:59.999999", "2017-01-09", "2016-02-29T12:00+05:30",
    "2017-01-02T00:00:00Z", "0001-01-01", "9999-12-31T23:59:59", "2017-02-29", "12:00", 1483228800,
]  # fmt: skip
AMOUNTS = ["5", "5.00 USD", 12.10, 7, "-$3", "$1,234.5", "0", "99999999999999.9999", "5 EUR", "1e3", None]
JUNK = [
    "",
    ",",
    "{",
    "}",
    "]",
    "x",
    "{}",
    "[]",
    '"',
    "{'type': 'ORDER'}",
    '{"type": "A", "type": "B"}',
    "\ufeff",
    "\x00",
]


def fields(**values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(choice) for name, choice in values.items()})


EVENTS = fields(
    type=KINDS, verb=["NEW", "UPDATE", None], key=IDS, customer_id=IDS, event_time=TIMES, total_amount=AMOUNTS
)
# Of few customers and at few times, so that much is superseded, updated and tied.
GOOD_EVENTS = fields(
    type=KINDS[:-2],
    verb=["NEW", "UPDATE"],
    key=IDS[:3],
    customer_id=IDS[:3],
    event_time=TIMES[:6],
    total_amount=AMOUNTS[:7],
)


def laid_out(pieces: Iterable[dict[str, Any] | str], between: str, indent: int | None, ascii_only: bool) -> bytes:
    texts = (
        piece if isinstance(piece, str) else json.dumps(piece, indent=indent, ensure_ascii=ascii_only)
        for piece in pieces
    )
    return between.join(texts).encode()


FILES = st.builds(
    laid_out,
    st.lists(GOOD_EVENTS | GOOD_EVENTS | EVENTS | st.sampled_from(JUNK), max_size=40),
    st.sampled_from(["\n", "\n", "\r\n", ",\n\n", "", ", "]),
    st.sampled_from([None, None, None, 1]),
    st.booleans(),
)
GENERATED_FILES = st.builds(
    lambda request, layout: b"".join(log_chunks(request, layout)),
    st.builds(
        LogRequest,
        events=st.integers(0, 300),
        customers=st.integers(1, 30),
        seed=st.integers(0, 10**6),
        dirty=st.sampled_from([0.0, 0.05, 0.5]),
    ),
    st.sampled_from(sorted(FORMATS)),
)
LOGS = st.lists(FILES, min_size=1, max_size=3) | st.lists(GENERATED_FILES, min_size=1, max_size=2)
OPTIONS = st.fixed_dictionaries(
    {
        "formula": st.sampled_from(["simple", "weekly"]),
        "order_updates": st.sampled_from(["replace", "add"]),
        "week_start": st.sampled_from(["monday", "sunday"]),
        "lifespan_years": st.decimals(Decimal("0.001"), Decimal(1000), places=3),
        "top": st.integers(1, 12),
    }
)


def refused(files: list[Path], **options: Any) -> list[oracle.ltv.Reject] | None:
    """The rejects of a log without one accepted event of the four types; None for every other log."""
    try:
        right_answer(files, **options)
    except oracle.NoAcceptedEvent as failure:
        return failure.rejects
    return None


def check(engine: Engine, log: list[bytes], options: dict[str, Any], split_bytes: int) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(engine), "split_bytes", lambda *_: split_bytes)
        folder = Path(name)
        files = [folder / f"log{place}" for place in range(len(log))]
        for file, data in zip(files, log, strict=True):
            file.write_bytes(data)
        rejects = refused(files, **options)
        if rejects is None:
            assert_right(engine, files, folder / "o", **options)
            return
        with pytest.raises(RunError, match="was accepted"):
            run(engine, files, folder / "o", **options)
        if not rejects:
            assert files_below(folder / "o") == []
            return
        [kept] = (path for path in folder.glob("o/**/*") if path.is_file())
        assert kept.match("*_Rejects_failed/rejects.jsonl")
        assert rejects_in(kept) == rejects


slow = settings(deadline=None, suppress_health_check=list(HealthCheck))
given_a_log = given(log=LOGS, options=OPTIONS, split_bytes=st.sampled_from([200, 3_000, 10**6]))


@settings(slow, max_examples=30)
@given_a_log
def test_sail_answers_every_log_like_the_oracle(
    sail_engine: Engine, log: list[bytes], options: dict[str, Any], split_bytes: int
) -> None:
    check(sail_engine, log, options, split_bytes)


@pytest.mark.spark
@settings(slow, max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given_a_log
def test_spark_answers_every_log_like_the_oracle(
    spark_engine: Engine, log: list[bytes], options: dict[str, Any], split_bytes: int
) -> None:
    check(spark_engine, log, options, split_bytes)
