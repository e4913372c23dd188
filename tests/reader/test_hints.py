"""What is said of a log whose every piece was rejected."""

import gzip

import pytest

from sflydwh.formats.named import format_of
from sflydwh.reader.hints import hint

SEGMENT = '{"type": "page", "userId": "a", "timestamp": "2024-01-01T00:00:00Z"}\n'
EVENT = '{"type": "IMAGE", "customer_id": "a", "event_time": "2017-01-06", "camera": "Zürich"}\n' * 3
PYTHON = "{'type': 'IMAGE', 'a': None}\n"


@pytest.mark.parametrize(
    ("head", "format_name", "said"),
    [
        (SEGMENT.encode(), "sfly", "it looks like segment: try --format segment"),
        (EVENT.encode(), "segment", "it looks like sfly: try --format sfly"),
        (SEGMENT.encode(), "segment", None),
        (gzip.compress(SEGMENT.encode(), mtime=0), "sfly", "it is a gzip inside a gzip: unpack it once with gunzip"),
        (EVENT.encode("utf-16-le"), "sfly", "it looks like UTF-16: convert it with iconv -f UTF-16LE -t UTF-8"),
        (EVENT.encode("utf-16-be"), "sfly", "it looks like UTF-16: convert it with iconv -f UTF-16BE -t UTF-8"),
        (
            EVENT.encode("latin-1"),
            "sfly",
            "it is not UTF-8, perhaps Latin-1: convert it with iconv -f LATIN1 -t UTF-8",
        ),
        (
            b'{"data": [{"a": 1}, {"a": 2',
            "sfly",
            "it is one object that wraps a list: take its elements with jq -c '.data[]'",
        ),
        (b'{"orders": [{"a": 1}]}', "shopify", None),
        (b"a,b\n1,2\n", "shopify-csv", None),
        (b'{"a": "\xc3', "sfly", None),
        (b'{"items": [{"a": 1}]}\n{"items": [{"a": 2}]}\n', "sfly", None),
        (b"one line, with a comma\n", "sfly", None),
        (b"Dear all, hello\nbye\n", "sfly", None),
        (b"", "sfly", None),
        (b"\0" * 9, "sfly", None),
    ],
)
def test_what_is_known_is_said(head: bytes, format_name: str, said: str | None) -> None:
    assert hint(head, format_of(format_name)) == said


def test_python_literals_are_told_with_a_command() -> None:
    said = hint(PYTHON.encode() * 2, format_of("sfly"))
    assert said is not None and said.startswith("it holds Python literals, not JSON: convert it with python -c")


def test_a_list_of_python_literals_is_told_too() -> None:
    said = hint(f"[{PYTHON},\n{PYTHON}]".encode(), format_of("sfly"))
    assert said is not None and said.endswith("print(json.dumps(ast.literal_eval(sys.stdin.read())))'")


def test_a_log_in_another_currency_fits_all_the_same() -> None:
    order = b'{"id":1,"created_at":"2024-01-05T00:00:00Z","currency":"EUR","total_price":"5","email":"a@x"}'
    assert hint(order, format_of("sfly")) == "it looks like shopify: try --format shopify"


@pytest.mark.parametrize(("delimiter", "name"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_csv_names_its_delimiter(delimiter: str, name: str) -> None:
    log = f'id{delimiter}total\n"a{delimiter}b"{delimiter}2\n'
    said = hint(log.encode(), format_of("sfly"))
    assert said is not None and said.startswith(f"it looks like CSV with {name}: ")
