"""Publishing: rejects and summary first, the .dat last, whole and never over another."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Barrier

import pytest

from sflydwh.errors import RunError
from sflydwh.files.durable import replace_file, write_file
from sflydwh.output.directory import Directory
from sflydwh.output.names import RunName
from sflydwh.output.publish import Staged, keep_rejects, publish

NAME = RunName(datetime.fromisoformat("2017-01-06T12:46:46"), 10)
NEXT = list(islice(NAME.and_later(), 10))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "stage").mkdir()
    (tmp_path / "output").mkdir()
    return tmp_path / "output"


def staged(output: Path, rejects: bytes | None = None, dat: bytes = b"answer", stage: str = "0") -> Staged:
    answer, rejected = (output.parent / "stage" / f"{stage}.{kind}" for kind in ("dat", "rejects"))
    answer.write_bytes(dat)
    if rejects is not None:
        rejected.write_bytes(rejects)
    return Staged(answer, rejected if rejects is not None else None)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def no_summary(name: RunName) -> None:
    pass


def test_the_answer_gets_its_name(output: Path) -> None:
    assert publish(staged(output), NAME, Directory(output), Directory(output), no_summary) == NAME
    assert files(output) == {NAME.dat: b"answer"}


def test_rejects_and_summary_are_in_place_before_the_answer(output: Path) -> None:
    seen: list[tuple[RunName, dict[str, bytes]]] = []
    publish(
        staged(output, b"r\n"),
        NAME,
        Directory(output),
        Directory(output),
        lambda name: seen.append((name, files(output))),
    )
    rejects = {f"{NAME.rejects}/rejects.jsonl": b"r\n"}
    assert seen == [(NAME, rejects)]
    assert files(output) == {NAME.dat: b"answer", **rejects}


def test_rejects_go_to_a_directory_of_their_own(output: Path) -> None:
    elsewhere = output.parent / "elsewhere"
    elsewhere.mkdir()
    publish(staged(output, b"r\n"), NAME, Directory(output), Directory(elsewhere), no_summary)
    assert files(output) == {NAME.dat: b"answer"}
    assert files(elsewhere) == {f"{NAME.rejects}/rejects.jsonl": b"r\n"}


def test_where_the_name_is_taken_the_next_free_second_is_used(output: Path) -> None:
    for taken in NEXT[:2]:
        (output / taken.dat).write_bytes(b"old")
    told: list[RunName] = []
    assert publish(staged(output), NAME, Directory(output), Directory(output), told.append) == NEXT[2]
    assert told == [NEXT[2]]
    assert files(output) == {NEXT[0].dat: b"old", NEXT[1].dat: b"old", NEXT[2].dat: b"answer"}


def test_where_the_rejects_name_is_taken_both_move_on(output: Path) -> None:
    old = output / NAME.rejects / "rejects.jsonl"
    old.parent.mkdir()
    old.write_bytes(b"old")
    publish(staged(output, b"r\n"), NAME, Directory(output), Directory(output), no_summary)
    assert files(output) == {
        f"{NAME.rejects}/rejects.jsonl": b"old",
        f"{NEXT[1].rejects}/rejects.jsonl": b"r\n",
        NEXT[1].dat: b"answer",
    }


def taken_at_the_last_moment(output: Path, told: list[RunName]) -> Callable[[RunName], None]:
    """Another run takes the name just before this one would."""

    def write_summary(name: RunName) -> None:
        if not told:
            (output / name.dat).write_bytes(b"theirs")
        told.append(name)

    return write_summary


def test_a_name_taken_at_the_last_moment_is_not_overwritten(output: Path) -> None:
    told: list[RunName] = []
    publish(staged(output, b"r\n"), NAME, Directory(output), Directory(output), taken_at_the_last_moment(output, told))
    assert told == NEXT[:2]
    assert files(output) == {
        NEXT[0].dat: b"theirs",
        NEXT[1].dat: b"answer",
        f"{NEXT[1].rejects}/rejects.jsonl": b"r\n",
    }
    assert not (output / NEXT[0].rejects).exists()


def test_runs_of_one_second_at_once_all_get_names(output: Path) -> None:
    runs = [staged(output, b"%d\n" % run, b"%d" % run, str(run)) for run in range(8)]
    start = Barrier(len(runs))

    def go(run: Staged) -> RunName:
        start.wait(30)
        return publish(run, NAME, Directory(output), Directory(output), no_summary)

    with ThreadPoolExecutor(len(runs)) as threads:
        found = list(threads.map(go, runs))
    for number, name in enumerate(found):
        assert (output / name.dat).read_bytes() == b"%d" % number
        assert (output / name.rejects / "rejects.jsonl").read_bytes() == b"%d\n" % number


def no_hard_links(*_: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_where_there_are_no_hard_links_nothing_is_overwritten_either(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_hard_links)
    assert (
        publish(staged(output), NAME, Directory(output), Directory(output), taken_at_the_last_moment(output, []))
        == NEXT[1]
    )
    assert files(output) == {NEXT[0].dat: b"theirs", NEXT[1].dat: b"answer"}


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def linking_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunName], None]:
    monkeypatch.setattr(os, "link", full_disk)
    return no_summary


def summary_fails(_: pytest.MonkeyPatch) -> Callable[[RunName], None]:
    return full_disk


def syncing_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunName], None]:
    monkeypatch.setattr("sflydwh.output.directory.sync_directory", full_disk)
    return no_summary


def syncing_fails_at_last(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunName], None]:
    def write_summary(_: RunName) -> None:
        syncing_fails(monkeypatch)

    return write_summary


@pytest.mark.parametrize("fault", [linking_fails, summary_fails, syncing_fails, syncing_fails_at_last])
def test_a_failure_leaves_no_answer_and_rejects_that_say_failed(
    output: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], Callable[[RunName], None]]
) -> None:
    write_summary = fault(monkeypatch)
    with pytest.raises(RunError, match="No space left on device"):
        publish(staged(output, b"r\n"), NAME, Directory(output), Directory(output), write_summary)
    assert files(output) == {f"{NAME.failed_rejects}/rejects.jsonl": b"r\n"}


def test_an_interrupt_before_the_answer_leaves_rejects_that_say_failed(output: Path) -> None:
    def interrupted(_: RunName) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(staged(output, b"r\n"), NAME, Directory(output), Directory(output), interrupted)
    assert files(output) == {f"{NAME.failed_rejects}/rejects.jsonl": b"r\n"}


def test_a_directory_that_vanished_is_an_error_that_names_it(output: Path) -> None:
    run = staged(output)
    output.rmdir()
    with pytest.raises(RunError, match=f"cannot write {output}[^\n]*: No such file or directory"):
        publish(run, NAME, Directory(output), Directory(output), no_summary)
    assert not output.exists()


def test_rejects_of_a_failed_run_stay_in_a_folder_that_says_so(output: Path) -> None:
    for run in range(2):
        kept = keep_rejects(staged(output, b"%d\n" % run).rejects, NAME, Directory(output), failed=True)  # type: ignore[arg-type]
        assert kept == NEXT[run].failed_rejects
    assert files(output) == {f"{NEXT[run].failed_rejects}/rejects.jsonl": b"%d\n" % run for run in range(2)}


def test_a_file_is_written_in_parts_that_are_counted(tmp_path: Path) -> None:
    assert write_file(tmp_path / "file", iter([b"a\n", b"", b"b\n"])) == 3
    assert (tmp_path / "file").read_bytes() == b"a\nb\n"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    for data in (b"first, and long", b"second"):
        replace_file(tmp_path / "file", data)
        assert files(tmp_path) == {"file": data}


def test_a_file_that_cannot_be_replaced_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        replace_file(tmp_path / "file", b"after")
    assert files(tmp_path) == {"file": b"before"}
