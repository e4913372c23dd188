"""What a format makes of one record, read off its grammar (docs/formats.md) in the plainest Python.

It takes the TOML as `tomllib` has it and the record as `json` has it, with numbers as `Number`; it shares no code
with the product. Only what is said of one record is here: pieces and their bytes are those of `pieces`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from .pieces import Number
from .rules import KNOWN_TYPES, identifier, instant

BLANKS = " \t\r\n"
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}
MINOR_UNITS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"], 0
    )
}
MINOR_UNITS |= dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], 3)
LAST_MICROS = 253_402_300_800_000_000 - 1

# ("event", type, customer, time, verb, key, amount), ("ignored", name) or ("rejected", reason).
Outcome = tuple[Any, ...]


class Twice(Exception):
    """A name on the way of a path is given twice."""


def outcome(document: dict[str, Any], pairs: Any) -> Outcome:
    """What becomes of a record.

    Args:
        document: the format's TOML.
        pairs: the record: an object is a list of pairs in a `dict_pairs`.
    """
    top = document["format"]
    try:
        for path in all_paths(document):
            find(pairs, path)
    except Twice:
        return ("rejected", "duplicate_field")
    name = first(pairs, as_list(top.get("otherwise")))
    named = None if name is None else text_of(name)
    for event in document["event"]:
        if all(holds(find(pairs, path), wanted) for path, wanted in conditions(event.get("when", {}))):
            if event["type"] == "ignore":
                return ("ignored", named or "")
            return made(top, event, pairs)
    if named is None:
        return ("rejected", "missing_event_type")
    return made(top, {"type": f"other:{named}" if named in KNOWN_TYPES else named}, pairs)


def made(top: dict[str, Any], event: dict[str, Any], pairs: Any) -> Outcome:
    def asked(name: str) -> Any:
        return event.get(name, top.get(name))

    customer = read_id(pairs, as_list(asked("customer")), as_list(top.get("absent")))
    if customer is None:
        return ("rejected", "missing_customer_id")
    time = read_time(pairs, asked("time"))
    if time is None:
        return ("rejected", "invalid_event_time")
    verb = event.get("verb", top.get("verb", "NEW"))
    key = read_id(pairs, as_list(asked("key")), as_list(top.get("absent")))
    amount = None
    if event["type"] == "ORDER":
        amount = read_amount(pairs, asked("amount"), top.get("accepted_currency", "USD"))
        if isinstance(amount, str):
            return ("rejected", amount)
    return ("event", event["type"], customer, time, verb, key, amount)


def all_paths(document: dict[str, Any]) -> Iterator[str]:
    for part in (document["format"], *document["event"]):
        yield from (path for path, _ in conditions(part.get("when", {})))
        for name in ("customer", "key", "otherwise"):
            yield from as_list(part.get(name))
        time, amount = part.get("time"), part.get("amount")
        yield from as_list(time.get("path") if isinstance(time, dict) else time)
        if isinstance(amount, dict):
            for name in ("path", "currency", "times", "less"):
                yield from as_list(amount.get(name))
        else:
            yield from as_list(amount)


def as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def conditions(when: dict[str, Any], before: str = "") -> Iterator[tuple[str, list[Any]]]:
    for name, wanted in when.items():
        if isinstance(wanted, dict):
            yield from conditions(wanted, f"{before}{name}.")
        else:
            yield before + name, as_list(wanted)


def find(value: Any, path: str) -> Any:
    """What a path leads to; a list where it goes through each object of a list."""
    for step in re.findall(r"(?:[^.\[]+|\[[^\]]*\])+", path):
        name, has_list, inner = step.partition("[")
        if not isinstance(value, Pairs):
            return None
        found = [each for key, each in value if key == name]
        if len(found) > 1:
            raise Twice
        value = found[0] if found else None
        if has_list and inner == "]":
            rest = path[path.index("[].") + 3 :]
            if not is_list(value):
                return None
            values = [find(each, rest) for each in value if isinstance(each, Pairs)]
            return [one for each in values for one in (each if "[]." in rest and is_list(each) else [each])]
        if has_list:
            key, wanted = inner[:-1].split("=")
            value = one_of(value, key, wanted)
    return value


def one_of(values: Any, key: str, wanted: str) -> Any:
    for each in values if is_list(values) else []:
        if isinstance(each, Pairs):
            keys = [value for name, value in each if name == key]
            if len(keys) > 1:
                raise Twice
            if keys and isinstance(keys[0], str) and keys[0] == wanted:
                return each
    return None


class Pairs(list[tuple[str, Any]]):
    """A JSON object: its pairs in order."""


def is_list(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Pairs)


def is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value.text if isinstance(value, Number) else value if isinstance(value, str) else None


def first(pairs: Any, paths: list[str], absent: Sequence[str] = ()) -> Any:
    for path in paths:
        value = find(pairs, path)
        if not is_nothing(value) and text_of(value) not in absent:
            return value
    return None


def lower(text: str) -> str:
    return "".join(chr(ord(each) + 32) if "A" <= each <= "Z" else each for each in text.strip(BLANKS))


def holds(value: Any, wanted: list[Any]) -> bool:
    if is_nothing(value):
        return "" in wanted
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in wanted]
    text = text_of(value)
    return "*" in texts or (text is not None and lower(text) in [lower(each) for each in texts if each])


def read_id(pairs: Any, paths: list[str], absent: list[str]) -> str | None:
    value = first(pairs, paths, absent)
    return identifier(value) if isinstance(value, str | Number) else None


def read_time(pairs: Any, time: Any) -> datetime | None:
    time = time if isinstance(time, dict) else {"path": time}
    value = first(pairs, as_list(time["path"]))
    unit = time.get("unit", "iso")
    text = text_of(value)
    if isinstance(value, bool) or text is None:
        return None
    if "pattern" in time:
        return by_pattern(text.strip(BLANKS), time["pattern"])
    if unit == "iso":
        return instant(value)
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]+)?", text.strip(BLANKS)):
        return None
    with localcontext() as context:
        context.prec = 5_000
        micros = int(Decimal(text.strip(BLANKS)) * {"s": 1_000_000, "ms": 1_000, "us": 1}[unit])
    return datetime(1970, 1, 1) + timedelta(microseconds=micros) if micros <= LAST_MICROS else None


def by_pattern(text: str, pattern: str) -> datetime | None:
    """Tried at each place: a directive of one or two digits takes two where it can."""
    parts: dict[str, str] = {}
    at = 0
    for token in re.findall("%.|[^%]", pattern):
        rest = text[at:]
        forms = {"%Y": "[0-9]{4}", "%y": "[0-9]{2}", "%b": "[A-Za-z]{3}", "%%": "%"}
        forms["%z"] = r"[ \t\r\n]?(?:[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)"
        form = forms.get(token, "[0-9]{1,2}" if token[0] == "%" else re.escape(token))
        found = re.match(form, rest)
        if found is None:
            return None
        parts[token] = found[0]
        at += len(found[0])
    if at != len(text):
        return None
    month = parts.get("%m") or str(MONTHS.index(parts["%b"].lower()) + 1 if parts["%b"].lower() in MONTHS else 0)
    year = parts.get("%Y") or ("19" if parts["%y"] >= "69" else "20") + parts["%y"]
    clock = ":".join(parts.get(name, "0") for name in ("%H", "%M", "%S"))
    return instant(f"{year}-{month}-{parts['%d']}T{clock}{parts.get('%z', '')}")


def read_amount(pairs: Any, amount: Any, ours: str) -> Decimal | str:
    amount = amount if isinstance(amount, dict) else {"path": amount}
    if "value" in amount:
        return Decimal(amount["value"])
    seen = first(pairs, as_list(amount.get("currency")))
    if seen is not None and lower(text_of(seen) or "") != lower(ours):
        return "unsupported_currency"
    rounds = amount.get("round")

    def number(value: Any) -> Decimal | str:
        return money(value, ours, amount.get("decimal") == ",", rounds is not None)

    found = number(first(pairs, as_list(amount["path"])))
    if isinstance(found, str):
        return found
    times = number(first(pairs, as_list(amount["times"]))) if "times" in amount else Decimal(1)
    less = first(pairs, as_list(amount.get("less")))
    # Only a path that says so goes through a list.
    adds_up = is_list(less) and any("[]" in path for path in as_list(amount["less"]))
    lesses = [number(each) for each in (less if adds_up else [less]) if not is_nothing(each)]
    if isinstance(times, str) or any(isinstance(each, str) for each in lesses):
        return "invalid_amount"
    with localcontext() as context:
        context.prec = 3_000
        result = found * times - abs(sum((each for each in lesses if not isinstance(each, str)), Decimal(0)))
        scale = amount.get("scale", 1)
        result /= 10 ** MINOR_UNITS.get(ours, 2) if scale == "stripe" else scale
        result = -abs(result) if amount.get("sign") == -1 else result
        if rounds is not None:
            result = result.quantize(Decimal(10) ** -rounds, ROUND_HALF_UP)
        exact = result.quantize(Decimal("0.0001")) == result
    return result if exact and abs(result) < 10**14 else "invalid_amount"


def money(value: Any, ours: str, has_comma: bool, has_exponents: bool) -> Decimal | str:
    """A number, perhaps with a currency before or after it, and one minus."""
    text = text_of(value) if isinstance(value, str | Number) else None
    if text is None:
        return "invalid_amount"
    text = text.strip(BLANKS)
    if has_comma and isinstance(value, str):
        text = text.translate(str.maketrans(".,", ",."))
    exponent = "(?:[eE][+-]?[0-9]{1,3})?" if has_exponents else ""
    digits = rf"(?P<number>(?:[0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+)(?:\.[0-9]+)?{exponent})"
    symbol = "[$€£¥₹]"
    before = (
        rf"(?:(?P<outer>-)(?P<signed>{symbol})[ \t\r\n]*|(?P<before>{symbol}|[A-Za-z]{{3}})?[ \t\r\n]*(?P<inner>-)?)"
    )
    found = re.fullmatch(rf"{before}{digits}[ \t\r\n]*(?P<after>[€£¥₹]|[A-Za-z]{{3}})?", text)
    if found is None:
        return "invalid_amount"
    marks = [found[name] for name in ("signed", "before", "after") if found[name]]
    if any(SYMBOLS.get(mark, mark.upper()) != ours for mark in marks):
        return "unsupported_currency"
    sign = "-" if found["outer"] or found["inner"] else ""
    return Decimal(sign + found["number"].replace(",", ""))
