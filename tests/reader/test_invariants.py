"""The promises of `invariants` on mutated logs, as `tests.torture.fuzz_reader` tries them for hours."""

import pytest

from tests.reader.invariants import Reading, broken_promise
from tests.torture import fuzz_formats, fuzz_reader

BATCHES = 8
WHOLE = Reading(1 << 20, 1 << 20, ())


@pytest.mark.parametrize("seed", range(BATCHES))
def test_no_mutated_log_breaks_a_promise(seed: int) -> None:
    broken = [
        (promise, reading, fuzz_reader.smallest(data, reading))
        for data, reading in fuzz_reader.inputs(seed, 250)
        if (promise := broken_promise(data, reading))
    ]
    assert broken == []


def test_the_seeds_break_no_promise() -> None:
    assert [log for log in fuzz_reader.seeds() if broken_promise(log, Reading(7, 20, [50, 90]))] == []


@pytest.mark.parametrize("seed", range(3))
def test_other_shops_logs_are_read_in_one_way(seed: int) -> None:
    inputs = fuzz_formats.inputs(seed, 150)
    assert [each for each in inputs if fuzz_formats.difference(*each)] == []
