"""Feeds damaged logs to the reader: `python -m tests.torture.fuzz_reader --inputs N --seed S`.

Every input is a log of one of the formats, mutated by bytes and by tokens; the promises
it is held against are those of `tests.reader.invariants`. Exit status 1 where one is broken;
then the smallest input found that breaks it is printed.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from sflydwh.generator import FORMATS, LogRequest, log_chunks
from sflydwh.output.rejects import reject_line
from tests.reader.invariants import Reading, broken_promise

EVENT = b'{"type":"SITE_VISIT","verb":"NEW","key":"p1","customer_id":"c","event_time":"2017-01-06"}'
HAND_MADE = (
    b"",
    b"[]",
    EVENT * 3,
    EVENT + b"\n[" + EVENT + b", " + EVENT + b"]\n",
    b"[" + EVENT + b",\n" + EVENT + b"]\n[" + EVENT + b"]",
    b'{"events": [\n' + EVENT + b",\n" + EVENT + b"\n]}",
    b'{"type":"A","key":12,"customer_id":-0,"total_amount":12.10}\n{"type":"B","note":1e400,"tags":[{"a":{}},[]]}\n',
    '{"type":"é\\ud83d\\ude00\\u0000","\\u006bey":"\\"{[,]}\\\\","x":"\u2028"}\n'.encode() * 2,
    EVENT + b"\n" + b'{"a":' * 300 + b"[]" + b"}" * 300 + b"\n" + EVENT,
    b'{\n  "type": "A",\n  "key":\t"x"\n},\n{\n  "type": "B"\n}\n',
    reject_line("malformed_json", "a.dat", 3, EVENT[:-1])
    + reject_line("invalid_amount", "a.dat", 90, EVENT)
    + reject_line("malformed_json", "a.dat", 180, b"\xff"),
)
WORDS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"\0", b"\xef\xbb\xbf",
    b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"{}", b"[]", b"}{", b"},{", b"}\n{", b'"}', b'{"', b'\\"', b"\\\n",
    b"NaN", b"-Infinity", b"Inf", b"null", b"true", b"01", b"1.", b"-0", b"1e400", b"12.10", b'""', b'"type"', b'"type":"A"',
    b'"\\u0074ype"', b'"key":1', b'"\\ud800"', b'"\\udc00"', b"\\u00", b"/**/", b"'", b"\x0b", b"\x7f", b"x", EVENT, b"[" * 200,
)  # fmt: skip
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[\r\n]+|[^"{}\[\],:\r\n]+|"', re.DOTALL)


@cache
def seeds() -> tuple[bytes, ...]:
    """Small logs of every format, clean and dirty."""
    made = [
        b"".join(log_chunks(LogRequest(events, seed=number, dirty=dirty), layout))
        for layout in FORMATS
        for number, (events, dirty) in enumerate([(3, 0.0), (6, 0.3), (6, 1.0)])
    ]
    dressed = [
        variant
        for log in made
        for variant in (log, b"\xef\xbb\xbf" + log, log.replace(b"\n", b"\r\n"), log.replace(b"\n", b"\r"))
    ]
    return (*HAND_MADE, *dressed)


def mutated(log: bytes, random: Random) -> bytes:
    """A log with one to six changes."""
    for _ in range(random.randint(1, 6)):
        log = random.choice((_with_other_bytes, _with_other_tokens))(log, random)
    return log


def _with_other_bytes(log: bytes, random: Random) -> bytes:
    begin = random.randint(0, len(log))
    end = min(len(log), begin + random.choice((0, 1, 1, 2, 10, 100)))
    part = log[begin:end]
    byte = bytes([random.randrange(256)])
    flipped = bytes([part[0] ^ 1 << random.randrange(8)]) + part[1:] if part else byte
    new = random.choice((b"", byte, byte + part, part * 2, flipped, part[::-1], random.choice(WORDS)))
    return log[:begin] + new + log[end:]


def _with_other_tokens(log: bytes, random: Random) -> bytes:
    tokens = TOKEN.findall(log) or [b""]
    begin = random.randrange(len(tokens))
    end = begin + random.choice((0, 1, 1, 1, 2, 5))
    there = random.randrange(len(tokens))
    part = tokens[begin:end]
    word = [random.choice(WORDS)]
    other = TOKEN.findall(random.choice(seeds()))
    new = random.choice((word, word, word + part, part + word, part * 2, [], tokens[there : there + 3], other[:9]))
    return b"".join(tokens[:begin] + new + tokens[end:])


def inputs(seed: int, count: int) -> Iterator[tuple[bytes, Reading]]:
    """Mutated logs, each with a way to read it; the same for the same seed."""
    random = Random(seed)
    for _ in range(count):
        yield (
            mutated(random.choice(seeds()), random),
            Reading(
                block_bytes=random.choice((3, 7, 64, 300, 1 << 20)),
                event_bytes=random.choice((0, 1, 20, 100, 300)),
                cuts=[random.randrange(2_000) for _ in range(random.randint(0, 3))],
            ),
        )


def smallest(data: bytes, reading: Reading) -> bytes:
    """As little of an input as still breaks a promise: no part of it can be left out."""
    size = len(data)
    while size:
        for begin in range(0, len(data), size):
            less = data[:begin] + data[begin + size :]
            if broken_promise(less, reading):
                data = less
                break
        else:
            size //= 2
    return data


def fuzz(seed: int, count: int) -> int:
    """Run and report; how many inputs broke a promise."""
    failures = 0
    shown: set[str] = set()
    for number, (data, reading) in enumerate(inputs(seed, count), 1):
        promise = broken_promise(data, reading)
        if promise:
            failures += 1
            if promise not in shown:
                shown.add(promise)
                print(f"broken at input {number}: {promise}\n  {reading}\n  {smallest(data, reading)!r}", flush=True)
        if number % 20_000 == 0:
            print(f"{number:,} of {count:,}", file=sys.stderr)
    return failures


def main(fuzz: Callable[[int, int], int], doc: str | None, inputs: int) -> int:
    """Run a fuzz of a seed and a number of inputs, as the command line asks; the exit status."""
    parser = argparse.ArgumentParser(description=(doc or "").partition(":")[0] + ".")
    parser.add_argument("--inputs", type=int, default=inputs, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    given = parser.parse_args()
    failures = fuzz(given.seed, given.inputs)
    print(f"{given.inputs} inputs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(fuzz, __doc__, 200_000))
