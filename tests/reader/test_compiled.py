"""Machine code is kept for the state of the source that it was made from, or not at all."""

import shutil
from pathlib import Path

import pytest

from sflydwh.reader import compiled


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of source of its own, and a cache of the user's."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    monkeypatch.setattr(compiled, "_HERE", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def cache() -> str | None:
    compiled._cache.cache_clear()
    try:
        return compiled._cache()
    finally:
        compiled._cache.cache_clear()


def test_each_state_of_the_source_has_a_cache_of_its_own(source: Path) -> None:
    first = cache()
    (source / "b.py").write_text("2")
    second = cache()
    (source / "b.py").unlink()
    assert (Path(str(first)).parent, first == second, first == cache()) == (source / "__pycache__", False, True)


def test_where_the_source_cannot_be_written_the_users_cache_is_used(source: Path, tmp_path: Path) -> None:
    (source / "__pycache__").write_text("no folder")
    assert Path(str(cache())).parent == tmp_path / "cache" / "sflydwh"
    (tmp_path / "cache2").write_text("no folder")


def test_where_nothing_can_be_written_nothing_is_kept(source: Path, tmp_path: Path) -> None:
    (source / "__pycache__").write_text("no folder")
    (tmp_path / "cache").write_text("no folder")
    assert cache() is None
    assert compiled.compiled(lambda number: number + 1)(1) == 2


def test_source_in_an_archive_is_compiled_and_not_kept(source: Path) -> None:
    shutil.rmtree(source)
    assert cache() is None
