"""EVENTS arguments that are URIs, to objects in input order."""

import re

import pytest

from sflydwh.errors import InputError, SflyError, UsageError
from sflydwh.files.uri import location, shown
from sflydwh.inputs.find import find_inputs
from sflydwh.reader.source import open_source
from tests.servers.object_store import SECRET, ObjectStore


@pytest.fixture
def endpoint_in_environment(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{store.address}")


def make(store: ObjectStore, folder: str, *names: str) -> None:
    for name in names:
        store.put(f"{folder}/{name}", name.encode())


def found(store: ObjectStore, folder: str, *names: str) -> list[str]:
    inputs = find_inputs([store.uri(f"{folder}/{name}") for name in names])
    return [shown(file.path).removeprefix(f"s3://shop/{folder}/") for file in inputs]


def test_arguments_count_in_the_order_given_and_an_object_is_read_once(store: ObjectStore) -> None:
    make(store, "order", "b", "a", "c/x")
    assert found(store, "order", "b", "c", "a", "c/x", "") == ["b", "c/x", "a"]


def test_one_name_in_two_stores_is_two_objects(store: ObjectStore) -> None:
    make(store, "twice", "a")
    inputs = find_inputs([store.uri("twice/a"), f"{store.uri('twice/a')}&region=elsewhere"])
    assert len(inputs) == 2


def test_an_object_has_its_size_and_its_uri_without_what_tells_the_way(store: ObjectStore) -> None:
    make(store, "size", "events.dat")
    inputs = find_inputs([store.uri("size/events.dat")])
    assert [(file.path, file.size) for file in inputs] == [(store.uri("size/events.dat"), 10)]
    with open_source(*inputs[0][:3]) as source:
        assert (source.path, source.read(0, 99)) == ("s3://shop/size/events.dat", b"events.dat")


def test_objects_of_a_folder_come_in_byte_order_of_their_keys(store: ObjectStore) -> None:
    make(store, "bytes", "b", "a/z", "a-b", "A", "é", "～", "\U0001f600", "10", "9")
    in_order = ["10", "9", "A", "a-b", "a/z", "b", "é", "～", "\U0001f600"]
    assert found(store, "bytes", "") == in_order
    assert found(store, "bytes", "*") == in_order


def test_a_folder_is_not_every_key_that_begins_like_it(store: ObjectStore) -> None:
    make(store, "prefix", "log", "logs/a", "logs-2/b")
    assert found(store, "prefix", "logs") == found(store, "prefix", "logs/") == ["logs/a"]
    assert found(store, "prefix", "log") == ["log"]
    with pytest.raises(UsageError, match="'s3://shop/prefix/log' does not exist"):
        found(store, "prefix", "log/")


def test_hidden_objects_and_folders_are_skipped_and_told(store: ObjectStore) -> None:
    make(store, "hidden", "a", ".b", "_SUCCESS", "_temporary/c", "_temporary/d", "x/_d", "x/e_")
    inputs = find_inputs([store.uri("hidden")])
    assert [shown(file.path) for file in inputs] == ["s3://shop/hidden/a", "s3://shop/hidden/x/e_"]
    skipped = [".b", "_SUCCESS", "_temporary", "x/_d"]
    assert sorted(inputs.skipped) == [f"s3://shop/hidden/{name}" for name in skipped]
    assert found(store, "hidden", "_SUCCESS") == ["_SUCCESS"]


GLOBS = [
    ("*.dat", ["a.dat"]),
    ("**/*.dat", ["a.dat", "x/b.dat", "x/y/c.dat"]),
    ("x/**/*.dat", ["x/b.dat", "x/y/c.dat"]),
    ("**", ["a.dat", "x/b.dat", "x/y/_e", "x/y/c.dat", "x/y/c.txt"]),
    ("x/*", ["x/b.dat", "x/y/c.dat", "x/y/c.txt"]),
    ("*/y/c.*", ["x/y/c.dat", "x/y/c.txt"]),
    ("x/*/c.dat", ["x/y/c.dat"]),
    ("?.dat", ["a.dat"]),
    ("x/[!z]*/", ["x/y/c.dat", "x/y/c.txt"]),
    (".*", [".d"]),
]


@pytest.mark.parametrize(("pattern", "matches"), GLOBS, ids=[pattern for pattern, _ in GLOBS])
def test_globs_are_those_of_directories(store: ObjectStore, pattern: str, matches: list[str]) -> None:
    if not store.keys("globs"):
        make(store, "globs", "a.dat", ".d", "x/b.dat", "x/y/c.dat", "x/y/c.txt", "x/y/_e")
    assert found(store, "globs", pattern) == matches


@pytest.mark.parametrize("name", ["a b", "a[1]", "*", "a?b", "événements", "%20", "a'b\"c", "a#b", "a+b", "a=b", "~"])
def test_a_key_is_read_as_it_is_written(store: ObjectStore, name: str) -> None:
    make(store, f"any/{name}", name, "a1", "other")
    assert found(store, f"any/{name}", name) == [name]
    [file] = find_inputs([store.uri(f"any/{name}/{name}")])
    with open_source(*file[:3]) as source:
        assert source.read(0, 99) == name.encode()


def test_a_key_that_ends_like_a_query_is_read_before_a_query_and_refused_without(
    store: ObjectStore, endpoint_in_environment: None
) -> None:
    make(store, "query", "a?b=c")
    assert found(store, "query", "a?b=c") == ["a?b=c"]
    with pytest.raises(InputError, match="its key cannot be written as a URI"):
        find_inputs(["s3://shop/query"])


NOWHERE = [
    "s3://shop/none",
    "s3://shop/none/",
    "s3://nobucket",
    "s3://nobucket/a",
    "s3://shop/none*",
    "s3://nobucket/*",
]


@pytest.mark.parametrize("uri", NOWHERE)
def test_what_is_not_there_is_named(store: ObjectStore, uri: str) -> None:
    with pytest.raises(UsageError, match=r"' does not exist|no object matches '") as error:
        find_inputs([uri + store.query])
    assert uri.rstrip("/") in str(error.value)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "uri",
    ["s3://", "xx://shop/a", "s3://shop/a?nonsense=1", "s3://k:geheim@shop/a", "s3://k:ge/heim@shop/a", "s3://k@b/a"],
)
def test_a_uri_that_cannot_be_opened_is_wrong_usage_and_shows_no_secret(uri: str) -> None:
    with pytest.raises(UsageError) as error:
        find_inputs([uri])
    assert str(error.value).isprintable()
    assert "heim" not in str(error.value)


