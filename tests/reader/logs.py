"""Random logs as Hypothesis strategies: events in every format, and all that can go wrong in a log."""

import json
from base64 import b64encode

from hypothesis import strategies as st

from sflydwh.reader.pieces import Limits
from tests.reader.reading import BOM, PACKED

EVENT = b'{"type":"SITE_VISIT","customer_id":"c","event_time":"2017-01-06"}'

_NAMES = (
    b'"type"', b'"verb"', b'"key"', b'"customer_id"', b'"event_time"', b'"total_amount"',
    b'"note"', b'"tags"', b'""', b'"k\\u0065y"', b'"\\u0074ype"', b'"Type"', b'"__proto__"', b'"\xc3\xa9"',
)  # fmt: skip
_STRINGS = (
    b'""', b'"ORDER"', b'"a b"', b'"c1"', b'"12.10 USD"', b'"2017-01-06T12:46:46.384Z"', b'" "', b'"NaN"', b'"-Infinity"',
    b'"{[,]}"', b'"}"', b'"{"', b'"\\""', b'"\\\\"', b'"\\\\\\""', b'"\\/\\b\\f\\n\\r\\t"', b'"\\u0041\\u0000"',
    b'"\\ud83d\\ude00"', b'"\\\\ud800"', '"é€\U0001f600\u2028"'.encode(), b'"\x7f"',
)  # fmt: skip
_OTHER_SCALARS = (b"0", b"-0", b"7", b"-12", b"12.10", b"1e400", b"-1.5E-3", b"9" * 40, b"true", b"false", b"null")
_NOT_VALUES = (
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b'"\xc3"', b'"\\x"', b'"\\u00g0"', b'"\x00"', b'"\t"',
    b'"a\nb"', b'"a\rb"', b'"a\\\nb"', b'"', b'"\\"', b"NaN", b"-Infinity", b"Inf", b"nan", b"01", b"1.", b".5", b"+1",
    b"-", b"1e", b"True", b"'a'", b"", b"{", b"}", b"[", b"]", b"{]", b"[}", b"[1,]", b'{"a":1,}', b"{,}", b"\x00",
)  # fmt: skip
_BLANKS = (b"", b"", b"", b" ", b"\t", b"  ")
_BREAKS = (b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n", b" \n ", b",\n", b"\n,", b",\r\n", b"],\n[")
_BETWEEN = (*_BREAKS, b"", b" ", b",", b", ", b",,", b"][", b" [ ] ")
_GARBAGE = (
    b"x", b"garbage \xff", b'"', b"\\", b"{", b"}", b"}}", b"{{", b"{}", b"[]", b":", b"\x00\x00", BOM, b"\xff\xfe", b"null",
    b"42", b"# {comment}", b"{'type': u'A'}", "{“type”: “A”}".encode(), b'{"type":', b'"A"}', b"\x0b", b"\xe2\x80\xa8", b"\xc2\xa0",
)  # fmt: skip


def _joined(parts: list[bytes]) -> bytes:
    return b"".join(parts)


def _nested(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    lists = st.lists(values, max_size=3).map(lambda found: b"[" + b", ".join(found) + b"]")
    return lists | _objects(values, 3)


def _objects(values: st.SearchStrategy[bytes], most: int) -> st.SearchStrategy[bytes]:
    blank = st.sampled_from(_BLANKS)
    member = st.tuples(blank, st.sampled_from(_NAMES), blank, st.just(b":"), blank, values, blank)
    members = st.lists(member.map(b"".join), max_size=most)
    return members.map(lambda found: b"{" + b",".join(found) + b"}")


_depths = st.integers(1, 600)
_deep = _depths.map(lambda depth: b"[" * depth + b"]" * depth) | _depths.map(
    lambda depth: b'{"a":' * depth + b"{}" + b"}" * depth
)
_scalars = st.sampled_from(_STRINGS + _OTHER_SCALARS)
_values = st.recursive(_scalars, _nested, max_leaves=4)
_damaged_values = st.recursive(_scalars | st.sampled_from(_NOT_VALUES) | _deep, _nested, max_leaves=4)


@st.composite
def typical_events(draw: st.DrawFn) -> bytes:
    """An event that the fast path takes, most of the time."""
    names = draw(st.lists(st.sampled_from(_NAMES[1:8]), max_size=4, unique=True))
    members = [b'"type": "ORDER"'] + [name + b": " + draw(_values) for name in names]
    return b"{" + b", ".join(draw(st.permutations(members))) + b"}"


def events() -> st.SearchStrategy[bytes]:
    """One object without a raw line break: good, or valid JSON that is no event."""
    return st.just(EVENT) | typical_events() | _objects(_values, 5)


@st.composite
def cut_events(draw: st.DrawFn) -> bytes:
    """An event with some of its bytes gone, and others in their place."""
    event = draw(events())
    begin, end = sorted(draw(st.tuples(*[st.integers(0, len(event))] * 2)))
    return event[:begin] + draw(st.sampled_from((b"", *_GARBAGE))) + event[end:]


def damage() -> st.SearchStrategy[bytes]:
    """What stands in a log in the place of an event."""
    return st.sampled_from(_GARBAGE) | cut_events() | _objects(_damaged_values, 5) | st.binary(max_size=5)


@st.composite
def laid_out(draw: st.DrawFn) -> bytes:
    """Events, and perhaps some damage, in one of the formats."""
    entries = draw(st.lists(st.one_of(events(), events(), events(), damage()), min_size=1, max_size=8))
    opening, between, closing = draw(
        st.sampled_from([
            (b"", b"\n", b"\n"), (b"", b"\r\n", b""), (b"", b"\r", b"\r"), (b"[", b",\n", b"]\n"), (b"[\n", b",\n\n", b"\n]"),
            (b"[", b", ", b"]\n"), (b"", b"", b""), (b'{"events": [', b",\n", b"]}"), (b'{"events": [', b",", b"]}"),
        ])
    )  # fmt: skip
    if draw(st.booleans()):
        entries = [entry.replace(b", ", b",\n    ").replace(b"{", b"{\n") for entry in entries]
    return opening + between.join(entries) + closing


@st.composite
def mixed(draw: st.DrawFn) -> bytes:
    """Good and bad pieces in a row, with anything between them."""
    entries = draw(st.lists(events() | damage() | st.sampled_from(_GARBAGE), max_size=10))
    between = st.sampled_from(_BREAKS if draw(st.booleans()) else _BETWEEN)
    return _joined([part for entry in entries for part in (entry, draw(between))])


def logs() -> st.SearchStrategy[bytes]:
    """The bytes of one file, none of them a reject that is fed in again."""
    parts = st.lists(laid_out() | mixed(), min_size=1, max_size=2).map(_joined)
    whole = st.tuples(st.sampled_from((b"", b"", BOM)), parts).map(b"".join)
    return whole.filter(lambda log: not log.startswith(PACKED))


@st.composite
def rejects(draw: st.DrawFn) -> bytes:
    """A line of a rejects file, mended or not, or mended so badly that it is none."""
    raw = draw(st.one_of(events(), damage(), laid_out(), mixed(), st.just(b" \r\n")))
    line = {"reason": "malformed_json", "source_file": "a.dat", "offset": draw(st.integers(0, 99))}
    try:
        line["raw"] = raw.decode()
    except UnicodeDecodeError:
        line["raw_base64"] = b64encode(raw).decode()
    return json.dumps(line, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def logs_with_rejects(draw: st.DrawFn) -> bytes:
    """A log in line form with lines of a rejects file in it."""
    lines = draw(st.lists(rejects() | rejects() | events() | cut_events(), min_size=1, max_size=5))
    lines.insert(draw(st.integers(0, len(lines))), EVENT)
    return _joined([part for line in lines for part in (line, draw(st.sampled_from(_BREAKS)))])


def limits() -> st.SearchStrategy[Limits]:
    """Blocks and largest events of any size; a byte order mark fits in a block."""
    sizes = st.integers(0, 80) | st.integers(80, 2_000) | st.just(1 << 24)
    blocks = st.integers(3, 100) | st.integers(100, 2_000) | st.just(1 << 22)
    return st.builds(lambda event, kept, block: Limits(event, min(kept, event), block), sizes, sizes, blocks)
