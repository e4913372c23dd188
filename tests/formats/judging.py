"""What the product and the oracle make of one record, in the same words."""

import json
import sys

from sflydwh.formats.grammar import parse
from sflydwh.formats.judgement import Accepted, Ignored, judge
from sflydwh.reader.strict import decoded
from tests.oracle.formats import Outcome, Pairs, outcome
from tests.oracle.pieces import Number

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]


def told(text: str, record: str, currency: str | None = None) -> Outcome:
    """What the product makes of a record, in the words of the oracle."""
    found_record = decoded(record.encode("utf-8"))
    assert found_record is not None
    found = judge(parse(text, "test.toml", currency), found_record)
    if isinstance(found, Ignored):
        return ("ignored", found.name)
    if not isinstance(found, Accepted):
        return ("rejected", found.reason)
    return ("event", found.type, found.customer_id, found.micros, found.verb, found.key, found.amount)


def expected(text: str, record: str, currency: str | None = None) -> Outcome:
    document = tomllib.loads(text)
    if currency:
        document["format"]["accepted_currency"] = currency
    number = lambda value: Number(value)  # noqa: E731
    pairs = json.loads(record, object_pairs_hook=Pairs, parse_float=number, parse_int=number)
    found = outcome(document, pairs)
    if found[0] != "event":
        return found
    kind, event_type, customer, time, verb, key, amount = found
    since = time - type(time)(1970, 1, 1)
    return (
        kind,
        event_type,
        customer,
        since.days * 86_400_000_000 + since.seconds * 10**6 + since.microseconds,
        verb,
        key,
        amount,
    )
