"""A folder of an object store as a place: whole objects, names claimed first, rejects before the answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Barrier

import pytest

from sflydwh.errors import RunError
from sflydwh.files.uri import location
from sflydwh.output import object_folder
from sflydwh.output.directory import Directory
from sflydwh.output.names import RunName
from sflydwh.output.object_folder import ObjectFolder, put_object
from sflydwh.output.publish import Staged, keep_rejects, publish
from tests.servers.object_store import ObjectStore

NAME = RunName(datetime.fromisoformat("2017-01-06T12:46:46"), 10)
NEXT = list(islice(NAME.and_later(), 20))


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A folder of the test's own."""
    name: str = request.node.name
    return name.replace("[", "-").replace("]", "").replace(" ", "-")


@pytest.fixture
def folder(store: ObjectStore, key: str) -> ObjectFolder:
    return ObjectFolder(store.uri(key))


def staged(tmp_path: Path, rejects: bytes | None = None, dat: bytes = b"answer", stage: str = "0") -> Staged:
    answer, rejected = (tmp_path / f"{stage}.{kind}" for kind in ("dat", "rejects"))
    answer.write_bytes(dat)
    rejected.write_bytes(rejects or b"")
    return Staged(answer, rejected if rejects is not None else None)


def objects(store: ObjectStore, key: str) -> dict[str, bytes]:
    return {name: store.get(f"{key}/{name}") for name in store.keys(key)}


def no_summary(name: RunName) -> None:
    pass


def test_rejects_and_summary_are_in_place_before_the_answer_and_no_claim_stays(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path
) -> None:
    seen: list[set[str]] = []
    folder.check()
    assert publish(staged(tmp_path, b"r\n"), NAME, folder, folder, lambda _: seen.append(set(store.keys(key)))) == NAME
    [before] = seen
    assert {name for name in before if not name.startswith(".")} == {f"{NAME.rejects}/rejects.jsonl"}
    assert objects(store, key) == {NAME.dat: b"answer", f"{NAME.rejects}/rejects.jsonl": b"r\n"}
    assert folder.path_of(NAME.dat) == f"s3://shop/{key}/{NAME.dat}"


def test_where_a_name_is_taken_both_move_on(store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path) -> None:
    old = {NEXT[0].dat: b"old", f"{NEXT[1].rejects}/rejects.jsonl": b"old"}
    for name, data in old.items():
        store.put(f"{key}/{name}", data)
    assert publish(staged(tmp_path, b"r\n"), NAME, folder, folder, no_summary) == NEXT[2]
    new = {NEXT[2].dat: b"answer", f"{NEXT[2].rejects}/rejects.jsonl": b"r\n"}
    assert objects(store, key) == old | new


def test_a_name_that_another_run_claims_is_not_used(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path
) -> None:
    other = ObjectFolder(store.uri(key))
    assert other.claim(NAME.dat)
    assert not folder.claim(NAME.dat)
    assert publish(staged(tmp_path), NAME, folder, folder, no_summary) == NEXT[1]
    other.let_go()
    assert store.keys(key) == [NEXT[1].dat]


def test_runs_of_one_second_at_once_all_get_names_and_overwrite_nothing(
    store: ObjectStore, key: str, tmp_path: Path
) -> None:
    runs = [staged(tmp_path, b"%d\n" % run, b"%d" % run, str(run)) for run in range(6)]
    start = Barrier(len(runs))

    def go(run: Staged) -> RunName:
        place = ObjectFolder(store.uri(key))
        start.wait(30)
        return publish(run, NAME, place, place, no_summary)

    with ThreadPoolExecutor(len(runs)) as threads:
        found = list(threads.map(go, runs))
    assert len(set(found)) == len(runs)
    expected = {name.dat: b"%d" % number for number, name in enumerate(found)}
    expected |= {f"{name.rejects}/rejects.jsonl": b"%d\n" % number for number, name in enumerate(found)}
    assert objects(store, key) == expected


@pytest.mark.parametrize("answer_in_store", [True, False])
def test_answer_and_rejects_may_be_places_of_two_kinds(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path, answer_in_store: bool
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    output, other = (folder, Directory(here)) if answer_in_store else (Directory(here), folder)
    publish(staged(tmp_path, b"r\n"), NAME, output, other, no_summary)
    local = {str(path.relative_to(here)): path.read_bytes() for path in here.rglob("*") if path.is_file()}
    answer, rejects = {NAME.dat: b"answer"}, {f"{NAME.rejects}/rejects.jsonl": b"r\n"}
    assert (objects(store, key), local) == ((answer, rejects) if answer_in_store else (rejects, answer))


def test_a_failure_leaves_no_answer_and_rejects_that_say_failed(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path
) -> None:
    def full(_: RunName) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left on device"):
        publish(staged(tmp_path, b"r\n"), NAME, folder, folder, full)
    assert objects(store, key) == {f"{NAME.failed_rejects}/rejects.jsonl": b"r\n"}


def test_rejects_of_a_failed_run_stay_in_a_folder_that_says_so(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path
) -> None:
    for run in range(2):
        rejects = staged(tmp_path, b"%d\n" % run).rejects
        assert keep_rejects(rejects, NAME, folder, failed=True) == NEXT[run].failed_rejects  # type: ignore[arg-type]
    assert objects(store, key) == {f"{NEXT[run].failed_rejects}/rejects.jsonl": b"%d\n" % run for run in range(2)}


def test_rejects_of_many_parts_are_one_object(
    store: ObjectStore, key: str, folder: ObjectFolder, tmp_path: Path
) -> None:
    many = b"0123456789abcdef" * (40 << 16)
    publish(staged(tmp_path, many), NAME, folder, folder, no_summary)
    assert store.get(f"{key}/{NAME.rejects}/rejects.jsonl") == many


def test_an_object_whose_parts_cannot_be_had_is_not_left_in_part(store: ObjectStore, key: str) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x" * (12 << 20)
        raise OSError(5, "Input/output error", "/staged")

    with pytest.raises(OSError, match="Input/output error"):
        object_folder._put_new(location(store.uri(f"{key}/object")), parts())
    assert store.keys(key) == []


def test_an_object_is_replaced_whole(store: ObjectStore, key: str) -> None:
    for data in (b"first, and long", b"second"):
        put_object(store.uri(f"{key}/summary.json"), data)
        assert objects(store, key) == {"summary.json": data}


def test_a_bucket_that_is_not_there_is_told_before_the_run(store: ObjectStore) -> None:
    with pytest.raises(OSError, match="NO_SUCH_BUCKET") as error:
        ObjectFolder(f"s3://nobucket/output{store.query}").check()
    assert error.value.filename.startswith("s3://nobucket/output/")
    assert error.value.strerror is not None and error.value.strerror.isprintable()
