"""The archive that makes Spark start faster."""

from pathlib import Path

import pytest

from sflydwh.commands import quick_spark


def test_where_there_is_no_spark_no_archive_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_spark, "HOME", tmp_path)
    monkeypatch.setattr(quick_spark, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError):
        quick_spark.make_archive()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
def test_an_archive_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_spark, "HOME", tmp_path)
    monkeypatch.setattr(quick_spark, "EMPTY_CONF_DIR", tmp_path / "conf")
    monkeypatch.setattr(quick_spark, "ARCHIVE", tmp_path / "classes.jsa")
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
    quick_spark.make_archive()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classes.jsa", "conf"]
    assert (tmp_path / "classes.jsa").stat().st_size > 50 << 20
