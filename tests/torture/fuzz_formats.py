"""Feeds damaged logs of other shops to the reader: `python -m tests.torture.fuzz_formats --inputs N --seed S`.

Every input is a log of a built-in JSON format, mutated by bytes and by tokens. The compiled path must give what the exact path
gives, events, rejects, ignored records and counts, however the input is cut into blocks and splits. Exit status 1 where
it does not; then the input is printed.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

from sflydwh.formats.format import Format
from sflydwh.formats.model import COUNT, IGNORED
from sflydwh.formats.named import format_of
from sflydwh.generator import LogRequest, log_chunks
from sflydwh.generator.shops import SHOPS
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from sflydwh.reader.source import Source
from tests.formats import samples
from tests.reader.reading import source_of
from tests.torture.fuzz_reader import main, mutated

NAMES = ("segment", "ga4", "shopify", "woocommerce", "stripe")
# What a source gives: the rows of its pieces, and how many were counted by kind and label.
Given = tuple[list[tuple[Any, ...]], Counter[tuple[int, str]]]


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Small logs of a format."""
    records = [json.dumps(record).encode() + b"\n" for record in getattr(samples, name)()]
    lines = [b"".join(records[first : first + 3]) for first in range(0, len(records), 3)]
    made = [b"".join(log_chunks(LogRequest(events, seed=events, shop=name))) for events in (3, 9) if name in SHOPS]
    return (*lines, b"".join(records), *made)


def given(source: Source, how: Format, limits: Limits, cuts: Sequence[int], is_fast: bool) -> Given:
    """What the reader gives of a source."""
    form = form_of_source(source, how)
    edges = [0, source.end]
    if source.can_be_cut and form is Form.LINES:
        edges = [0, *sorted(cut for cut in cuts if 0 < cut < source.end), source.end]
    reading = Reading(how, how.identity, limits, Gives.PIECES, is_fast)
    found: list[tuple[Any, ...]] = []
    counts: Counter[tuple[int, str]] = Counter()
    for extent in pairwise(edges):
        for batch in rows(source, form, extent, Where("", 0, 0), reading):
            for row in batch.to_pylist():
                if row["kind"] in (IGNORED, COUNT):
                    counts[row["kind"], row["reason"]] += row["pieces"]
                else:
                    found.append(tuple(row.values()))
    return sorted(found, key=repr), counts


def difference(data: bytes, name: str, limits: Limits, cuts: Sequence[int]) -> str | None:
    """What differs between the two paths; None where nothing does."""
    how = format_of(name)
    with source_of(data) as source:
        exact = given(source, how, Limits(), (), is_fast=False)
        fast = given(source, how, limits, cuts, is_fast=True)
    return None if fast == exact else f"fast {fast}\n  exact {exact}"


def inputs(seed: int, count: int) -> Iterator[tuple[bytes, str, Limits, list[int]]]:
    """Mutated logs, each with its format and a way to read it; the same for the same seed."""
    random = Random(seed)
    for _ in range(count):
        name = random.choice(NAMES)
        limits = Limits(block_bytes=random.choice((64, 300, 1_000, 1 << 20)))
        cuts = [random.randrange(4_000) for _ in range(random.randint(0, 3))]
        yield mutated(random.choice(seeds(name)), random), name, limits, cuts


def fuzz(seed: int, count: int) -> int:
    """Run and report; how many inputs were read in two ways."""
    failures = 0
    for number, (data, name, limits, cuts) in enumerate(inputs(seed, count), 1):
        found = difference(data, name, limits, cuts)
        if found:
            failures += 1
            print(f"input {number}, {name}, {limits}, {cuts}:\n  {data!r}\n  {found}", flush=True)
        if number % 10_000 == 0:
            print(f"{number:,} of {count:,}", file=sys.stderr)
    return failures


if __name__ == "__main__":
    sys.exit(main(fuzz, __doc__, 50_000))
