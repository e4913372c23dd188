"""What all command lines share."""

import pytest

from sflydwh.commands import backtest, ingest, predicted_ltv, simple_ltv, try_format
from sflydwh.errors import UsageError


@pytest.mark.parametrize(
    "words",
    [
        "10 --format x one two",
        "10 one --format x two",
        "--format x 10 one two",
        "10 --format x -- one two",
        "10 one two --format x",
    ],
)
@pytest.mark.parametrize("job", [simple_ltv, predicted_ltv])
def test_options_may_stand_anywhere(job: object, words: str) -> None:
    found = job._parser().parsed(words.split())  # type: ignore[attr-defined]
    assert (found.top, found.events, found.format) == ("10", ["one", "two"], "x")


def test_events_may_begin_with_a_minus_after_two() -> None:
    found = simple_ltv._parser().parsed(["10", "--verbose", "--", "-one"])
    assert (found.top, found.events) == ("10", ["-one"])


def test_so_it_is_without_a_number() -> None:
    found = ingest._parser().parsed(["one", "--table", "t", "two"])
    assert (found.events, found.table) == (["one", "two"], "t")
    assert backtest._parser().parsed(["one", "--format", "x", "two"]).events == ["one", "two"]
    assert try_format._parser().parsed(["x", "--records", "3", "one"]).words == ["x", "one"]


def test_what_is_no_option_is_wrong_usage() -> None:
    for words in (["10", "--unknown", "one"], ["10", "one", "-x"], []):
        with pytest.raises(UsageError, match="see --help"):
            simple_ltv._parser().parsed(words)
