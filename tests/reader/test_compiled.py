"""Machine code is kept for the state of the source that it was made from, or not at all."""

import sys
import zipfile
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from sflydwh.reader import compiled


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of source of its own, and a cache of the user's."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    monkeypatch.setattr(compiled, "_SOURCE", folder)
    (tmp_path / "model.py").write_text("ORDER = 4")
    monkeypatch.setattr(compiled, "_MODEL", tmp_path / "model.py")
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


def test_each_state_of_the_model_has_a_cache_of_its_own(source: Path, tmp_path: Path) -> None:
    first = cache()
    (tmp_path / "model.py").write_text("ORDER = 6")
    assert Path(str(first)).parent == source / "__pycache__"
    assert cache() != first


def test_where_the_source_cannot_be_written_the_users_cache_is_used(source: Path, tmp_path: Path) -> None:
    (source / "__pycache__").write_text("no folder")
    assert Path(str(cache())).parent == tmp_path / "cache" / "sflydwh"


def test_without_a_home_nothing_is_kept(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "__pycache__").write_text("no folder")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert cache() is None
    assert not (tmp_path / "~").exists()


def test_where_nothing_can_be_written_nothing_is_kept(source: Path, tmp_path: Path) -> None:
    (source / "__pycache__").write_text("no folder")
    (tmp_path / "cache").write_text("no folder")
    assert cache() is None
    assert compiled.compiled(lambda number: number + 1)(1) == 2


def test_code_from_an_archive_is_kept_wherever_the_archive_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    hits = []
    for place in ("one.zip", "two.zip"):
        with zipfile.ZipFile(tmp_path / place, "w") as archive:
            archive.writestr("archived.py", "LIMIT = 3\ndef add(number):\n    return number + LIMIT\n")
        monkeypatch.setattr(compiled, "_SOURCE", zipfile.Path(tmp_path / place))
        monkeypatch.syspath_prepend(tmp_path / place)
        monkeypatch.delitem(sys.modules, "archived", raising=False)
        invalidate_caches()
        compiled._cache.cache_clear()
        add: Any = compiled.compiled(import_module("archived").add)
        assert add(1) == 4
        hits.append(sum(add.stats.cache_hits.values()))
    compiled._cache.cache_clear()
    assert hits == [0, 1]
    [kept] = (tmp_path / "cache" / "sflydwh").iterdir()
    assert (kept / "archived.py").read_text().startswith("LIMIT")
