"""Logs made to break their reader, each with the account that a run must give of it.

All grow with the size above which an event is `too_large`: at 16 MiB, the default, there
are lines of a gigabyte, and small archives of two.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

GOOD = b'{"type":"SITE_VISIT","customer_id":"good","event_time":"2017-01-0%d"}'
EVENT = b'{"type":"SITE_VISIT","customer_id":"c","event_time":"2017-01-06",%b}'
ORDER = b'{"type":"ORDER","customer_id":"c","event_time":"2017-01-06","total_amount":%b}'
OF_TYPE = b'{"type":"%b","customer_id":"%b","event_time":"2017-01-06"}'
NAMES = (
    b"__proto__", b"constructor", b"prototype", b"toString", b"hasOwnProperty", b"__class__", b"__init__", b"$where", b"$ref",
    b"a.b", b"`a`", b"*", b"'; DROP TABLE events; --", b"../../etc/passwd", b"%s%n", b"${jndi:ldap://x}", b"=1+1", b"{}", b"\\\\",
)  # fmt: skip
_PART_BYTES = 1 << 20


class HostileLog(NamedTuple):
    """A log in parts, and what must become of its pieces."""

    parts: Iterable[bytes]
    accepted: int
    reasons: dict[str, int]


def filled(byte: bytes, count: int) -> Iterator[bytes]:
    """One byte many times, in parts."""
    yield from repeat(byte * _PART_BYTES, count // _PART_BYTES)
    yield byte * (count % _PART_BYTES)


def lines(pieces: Iterable[Iterable[bytes]], accepted: int, **reasons: int) -> HostileLog:
    """A log of lines, each in parts, between two good ones."""
    broken = chain.from_iterable(chain(piece, (b"\n",)) for piece in pieces)
    return HostileLog(chain((GOOD % 1, b"\n"), broken, (GOOD % 2, b"\n")), accepted + 2, reasons)


def a_file_of_one_line_of_text(size: int) -> HostileLog:
    return HostileLog(filled(b"x", 64 * size), 0, {"too_large": 1})


def a_file_of_one_line_of_events(size: int) -> HostileLog:
    event = EVENT % (b'"note":"%b"' % (b"x" * 1000))
    count = 64 * size // len(event)
    return HostileLog(repeat(event, count), count, {})


def strings_without_an_end(size: int) -> HostileLog:
    note = b'{"type":"ORDER","note":"', *filled(b"a", 25 * size // 2)
    escapes = b'{"type":"ORDER","note":"', *filled(b"\\", 2 * size)
    return lines([(*note, b'"}'), note, escapes, (*escapes, b"\\")], 0, too_large=4)


def nesting(size: int) -> HostileLog:
    deep = size // 160
    arrays = EVENT % (b'"tags":' + b"[" * 100_000 + b"]" * 100_000)
    objects = EVENT % (b'"tags":' + b'{"a":' * deep + b"1" + b"}" * deep)
    unbalanced = b'{"a":' * (size // 8), b"[" * (size // 2), b"{" * (size // 2), b"}" * (size // 2), b"[{" * (size // 4)
    # A line of brackets alone is punctuation.
    return lines([[line] for line in (arrays, objects, *unbalanced)], 2, malformed_json=4)


def many_names(size: int) -> HostileLog:
    distinct = b",".join(b'"k%d":0' % number for number in range(size // 17))
    repeated = b",".join(repeat(b'"a":1', size // 8))
    read_again = b",".join(repeat(b'"key":"k"', size // 16))
    escaped = b",".join((b'"key":"k"', b'"\\u006bey":"k"'))
    return lines([[EVENT % names] for names in (distinct, repeated, read_again, escaped)], 2, duplicate_field=2)


def numbers(size: int) -> HostileLog:
    many = b"9" * (size // 2)
    ignored = [
        EVENT % (b'"note":%b' % number) for number in (b"1e400", b"-1e-400", b"1E+999999999", many, b"0." + many)
    ]
    amounts = [
        ORDER % number for number in (b"1e400", b'"1e400"', many, b'"%b"' % many, b"-1e-400", b"99999999999999.99999")
    ]
    ids = [EVENT.replace(b'"c"', number) % b'"a":1' for number in (b"1e400", b"1.5", b"9" * (size // 16), b"-0")]
    no_numbers = [EVENT % (b'"note":%b' % number) for number in (b"NaN", b"-Infinity", b"0x10", b"01", b"1.", b"1e")]
    pieces = [[line] for line in (*ignored, *amounts, *ids, *no_numbers)]
    return lines(pieces, 7, invalid_amount=6, missing_customer_id=2, malformed_json=6)


def nul_bytes(size: int) -> HostileLog:
    escaped = OF_TYPE % (b"\\u0000", b"\\u0000"), EVENT % b'"\\u0000":"\\u0000"'
    raw = EVENT % b'"note":"\0"', EVENT % b'"note":1\0', b"\0" * (size // 2), GOOD % 3 + b"\0"
    # Between pieces they are punctuation; inside one they spoil it.
    return lines(chain(([line] for line in (*escaped, *raw)), [filled(b"\0", 2 * size)]), 3, malformed_json=2)


def names_that_mean_something_elsewhere(_: int) -> HostileLog:
    fields = [EVENT % (b'"%b":{"%b":[]}' % (name, name)) for name in NAMES]
    values = [OF_TYPE % pair for name in NAMES for pair in ((name, b"c"), (b"SITE_VISIT", name))]
    return lines(([line] for line in (*fields, *values)), 3 * len(NAMES))


def surrogates(_: int) -> HostileLog:
    lone = [EVENT % (b'"note":"%b"' % text) for text in (b"\\ud800", b"\\udfff", b"\\udc00\\ud800", b"\xed\xa0\x80")]
    other = [EVENT % text for text in (b'"\\ud800":1', b'"note":["\\uD800x"]', b'"note":"\xff"', b'"note":"\xc0\x80"')]
    pairs = [EVENT % (b'"note":"%b"' % text) for text in (b"\\ud83d\\ude00", b"\xf0\x9f\x98\x80", b"\\\\ud800")]
    in_id = [OF_TYPE % (b"SITE_VISIT", text) for text in (b"\\ud83d\\ude00", b"\\ud83d")]
    return lines(([line] for line in (*lone, *other, *pairs, *in_id)), 4, malformed_json=9)


def long_ids(size: int) -> HostileLog:
    name = b"i" * (size // 16)
    values = [(b"SITE_VISIT", name + b"%d" % number) for number in range(10)]
    values += [(name, b"c"), (b"ORDER", name), (name, name), (b"SITE_VISIT", b"\\u0001" * (size // 100))]
    return lines(([OF_TYPE % pair] for pair in values), 13, invalid_amount=1)


def an_archive_of_one_line(size: int) -> HostileLog:
    return lines([filled(b"x", 128 * size)], 0, too_large=1)


def an_archive_of_blanks(size: int) -> HostileLog:
    return lines([filled(b" ", 64 * size), filled(b"\n", 64 * size)], 0)


PLAIN = (
    a_file_of_one_line_of_text,
    a_file_of_one_line_of_events,
    strings_without_an_end,
    nesting,
    many_names,
    numbers,
    nul_bytes,
    names_that_mean_something_elsewhere,
    surrogates,
    long_ids,
)
PACKED = (an_archive_of_one_line, an_archive_of_blanks)
HOSTILE_LOGS: tuple[Callable[[int], HostileLog], ...] = (*PLAIN, *PACKED)


def write_hostile(make: Callable[[int], HostileLog], size: int, path: Path) -> HostileLog:
    """Write a log; what must become of it."""
    log = make(size)
    with gzip.open(path, "wb", compresslevel=1) if make in PACKED else path.open("wb") as file:
        for part in log.parts:
            file.write(part)
    return log
