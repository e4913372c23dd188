"""Blank and trimmed texts, as Python's own strings have it."""

from sflydwh.engine.engine import Engine
from sflydwh.events.texts import is_filled, trimmed
from tests.events import results, texts

SURROGATES = range(0xD800, 0xE000)
CHARACTERS = [chr(code) for code in range(0x10000) if code not in SURROGATES]


def test_a_text_is_filled_if_any_character_is_no_white_space(engine: Engine) -> None:
    frame = texts(engine.session, CHARACTERS)
    assert results(frame, filled=is_filled(frame.text)) == {text: not text.isspace() for text in CHARACTERS}


def test_longer_texts_and_null(engine: Engine) -> None:
    expected = {None: False, "": False, " \t\n": False, "\u2003\u00a0": False, "\n a": True, "a\n": True, "0": True}
    frame = texts(engine.session, list(expected))
    assert results(frame, filled=is_filled(frame.text)) == expected


def test_only_the_four_blanks_of_json_are_trimmed(engine: Engine) -> None:
    values = [f"{character}a{character}" for character in CHARACTERS]
    frame = texts(engine.session, values)
    assert results(frame, trimmed=trimmed(frame.text)) == {text: text.strip(" \t\r\n") for text in values}


def test_blanks_inside_a_text_stay_and_null_stays_null(engine: Engine) -> None:
    expected = {None: None, "": "", " \r\n\t ": "", "\t a \n b\r ": "a \n b"}
    frame = texts(engine.session, list(expected))
    assert results(frame, trimmed=trimmed(frame.text)) == expected
