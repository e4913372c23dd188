"""A file system that fails in the middle: the reader fails too, and never guesses."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sflydwh.errors import InputError
from sflydwh.reader import source as source_module
from sflydwh.reader.form import form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import Reading, rows
from sflydwh.reader.source import open_source

EVENT = b'{"type":"ORDER","key":"k%d","customer_id":"c","event_time":"2017-01-06","total_amount":"5"}\n'
LINES = b"".join(EVENT % number for number in range(200))
STREAM = b"[" + LINES.replace(b"\n", b",").rstrip(b",") + b"]"
FORMS = {"lines": LINES, "stream": STREAM, "gzip": gzip.compress(LINES)}
LIMITS = Limits(block_bytes=2048)
MOST_READS = 60


class FaultyFile:
    """A file whose nth read goes wrong in one way."""

    def __init__(self, file: Any, fault: str, nth: int) -> None:
        self._file = file
        self._fault = fault
        self._left = nth

    def _spoiled(self, data: bytes) -> bytes:
        self._left -= 1
        if self._left:
            return data
        if self._fault == "error":
            raise OSError(5, "Input/output error")
        return data[: len(data) // 2]

    def read_at(self, length: int, offset: int) -> bytes:
        return self._spoiled(self._file.read_at(length, offset))

    def read(self, length: int) -> bytes:
        return self._spoiled(self._file.read(length))

    def size(self) -> int:
        return self._file.size()

    def seek(self, offset: int) -> None:
        self._file.seek(offset)

    def close(self) -> None:
        self._file.close()


def read_all(path: Path, size: int) -> list[tuple[int, str | None]]:
    with open_source(str(path), size) as source:
        batches = list(rows(source, form_of_source(source), 0, source.end, Reading(LIMITS)))
    return [(row["offset"], row["reason"]) for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    opened = source_module._open

    def install(fault: str, nth: int) -> None:
        monkeypatch.setattr(source_module, "_open", lambda path: FaultyFile(opened(path), fault, nth))

    return install


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", ["error", "short"])
def test_a_fault_in_any_read_is_an_error_or_changes_nothing(
    form: str, fault: str, tmp_path: Path, faulty: Callable[[str, int], None]
) -> None:
    path = tmp_path / "log"
    path.write_bytes(FORMS[form])
    whole = read_all(path, len(FORMS[form]))
    assert len(whole) == 200
    failures = 0
    for nth in range(1, MOST_READS):
        faulty(fault, nth)
        try:
            assert read_all(path, len(FORMS[form])) == whole
        except InputError as error:
            failures += 1
            assert str(path) in str(error)
            assert "\n" not in str(error)
    assert failures


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [b"more", None])
def test_a_file_that_changes_size_while_it_is_read_is_an_error(form: str, change: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(FORMS[form])
    with (
        pytest.raises(InputError, match="changed while it was read"),
        open_source(str(path), len(FORMS[form])) as source,
    ):
        list(rows(source, form_of_source(source), 0, source.end, Reading(LIMITS)))
        path.write_bytes(FORMS[form] + change if change else FORMS[form][:-1])


def test_a_file_of_another_size_than_planned_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINES)
    with pytest.raises(InputError, match=f"{len(LINES) - 1} bytes before, {len(LINES)} now"):
        read_all(path, len(LINES) - 1)
