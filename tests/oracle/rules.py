"""Judges one piece's fields: an event, or the first reason why it is none."""

import re
import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .pieces import Fields, Number, Value

KNOWN_TYPES = ("CUSTOMER", "SITE_VISIT", "IMAGE", "ORDER")
ASCII_BLANKS = " \t\n\r"


@dataclass(frozen=True)
class Event:
    """An accepted event; `event_time` is UTC without a zone, `amount` is there for ORDER only."""

    customer_id: str
    event_time: datetime
    event_type: str
    verb: str | None
    key: str | None
    amount: Decimal | None


def judge(fields: Fields) -> Event | str:
    """The event, or the reason for rejecting it (the first that holds, in the order of docs/rules.md)."""
    event_type = fields.get("type")
    if not isinstance(event_type, str) or not event_type.strip():
        return "missing_event_type"
    # Event types that are not in the table have their customer in `customer_id`.
    customer_id = identifier(fields.get("key" if event_type == "CUSTOMER" else "customer_id"))
    if customer_id is None:
        return "missing_customer_id"
    event_time = instant(fields.get("event_time"))
    if event_time is None:
        return "invalid_event_time"
    amount = dollars(fields.get("total_amount")) if event_type == "ORDER" else None
    if isinstance(amount, str):
        return amount
    verb = fields.get("verb")
    return Event(
        customer_id=customer_id,
        event_time=event_time,
        event_type=event_type,
        verb=verb if isinstance(verb, str) else None,
        key=identifier(fields.get("key")),
        amount=amount,
    )


def identifier(value: Value) -> str | None:
    """A string as it is, untrimmed, or an integer's text; None for everything else.

    `1.0` and `1e3` are no integers: they are another JSON type. `-0` is `0`.
    """
    if isinstance(value, Number):
        if re.fullmatch(r"-?[0-9]+", value.text) is None:
            return None
        return "0" if value.text == "-0" else value.text
    if value is None or not value.strip():
        return None
    return value


DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
# Hour, minute, second and fraction of each form of a clock, by the names of the groups.
CLOCKS = [
    re.compile(r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2})"),
    re.compile(r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2}):(?P<s>[0-9]{1,2})(\.(?P<f>[0-9]{1,9}))?"),
    re.compile(r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2})\.(?P<s>[0-9]{2})\.(?P<f>[0-9]{1,9})"),
    re.compile(r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2})\.(?P<f>[0-9]{3})"),
]
OFFSET = re.compile(r"[ \t\n\r]?(?:Z|z|UTC|(?P<sign>[+-])(?P<h>[0-9]{2})(?::?(?P<m>[0-9]{2}))?)")


def instant(value: Value) -> datetime | None:
    """The instant in UTC, cut to microseconds; None if it is no valid time.

    Readings of rule 3:
      * an offset needs a clock before it: `2017-01-01Z` is invalid;
      * one blank of JSON may stand before it, also before `Z`;
      * offsets go from -23:59 to +23:59, `-00:00` included, minutes 0 to 59;
      * the years 1 to 9999 are those of the instant in UTC, so `0000-12-31T23:30-01:00` is
        valid (year 1) and `9999-12-31T23:30-01:00` is not (year 10000).
    """
    if not isinstance(value, str):
        return None
    text = value.strip(ASCII_BLANKS)
    date = DATE.match(text)
    if date is None:
        return None
    year, month, day = (int(part) for part in date.groups())
    rest = text[date.end() :]
    if not rest:
        return utc_of(year, month, day, 0, timedelta(0))
    if rest[0] not in "Tt :":
        return None
    for clock in CLOCKS:
        for end in range(len(rest), 1, -1):
            found = clock.fullmatch(rest, 1, end)
            ahead = offset_of(rest[end:])
            if found and ahead is not None:
                parts = found.groupdict()
                hour, minute, second = (int(parts.get(name) or 0) for name in "hms")
                if hour > 23 or minute > 59 or second > 59:
                    return None
                micros = int(((parts.get("f") or "") + "000000")[:6])
                return utc_of(year, month, day, ((hour * 60 + minute) * 60 + second) * 10**6 + micros, ahead)
    return None