def test_a_store_that_refuses_the_credentials_is_an_error_of_one_line_without_them(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(store, "refused", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "an-old/secret")
    with pytest.raises(InputError, match=r"^cannot read s3://shop/refused/a: .*ACCESS_DENIED") as error:
        found(store, "refused", "a")
    assert str(error.value).isprintable()
    assert not re.search(f"{re.escape(SECRET)}|an-old|endpoint", str(error.value))


def test_a_store_that_does_not_answer_is_an_error_of_one_line(store: ObjectStore) -> None:
    with pytest.raises(SflyError, match=r"^cannot read s3://shop/a: .*connect") as error:
        find_inputs(["s3://shop/a?endpoint_override=127.0.0.1:9&scheme=http"])
    assert str(error.value).isprintable()


def test_the_endpoint_may_come_from_the_environment(store: ObjectStore, endpoint_in_environment: None) -> None:
    make(store, "endpoint", "a")
    assert [file.path for file in find_inputs(["s3://shop/endpoint"])] == ["s3://shop/endpoint/a"]


@pytest.mark.parametrize(("size", "told"), [(5, "6 bytes before, 5 now"), (6, "written again, in the same size")])
def test_an_object_that_is_written_again_while_it_is_read_is_found_out(
    store: ObjectStore, size: int, told: str
) -> None:
    make(store, f"change/{size}", "events")
    [file] = find_inputs([store.uri(f"change/{size}/events")])
    with open_source(*file[:3]) as source:
        assert source.read(0, 9) == b"events"
    # Stores tell whole seconds: as if it had been put a second before, when it was found.
    assert file.modified
    before = file._replace(modified=file.modified - 10**9)
    with pytest.raises(InputError, match=f"events changed while it was read: .*{told}"):
        with open_source(*before[:3]) as source:
            assert source.read(0, 9) == b"events"
            store.put(f"change/{size}/events", b"others"[:size])


@pytest.mark.parametrize("name", ["d", "d/x", "d/x/new", "d/new/newer"])
def test_what_is_put_into_a_folder_that_is_read_would_be_read(store: ObjectStore, name: str) -> None:
    make(store, "would", "d/a", "d/x/b", "e/a")
    assert find_inputs([store.uri("would/d")]).would_read(f"s3://shop/would/{name}/answer")


@pytest.mark.parametrize("name", ["e", "new", "d-new", "d/.hidden", "d/_hidden", "d/.new/newer", "d/x/_new"])
def test_what_is_put_elsewhere_or_out_of_sight_would_not_be_read(store: ObjectStore, name: str) -> None:
    make(store, "would", "d/a", "d/x/b", "e/a")
    assert not find_inputs([store.uri("would/d"), store.uri("would/e/a")]).would_read(f"s3://shop/would/{name}/answer")


def test_a_location_is_shown_without_its_query() -> None:
    assert str(location("s3://b/k?client_secret=x")) == "s3://b/k"
    assert location("s3://b/k?client_secret=x").uri == "s3://b/k?client_secret=x"
