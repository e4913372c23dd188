"""A file system that fails in the middle: the reader fails too, and never guesses.

`tests.torture.faulty_reads` does the same for every form that a log can have.
"""

import os
from pathlib import Path

import pytest

from sflydwh.errors import InputError
from sflydwh.inputs.find import find_inputs
from sflydwh.reader.batches import Where
from sflydwh.reader.form import form_of_source
from sflydwh.reader.rows import rows
from sflydwh.reader.source import open_source
from tests.reader.reading import SFLY
from tests.torture.faulty_reads import FAULTS, FORMS, LINES, READING, outcomes, read_all


@pytest.mark.parametrize("form", ["lines", "long lines", "stream", "gzip", "xz", "utf-16"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_in_any_read_is_an_error_or_changes_nothing(form: str, kind: str, tmp_path: Path) -> None:
    found = outcomes(form, kind, tmp_path / "log")
    assert found["error"] > 1
    assert set(found) <= {"error", "no effect"}
    assert found["no effect"] == 0 or kind in ("short", "end")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [b"more", None])
def test_a_file_that_changes_size_after_its_last_read_is_an_error(
    form: str, change: bytes | None, tmp_path: Path
) -> None:
    path, content = tmp_path / "log", FORMS[form]
    path.write_bytes(content)
    with pytest.raises(InputError, match="changed while it was read"), open_source(str(path), len(content)) as source:
        list(rows(source, form_of_source(source, SFLY), (0, source.end), Where("", 0, 0), READING))
        path.write_bytes(content + change if change else content[:-1])


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_written_again_in_its_size_is_an_error(form: str, tmp_path: Path) -> None:
    path, content = tmp_path / "log", FORMS[form]
    path.write_bytes(content)
    [file] = find_inputs([str(path)])
    with pytest.raises(InputError, match="written again, in the same size"), open_source(*file[:3]) as source:
        list(rows(source, form_of_source(source, SFLY), (0, source.end), Where("", 0, 0), READING))
        path.write_bytes(content)
        os.utime(path, ns=(0, (file.modified or 0) + 1))
    with pytest.raises(InputError, match="written again, in the same size"), open_source(*file[:3]) as source:
        list(rows(source, form_of_source(source, SFLY), (0, source.end), Where("", 0, 0), READING))


def test_a_file_that_is_as_it_was_planned_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINES)
    os.utime(path, ns=(1, 1_795_387_013_465_109_597))
    [file] = find_inputs([str(path)])
    assert file.modified == 1_795_387_013_465_109_597
    with open_source(*file[:3]) as source:
        assert source.read(0, len(LINES)) == LINES


def test_a_file_of_another_size_than_planned_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINES)
    with pytest.raises(InputError, match=f"{len(LINES) - 1} bytes before, {len(LINES)} now"):
        read_all(path, len(LINES) - 1)
