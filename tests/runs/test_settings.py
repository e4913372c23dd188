"""Settings: defaults, then the file, then the flags; what is wrong is named."""

import re
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sflydwh.errors import UsageError
from sflydwh.runs.settings import DEFAULT_FILE, OPTIONS, Settings, load_settings, whole_number, years


def settings_file(folder: Path, text: str) -> str:
    path = folder / "job.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_the_settings_file_of_the_project_says_what_the_defaults_are() -> None:
    assert DEFAULT_FILE.exists()
    assert load_settings(None, {}) == Settings()
    written = re.findall(r"^(?:# )?(\w+) = ", DEFAULT_FILE.read_text("utf-8"), re.MULTILINE)
    assert sorted(written) == sorted(field.name for field in fields(Settings))


def test_without_the_file_of_the_project_the_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sflydwh.runs.settings.DEFAULT_FILE", tmp_path / "none.toml")
    assert load_settings(None, {}) == Settings()


def test_a_byte_order_mark_is_no_part_of_the_settings(tmp_path: Path) -> None:
    assert load_settings(settings_file(tmp_path, '\ufeffformula = "weekly"'), {}).formula == "weekly"


def test_a_file_sets_what_it_names(tmp_path: Path) -> None:
    text = """
        output = "/tmp/elsewhere"
        formula = "weekly"
        order_updates = "add"
        lifespan_years = 2.5
        week_start = "sunday"
        rejects = "/tmp/rejects"
        max_rejects = 0
        summary = "/tmp/summary.json"
        engine = "spark"
        max_event_bytes = 2048
        verbose = true
    """
    assert load_settings(settings_file(tmp_path, text), {}) == Settings(
        output="/tmp/elsewhere",
        formula="weekly",
        order_updates="add",
        lifespan_years=Decimal("2.5"),
        week_start="sunday",
        rejects="/tmp/rejects",
        max_rejects=0,
        summary="/tmp/summary.json",
        engine="spark",
        max_event_bytes=2048,
        verbose=True,
    )


def test_flags_win_over_the_file_and_flags_not_given_do_not(tmp_path: Path) -> None:
    file = settings_file(tmp_path, 'formula = "weekly"\nweek_start = "sunday"\nmax_rejects = 7')
    found = load_settings(file, {"formula": "simple", "week_start": None, "max_rejects": 0, "verbose": None})
    assert found == Settings(formula="simple", week_start="sunday", max_rejects=0)


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().formula = "weekly"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('formular = "weekly"', "unknown setting 'formular'; did you mean formula?"),
        ("colour = 1", "unknown setting 'colour'; known are output, "),
        ('formula = "daily"', "formula must be simple or weekly, not 'daily'"),
        ("formula = 1", "formula must be a text, not 1"),
        ('order_updates = "ignore"', "order_updates must be replace or add, not 'ignore'"),
        ('week_start = "friday"', "week_start must be monday or sunday, not 'friday'"),
        ('engine = "duck"', "engine must be sail or spark, not 'duck'"),
        ("output = true", "output must be a text, not True"),
        ("lifespan_years = 0", "lifespan_years must be a number above 0"),
        ("lifespan_years = inf", "lifespan_years must be a number above 0"),
        ("lifespan_years = true", "lifespan_years must be a number above 0"),
        ("max_rejects = -1", "max_rejects must be a whole number of at least 0, not -1"),
        ("max_rejects = 1.5", "max_rejects must be a whole number of at least 0, not 1.5"),
        ("max_event_bytes = 1023", "max_event_bytes must be a whole number of at least 1024, not 1023"),
        (
            "max_event_bytes = 1073741825",
            "max_event_bytes must be a whole number of at most 1073741824, not 1073741825",
        ),
        ('verbose = "yes"', "verbose must be true or false, not 'yes'"),
        ("formula = ", "is not TOML: "),
        ("[job]\nformula = 'weekly'", "unknown setting 'job'"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_what_would_be_right(tmp_path: Path, text: str, complaint: str) -> None:
    file = settings_file(tmp_path, text)
    with pytest.raises(UsageError) as error:
        load_settings(file, {})
    assert file in str(error.value)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is not TOML"):
        load_settings(str(tmp_path / "job.toml"), {})


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"cannot read {re.escape(str(tmp_path / name))}: "):
        load_settings(str(tmp_path / name), {})


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("007", 7), (" 12 ", 12), (3, 3), ("9" * 30, 10**30 - 1)])
def test_a_whole_number_is_read_from_its_text(value: Any, number: int) -> None:
    assert whole_number("N", value, 1) == number


@pytest.mark.parametrize(
    "value", ["0", "-1", "+1", "1.0", "1e3", "ten", "", "1_000", "٣", "²", 0, 1.5, True, "9" * 5000]
)
def test_all_else_is_no_whole_number_above_0(value: Any) -> None:
    with pytest.raises(UsageError, match="N must be a whole number"):
        whole_number("N", value, 1)


@pytest.mark.parametrize(
    ("value", "number"), [("10", "10"), ("0.1", "0.1"), (0.1, "0.1"), (1000, "1000"), ("1e1", "10")]
)
def test_a_number_of_years_is_exact(value: Any, number: str) -> None:
    assert years("T", value) == Decimal(number)


@pytest.mark.parametrize(
    "value", ["0", "-1", "nan", "sNaN", "inf", "1000.1", "ten", "", "1e999999999", "1e-999999999", True]
)
def test_all_else_is_no_number_of_years(value: Any) -> None:
    with pytest.raises(UsageError, match="T must be a number above 0"):
        years("T", value)


def test_each_setting_is_declared_once_for_flags_and_file() -> None:
    assert sorted(OPTIONS) == sorted(field.name for field in fields(Settings))
