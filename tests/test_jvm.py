"""A JVM of our own starts with what makes it start fast, and the user has the last word."""

from pathlib import Path

import pytest

from sflydwh import jvm

CONF = Path(__file__).parents[1] / "conf"
SMALL, LARGE = 1 << 20, 1 << 40
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"


@pytest.fixture(autouse=True)
def _no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_SUBMIT_OPTS", raising=False)


@pytest.mark.parametrize(("size", "is_quick"), [(0, True), (SMALL, True), (LARGE, False), (None, False)])
def test_only_a_small_input_is_left_to_the_quick_compiler(size: int | None, is_quick: bool) -> None:
    assert (QUICK_COMPILER in jvm.options(size).split()) == is_quick


def test_an_archive_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "classes.jsa"
    monkeypatch.setattr(jvm, "_ARCHIVE", archive)
    assert "SharedArchiveFile" not in jvm.options(LARGE)
    archive.write_bytes(b"")
    assert f"-XX:SharedArchiveFile={archive}" in jvm.options(LARGE).split()


def test_with_an_archive_the_settings_are_found_without_their_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jvm, "_ARCHIVE", tmp_path / "classes.jsa")
    assert jvm.settings() == {"SPARK_CONF_DIR": str(CONF)}
    (tmp_path / "classes.jsa").write_bytes(b"")
    assert jvm.settings() == {
        "SPARK_CONF_DIR": str(jvm.EMPTY_CONF_DIR),
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {CONF / 'spark-defaults.conf'} pyspark-shell",
    }


def test_an_installed_package_leaves_spark_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "_CONF_DIR", tmp_path / "none")
    assert jvm.settings() == {}


def test_the_users_options_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=4 -Xmx2g")
    assert jvm.options(SMALL).endswith(f" {QUICK_COMPILER} -XX:TieredStopAtLevel=4 -Xmx2g")


def test_where_there_is_no_spark_no_archive_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "_HOME", tmp_path)
    monkeypatch.setattr(jvm, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError):
        jvm.make_archive()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
def test_an_archive_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "_HOME", tmp_path)
    monkeypatch.setattr(jvm, "EMPTY_CONF_DIR", tmp_path / "conf")
    monkeypatch.setattr(jvm, "_ARCHIVE", tmp_path / "classes.jsa")
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
    jvm.make_archive()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classes.jsa", "conf"]
    assert (tmp_path / "classes.jsa").stat().st_size > 50 << 20
