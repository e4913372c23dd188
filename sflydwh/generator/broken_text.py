r"""Dirt that breaks an event's JSON text.

Each function takes the text of a clean event and a number that chooses a variant, and returns the replacement:
text without a line break. A byte that is not UTF-8 is written as Python's escaped surrogate, `\udc80` to `\udcff`.
"""

# Removed, with the comma after it, after the log is laid out. No encoding accepts it, so it cannot be left in.
NO_COMMA = "\udc00"

_TRAILING_TEXTS = (" trailing text", " // checked", " }", ' {"type"', ";")
_NOT_OBJECTS = ("42", '"text"', "null", "true", '["ORDER", "NEW"]', "# a comment", "-- 8< --")
_NOT_NUMBERS = ("NaN", "Infinity", "-Infinity", "nan", "01", "1.", "0x1F")
_CONTROL_CHARACTERS = ("\x01", "\t", "\x0b", "\x0c", "\x1b", "\x1f")
_INVALID_UTF8 = (b"\xff", b"M\xfcller", b"\xc3(", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80")
_LONE_SURROGATES = (r"\ud83d", r"\udc4d", r"\ud83d\ud83d", r"x\ud83dx")
_UNICODE_LINE_BREAKS = ("\u2028", "\u2029", "\u0085")


def with_field(event: str, name: str, json_text: str) -> str:
    """Add a field to an event, whether or not it has one of that name."""
    return f'{event[:-1]}, "{name}": {json_text}}}'


def truncated(event: str, pick: int) -> str:
    """Cut an event short anywhere."""
    return event[: 1 + pick % (len(event) - 2)]


def missing_closing_brace(event: str, _pick: int) -> str:
    """Drop the last brace."""
    return event[:-1]


def missing_opening_brace(event: str, _pick: int) -> str:
    """Drop the first brace."""
    return event[1:]


def unquoted_key(event: str, _pick: int) -> str:
    """Write a key as JavaScript allows it."""
    return event.replace('"type"', "type", 1)


def single_quotes(event: str, _pick: int) -> str:
    """Quote as Python's repr does."""
    return event.replace('"', "'")


def curly_quotes(event: str, _pick: int) -> str:
    """Quote as a word processor does."""
    return event.replace('{"', "{“").replace('": "', "”: “").replace('", "', "”, “")


def not_a_number(event: str, pick: int) -> str:
    """Add a number that JSON does not know."""
    return with_field(event, "score", _NOT_NUMBERS[pick % len(_NOT_NUMBERS)])


def missing_inner_comma(event: str, _pick: int) -> str:
    """Drop the comma after the first field."""
    return event.replace(', "', ' "', 1)


def extra_inner_comma(event: str, pick: int) -> str:
    """Double a comma, or put one after the last field."""
    return event.replace(", ", ",, ", 1) if pick % 2 else f"{event[:-1]},}}"


def missing_outer_comma(event: str, _pick: int) -> str:
    """Drop the comma between this event and the next; valid where a line holds an event."""
    return f"{event}{NO_COMMA}"


def extra_outer_comma(event: str, pick: int) -> str:
    """Add an extra comma around an event; valid, as punctuation between pieces."""
    return f",{event}" if pick % 2 else f"{event},"


def text_after_object(event: str, pick: int) -> str:
    """Add text after the closing brace."""
    return event + _TRAILING_TEXTS[pick % len(_TRAILING_TEXTS)]


def objects_on_one_line(event: str, pick: int) -> str:
    """Put two or three events on one line; valid, each a piece of its own."""
    other = event.replace('"NEW"', '"UPDATE"', 1)
    between = (" ", ", ", "")[pick % 3]
    return between.join([event, other, event][: 2 + pick // 3 % 2])


def not_an_object(_event: str, pick: int) -> str:
    """Replace the event by something that is not an object."""
    return _NOT_OBJECTS[pick % len(_NOT_OBJECTS)]


def duplicate_field(event: str, pick: int) -> str:
    """Give a field twice, once hiding the fact behind an escape."""
    name, value = (("type", "ORDER"), ("event_time", "2017-01-06"), ("key", "0"), (r"t\u0079pe", "ORDER"))[pick % 4]
    return with_field(event, name, f'"{value}"')


def invalid_utf8(event: str, pick: int) -> str:
    """Add a string of bytes that are not UTF-8."""
    raw = _INVALID_UTF8[pick % len(_INVALID_UTF8)]
    return with_field(event, "note", f'"{raw.decode("utf-8", "surrogateescape")}"')


def control_character(event: str, pick: int) -> str:
    """Put a raw control character into a string."""
    return with_field(event, "note", f'"a{_CONTROL_CHARACTERS[pick % len(_CONTROL_CHARACTERS)]}b"')


def nul_character(event: str, pick: int) -> str:
    """Put NULs into the event or after it, as a crashed disk leaves them."""
    return f"{event}\0\0\0" if pick % 2 else event.replace(" ", "\0", 1)


def lone_surrogate(event: str, pick: int) -> str:
    """Add an escape that names half a character."""
    return with_field(event, "note", f'"{_LONE_SURROGATES[pick % len(_LONE_SURROGATES)]}"')


def unicode_line_break(event: str, pick: int) -> str:
    """Add a character that some readers, but not JSON, take for the end of a line; valid."""
    return with_field(event, "note", f'"a{_UNICODE_LINE_BREAKS[pick % 3]}b"')
