"""The staging folder: a run's own, gone at its end, cleared by the next run if the owner is dead."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sflydwh.errors import RunError
from sflydwh.files.staging import check_held, clear_abandoned, clear_failed, staging


def test_a_staging_folder_lies_in_the_directory_out_of_sight(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".")
        assert folder.is_dir()


def test_the_directory_is_made(tmp_path: Path) -> None:
    with staging(tmp_path / "new" / "output"):
        pass
    assert list((tmp_path / "new" / "output").iterdir()) == []


def test_a_staging_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "ledger").mkdir()
        (folder / "ledger" / "part").write_bytes(b"half")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), staging(tmp_path) as folder:
        folder.mkdir()
    assert list(tmp_path.iterdir()) == []


def test_what_an_engine_wrote_there_after_a_run_failed_goes_once_it_has_stopped(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), staging(tmp_path) as folder:
        folder.mkdir()
    (folder / "reading-1" / "rows").mkdir(parents=True)
    clear_failed()
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_keep_out_of_each_others_way(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as other:
        assert one != other
        assert one.is_dir()
        assert other.is_dir()


def test_nothing_but_staging_folders_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "old.dat").write_bytes(b"old")
    (tmp_path / ".staging").mkdir()
    clear_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".staging", "old.dat"]


OWNER = """
import sys
from pathlib import Path
from sflydwh.files.staging import staging
with staging(Path(sys.argv[1])) as folder:
    (folder / "part").write_bytes(b"half")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_the_folder_of_a_killed_run_is_cleared_and_that_of_a_live_one_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        theirs = Path(os.fsdecode(owner.stdout.readline().strip()))
        with staging(tmp_path):
            assert (theirs / "part").read_bytes() == b"half"
        owner.kill()
        owner.wait()
        assert theirs.exists()
        with staging(tmp_path) as mine:
            assert list(tmp_path.iterdir()) == [mine]


def test_runs_that_start_at_once_do_not_take_each_other_for_dead(tmp_path: Path) -> None:
    def run_often(_: int) -> int:
        count = 0
        for _ in range(50):
            with staging(tmp_path) as folder:
                count += (folder / "owner.lock").exists()
        return count

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(run_often, range(8))) == [50] * 8


@pytest.mark.parametrize("directory", ["file", "file/below"])
def test_where_no_folder_can_be_the_error_names_the_directory(tmp_path: Path, directory: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match=f"cannot write to {tmp_path / directory}: "), staging(tmp_path / directory):
        pass


def test_a_folder_that_was_removed_and_made_again_by_an_engine_is_not_held(tmp_path: Path) -> None:
    with staging(tmp_path / "o") as folder:
        check_held(folder)
        check_held(folder)
        shutil.rmtree(folder)
        for _ in range(2):
            with pytest.raises(RunError, match=f"{tmp_path / 'o'} was removed during the run"):
                check_held(folder)
            folder.mkdir(exist_ok=True)
        (folder / "owner.lock").touch()
        with pytest.raises(RunError, match="was removed during the run"):
            check_held(folder)
