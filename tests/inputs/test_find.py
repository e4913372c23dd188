"""EVENTS arguments to files, in input order."""

import os
from pathlib import Path

import pytest

from sflydwh.errors import InputError, SflyError, UsageError
from sflydwh.inputs.find import find_inputs
from sflydwh.runs.settings import place


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, so that arguments are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


def found(*arguments: str) -> list[str]:
    return [os.path.relpath(file.path) for file in find_inputs(arguments)]


def test_arguments_count_in_the_order_given(folder: Path) -> None:
    make("b", "a", "c/x")
    assert found("b", "c", "a") == ["b", "c/x", "a"]


def test_a_file_has_its_absolute_path_and_its_size(folder: Path) -> None:
    make("events.dat")
    inputs = find_inputs(["events.dat"])
    assert [file.path for file in inputs] == [str(folder / "events.dat")]
    assert inputs.size == len("events.dat")


def test_files_of_a_directory_come_in_byte_order_of_their_paths(folder: Path) -> None:
    make("d/b", "d/a/z", "d/a-b", "d/A", "d/\u00e9", "d/\uff5e", "d/\U0001f600", "d/10", "d/9")
    assert found("d") == ["d/10", "d/9", "d/A", "d/a-b", "d/a/z", "d/b", "d/\u00e9", "d/\uff5e", "d/\U0001f600"]


def test_files_of_a_glob_come_in_byte_order_of_their_paths(folder: Path) -> None:
    make("d/b", "d/a/z", "d/a-b", "d/A")
    assert found("d/*") == found("d")


def test_a_glob_may_look_into_every_directory_below(folder: Path) -> None:
    make("d/a.dat", "d/x/b.dat", "d/x/y/c.dat", "d/x/y/c.txt")
    assert found("d/**/*.dat") == ["d/a.dat", "d/x/b.dat", "d/x/y/c.dat"]


def test_a_directory_that_a_glob_matches_is_read_like_any_other(folder: Path) -> None:
    make("logs-1/a", "logs-1/_b", "logs-2/c")
    assert found("logs-*") == ["logs-1/a", "logs-2/c"]


def test_a_file_reached_twice_is_read_once_at_its_first_place(folder: Path) -> None:
    make("d/a", "d/b")
    os.symlink("b", "d/c")
    os.link("d/a", "d/hard")
    assert found("d/b", "d", "d/*", "./d/../d/a") == ["d/b", "d/a"]


def test_a_uri_of_this_machine_is_a_path(folder: Path) -> None:
    make("d/a", "d/b")
    assert found(f"file://{folder}/d/b", "d", f"file://{folder}/d/*") == ["d/b", "d/a"]


def test_equal_files_of_other_names_are_different_inputs(folder: Path) -> None:
    make("a", "b")
    Path("b").write_bytes(Path("a").read_bytes())
    assert found("a", "b") == ["a", "b"]


def test_hidden_files_and_folders_of_a_directory_are_skipped_and_told(folder: Path) -> None:
    make("d/a", "d/.b", "d/_SUCCESS", "d/_temporary/c", "d/x/_d", "d/x/e_")
    inputs = find_inputs(["d"])
    assert [os.path.relpath(file.path) for file in inputs] == ["d/a", "d/x/e_"]
    assert sorted(map(os.path.relpath, inputs.skipped)) == ["d/.b", "d/_SUCCESS", "d/_temporary", "d/x/_d"]


def test_a_hidden_file_that_is_named_is_read(folder: Path) -> None:
    make("_events.dat", ".d/a")
    assert found("_events.dat", ".d") == ["_events.dat", ".d/a"]


@pytest.mark.parametrize(
    "name", ["a b", "a[1]", "*", "a?b", "\u00e9v\u00e9nements", "%20", "a'b\"c", "-n", "a\nb", "~", "$HOME", "a,b"]
)
def test_any_name_is_read_as_it_is(folder: Path, name: str) -> None:
    make(name, "a1", "other")
    assert found(name) == [name]
    assert name in found(".")