def offset_of(text: str) -> timedelta | None:
    """How far a clock with this offset is ahead of UTC."""
    if not text:
        return timedelta(0)
    match = OFFSET.fullmatch(text)
    if match is None or int(match["h"] or 0) > 23 or int(match["m"] or 0) > 59:
        return None
    ahead = timedelta(hours=int(match["h"] or 0), minutes=int(match["m"] or 0))
    return -ahead if match["sign"] == "-" else ahead


def utc_of(year: int, month: int, day: int, micros: int, ahead: timedelta) -> datetime | None:
    try:
        # datetime has no year 0; the year 400 has the same calendar (the cycle is 400 years).
        utc = datetime(year or 400, month, day) + timedelta(microseconds=micros) - ahead
    except (ValueError, OverflowError):  # no such day, or outside of the years 1 to 9999
        return None
    if year == 0:
        return utc.replace(year=1) if utc.year == 401 else None
    return utc


# U+20C0 SOM SIGN is named because Python 3.10's table of characters is older than it.
SYMBOLS = "".join(
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) == "Sc" or character == "\u20c0"
)
OTHER_SYMBOLS = SYMBOLS.replace("$", "")

AMOUNT = re.compile(
    rf"""
    (?: (?P<code_before> [A-Za-z]{{3}} )                     [\ \t\n\r]*
      | (?P<outer_minus> -? ) (?P<symbol_before> [{SYMBOLS}] ) [\ \t\n\r]* )?
    (?P<inner_minus> -? )
    (?P<whole> [0-9]{{1,14}} | [0-9]{{1,3}} (?: ,[0-9]{{3}} )+ ) (?P<fraction> \.[0-9]{{1,4}} )?
    (?: [\ \t\n\r]* (?P<after> [A-Za-z]{{3}} | [{OTHER_SYMBOLS}] ) )?
    """,
    re.VERBOSE,
)


def dollars(value: Value) -> Decimal | str:
    """The exact amount in US dollars, or `unsupported_currency` or `invalid_amount`.

    Readings of rule 4:
      * `$5 USD` and `USD 5 USD` are valid: what may stand before and what may stand after are
        independent; `USD $5` and `US$5` are invalid: `USD` *or* `$` may stand before;
      * `5 $` is invalid: only `USD` may stand after. It is not another currency either;
      * `-5`, `USD -5`, `USD-5`, `$-5`, `$ -5`, `-$5` and `-$ 5` are valid; `-USD 5` is invalid
        (the minus is before neither the number nor the `$`), `- 5` and `- $5` (the minus must
        touch what it is before), `-$-5` and `--5` (one minus), `5-` and `(5)`;
      * blanks are space, tab, LF, CR; a no-break space is invalid;
      * `1,234` needs whole groups, and grouped numbers too have at most 14 digits before the
        point, leading zeros counted: that is what decimal(18,4) holds. `000` and `0,001` pass;
      * `5.`, `5 .0` and a number of full-width digits are invalid.
    Another currency: any three ASCII letters but usd, or a currency symbol (category Sc) but `$`,
    in the place of `USD` or `$` in a text that would be valid; and, other than `$`, such a symbol
    after the number too. So unsupported: `EUR 5`, `5eur`, `-€5`, `€-5`, `5 €`, and where only
    one of the two is another currency: `$5 CAD`, `€5 USD`, `USD 5 €`. Invalid: `-EUR 5` (as
    `-USD 5`), `€5 $`, `5.00001 EUR` (no such number), `EUR` alone, `C$5`, `kr. 5`, `5 euro`.
    """
    if isinstance(value, Number):
        value = value.text  # judged as a string with this text: `1e3` and `1.00000` are invalid
    match = AMOUNT.fullmatch(value.strip(ASCII_BLANKS)) if value is not None else None
    if match is None:
        return "invalid_amount"
    whole = match["whole"].replace(",", "")
    if len(whole) > 14 or (match["outer_minus"] and match["inner_minus"]):
        return "invalid_amount"
    for currency in (match["code_before"], match["symbol_before"], match["after"]):
        # ASCII letters only, so upper() knows no surprises such as the long s.
        if currency is not None and currency.upper() not in ("USD", "$"):
            return "unsupported_currency"
    minus = "-" if match["outer_minus"] or match["inner_minus"] else ""
    return Decimal(minus + whole + (match["fraction"] or ""))
