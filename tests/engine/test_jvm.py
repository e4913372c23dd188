"""A JVM of our own starts with what makes it start fast, and the user has the last word."""

from pathlib import Path

import pytest

from sflydwh.engine import jvm
from tests import PROJECT

CONF = PROJECT / "conf"
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
    monkeypatch.setattr(jvm, "ARCHIVE", archive)
    assert "SharedArchiveFile" not in jvm.options(LARGE)
    archive.write_bytes(b"")
    assert f"-XX:SharedArchiveFile={archive}" in jvm.options(LARGE).split()


def test_with_an_archive_the_settings_are_found_without_their_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jvm, "ARCHIVE", tmp_path / "classes.jsa")
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