def test_an_empty_directory_and_empty_files_are_no_error(folder: Path) -> None:
    Path("empty").mkdir()
    Path("nothing").touch()
    assert found("empty", "nothing") == ["nothing"]


@pytest.mark.parametrize("argument", ["none.dat", "none/", "d/none", "", "d/a/b"])
def test_a_path_that_does_not_exist_is_named(folder: Path, argument: str) -> None:
    make("d/a")
    with pytest.raises(UsageError, match=r"does not exist; give a file, a directory or a glob") as error:
        find_inputs(["d/a", argument])
    assert repr(argument) in str(error.value)


@pytest.mark.parametrize("argument", ["none*", "d/?", "[x]", "d/**/*.json"])
def test_a_glob_that_matches_nothing_is_named(folder: Path, argument: str) -> None:
    make("d/abc")
    with pytest.raises(UsageError, match=r"no file matches .*give a glob that matches a file") as error:
        find_inputs([argument])
    assert repr(argument) in str(error.value)


def test_a_pipe_is_refused_and_does_not_hang(folder: Path) -> None:
    os.mkfifo("pipe")
    with pytest.raises(InputError, match="pipe: not a regular file"):
        find_inputs(["pipe"])


def test_a_name_that_is_no_text_is_refused_in_one_line_that_can_be_printed(folder: Path) -> None:
    Path(os.fsdecode(b"\xff\n")).touch()
    with pytest.raises(InputError, match="its name is not UTF-8") as error:
        find_inputs(["."])
    assert str(error.value).isprintable()


def test_a_file_that_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("secret")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError, match="cannot read secret: Permission denied"):
        find_inputs(["secret"])


@pytest.mark.parametrize("to", ["nowhere", "log"])
def test_a_link_that_leads_to_no_file_is_named(folder: Path, to: str) -> None:
    make("d/a")
    os.symlink(to, "d/log")
    with pytest.raises(SflyError, match="d/log"):
        find_inputs(["d"])


def test_a_link_back_to_a_folder_gives_its_files_once(folder: Path) -> None:
    make("d/a")
    os.symlink(".", "d/loop")
    assert found("d") == ["d/a"]


def test_a_name_that_is_not_utf8_is_told(folder: Path) -> None:
    with open(b"\xff.dat", "wb"):
        pass
    with pytest.raises(InputError, match="its name is not UTF-8"):
        find_inputs(["."])


@pytest.mark.parametrize("name", ["d", "d/x", "d/x/new/newer", "d/x/y/../../new", "link", "link/x", "e/../d"])
def test_what_is_put_into_a_directory_that_is_read_would_be_read(folder: Path, name: str) -> None:
    make("d/a", "d/x/b", "d/x/y/c", "e/a")
    os.symlink("d", "link")
    assert find_inputs(["d"]).would_read(f"{name}/answer")


@pytest.mark.parametrize("name", ["e", "new", ".", "d-new", "d/.hidden", "d/_hidden", "d/.new/newer", "d/x/_new"])
def test_what_is_put_elsewhere_or_out_of_sight_would_not_be_read(folder: Path, name: str) -> None:
    make("d/a", "d/x/b", "d/.hidden/c", "d/_hidden/c", "e/a")
    assert not find_inputs(["d"]).would_read(f"{name}/answer")


def test_a_directory_whose_files_are_named_one_by_one_is_not_read(folder: Path) -> None:
    make("d/a.dat", "d/x/b.dat")
    assert not find_inputs(["d/a.dat", "d/x/*.dat"]).would_read("d/x/answer")
    assert find_inputs(["d/*"]).would_read("d/x/answer")


@pytest.mark.parametrize("uri", ["s3a://shop/logs/*.json", "s3n://shop/logs/*.json"])
def test_hadoops_names_of_s3_get_a_hint(uri: str) -> None:
    told = rf"^{uri[:3]}:// is Hadoop's name; write s3://shop/logs/\*\.json$"
    with pytest.raises(UsageError, match=told):
        find_inputs([uri])
    with pytest.raises(UsageError, match=f"^--output: {told[1:]}"):
        place("--output", uri)
