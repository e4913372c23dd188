"""Whole runs from an object store and into one: the same bytes, whole objects, and one line where the store fails."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sflydwh.engine.engine import Engine
from sflydwh.errors import RunError
from sflydwh.formats.named import format_of
from sflydwh.ltv import RankedCustomer
from sflydwh.output.dat import dat_lines
from sflydwh.runs import answer as run_module
from sflydwh.runs.settings import Settings
from tests import PROJECT, oracle
from tests.formats.samples import as_text, segment, shopify_csv
from tests.processes import begun, ended, job, last_line, staging_in, wait_for_staging
from tests.running import answered, dat, dat_and_rejects, generated, logs_of, run
from tests.servers.object_store import SECRET, ObjectStore, object_store

SECRETS = re.compile(f"{re.escape(SECRET)}|endpoint_override")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two logs with dirt, one of which many tasks read."""
    folder = tmp_path_factory.mktemp("logs")
    return [generated(folder / "a.json", 20_000, dirty=0.01), generated(folder / "b.json", 500, dirty=0.05, seed=2)]


Expected = tuple[bytes, list[oracle.ltv.Reject]]


def put(store: ObjectStore, folder: str, logs: list[Path]) -> str:
    for log in logs:
        store.put(f"{folder}/{log.name}", log.read_bytes())
    return store.uri(folder)


@pytest.fixture(scope="module")
def expected(sail_engine: Engine, logs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """The answer and the rejects from local files, with the names that the objects have."""
    answer = run(sail_engine, logs, tmp_path_factory.mktemp("local"))
    content, rejects = dat_and_rejects(Path(str(answer.summary.output)))
    assert rejects
    return content, [{**each, "source_file": f"s3://shop/logs/{Path(each['source_file']).name}"} for each in rejects]


def test_other_shops_logs_are_read_from_objects(sail_engine: Engine, store: ObjectStore, tmp_path: Path) -> None:
    for name in ("segment", "shopify-csv"):
        text = shopify_csv() if name == "shopify-csv" else as_text(segment(), "lines")
        log = tmp_path / f"{name}.log"
        log.write_text(text, "utf-8", newline="")
        store.put(f"{name}/{log.name}", log.read_bytes())
        found = [
            answered(sail_engine, logs_of(place, log_format=format_of(name)), Settings(output=str(tmp_path / kind)))
            for kind, place in (("local", str(log)), ("stored", store.uri(name)))
        ]
        assert dat(found[0]) == dat(found[1])
        assert found[0].summary.account.rejected == found[1].summary.account.rejected > 0


def test_objects_give_what_files_give(
    engine: Engine,
    store: ObjectStore,
    logs: list[Path],
    expected: Expected,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(engine), "split_bytes", lambda *_: 300_000)
    answer = answered(engine, logs_of(put(store, "logs", logs)), Settings(output=str(tmp_path)))
    assert dat_and_rejects(Path(str(answer.summary.output))) == expected


def test_all_that_a_run_writes_may_be_objects(
    store: ObjectStore, logs: list[Path], expected: Expected, tmp_path: Path
) -> None:
    places = {"output": "all/out/put", "rejects": "all/rejects", "summary": "all/summary.json"}
    options = [part for name, key in places.items() for part in (f"--{name}", store.uri(key))]
    done = ended(job(10, put(store, "logs", logs), *options, "--staging", tmp_path / "work"))
    assert done.returncode == 0, done.stderr
    [answer], [rejects] = store.keys("all/out/put"), store.keys("all/rejects")
    summary = json.loads(store.get("all/summary.json"))
    assert store.get(f"all/out/put/{answer}") == expected[0]
    assert store.get(f"all/rejects/{rejects}").count(b"\n") == len(expected[1])
    assert last_line(done.stdout) == summary["output"] == f"s3://shop/all/out/put/{answer}"
    assert f"{summary['rejects']}/rejects.jsonl" == f"s3://shop/all/rejects/{rejects}"
    assert not SECRETS.search(done.stdout + done.stderr + store.get("all/summary.json").decode())
    assert list((tmp_path / "work").iterdir()) == []


def test_intermediate_results_go_to_the_temporary_directory_where_the_output_is_an_object(
    store: ObjectStore, logs: list[Path], tmp_path: Path
) -> None:
    process = begun(job(10, logs[0], "--output", store.uri("temporary")), extra={"TMPDIR": str(tmp_path)})
    wait_for_staging(tmp_path, process)
    assert process.wait(120) == 0, process.communicate()[1]
    assert staging_in(tmp_path) == []
    assert len(store.keys("temporary")) == 2


def test_rejects_of_a_failed_run_are_kept_in_the_store(store: ObjectStore, logs: list[Path]) -> None:
    done = ended(job(10, logs[1], "--output", store.uri("failed"), "--max-rejects", 0))
    [kept] = store.keys("failed")
    assert (done.returncode, done.stdout) == (1, "")
    assert last_line(done.stderr).endswith(f"above --max-rejects 0; see s3://shop/failed/{kept}")
    assert "_Rejects_failed/" in kept


WRONG = [
    (["s3://shop/none", "--output", "OUT"], 2, "'s3://shop/none' does not exist"),
    (["LOG", "--output", "s3://nobucket/out"], 1, "cannot write s3://nobucket/out/.*NO_SUCH_BUCKET"),
    (["LOG", "--output", "hdfs://host/out"], 2, "--output: hdfs://host/out cannot be written to; give"),
    (["LOG", "--staging", "s3://shop/work"], 2, "--staging must be a directory"),
    (["LOG", "--summary", "s3://key:geheim@shop/s.json"], 2, "--summary: s3://... holds credentials"),
    (["s3://shop/wrong", "--summary", "s3://shop/wrong/a.json"], 2, "--summary s3://shop/wrong/a.json is an input"),
    (["s3://shop/wrong", "--output", "s3://shop/wrong/x"], 2, "is inside a directory of EVENTS"),
]


@pytest.mark.parametrize(("arguments", "status", "told"), WRONG, ids=lambda value: str(value)[-60:])
def test_what_is_wrong_is_told_in_a_line(
    store: ObjectStore, logs: list[Path], tmp_path: Path, arguments: list[str], status: int, told: str
) -> None:
    put(store, "wrong", logs)
    there = {"LOG": str(logs[1]), "OUT": str(tmp_path)}
    given = [f"{each}{store.query}" if each.startswith("s3:") else there.get(each, each) for each in arguments]
    done = ended(job(10, *given))
    assert (done.returncode, done.stdout) == (status, "")
    assert re.match(f"simple_ltv: .*{told}", last_line(done.stderr))
    assert len([line for line in done.stderr.splitlines() if not line.startswith("sflydwh ")]) == 1
    assert not re.search(f"{SECRETS.pattern}|geheim", done.stderr)


def test_refused_credentials_are_told_in_a_line_and_not_shown(store: ObjectStore, logs: list[Path]) -> None:
    events = put(store, "logs", logs)
    for arguments in ([events], [logs[1], "--output", store.uri("refused")]):
        done = ended(job(10, *arguments), AWS_SECRET_ACCESS_KEY="an-old/secret")
        assert (done.returncode, done.stdout) == (1, "")
        assert re.match(
            r"simple_ltv: cannot (read|write) s3://shop/[^\n]*: .*(DENIED|SIGNATURE)", last_line(done.stderr)
        )
        assert not re.search(f"{SECRETS.pattern}|an-old", done.stderr)


# Where the nth object that a run writes is: after its bytes are sent, before it is complete.
UPLOADS = {"the probe": 1, "a claim": 2, "the rejects": 4, "the summary": 5, "the answer": 6}


@pytest.mark.parametrize("nth", UPLOADS.values(), ids=UPLOADS)
def test_a_run_that_is_killed_while_it_uploads_leaves_no_answer(
    store: ObjectStore, logs: list[Path], tmp_path: Path, nth: int
) -> None:
    folder = f"killed-{nth}"
    killed = [
        sys.executable,
        "-m",
        "tests.torture.killed_run",
        "sflydwh.output.object_folder:_write",
        "after",
        str(nth),
    ]
    arguments = job(10, logs[1], "--output", store.uri(folder), "--summary", store.uri(f"{folder}/s.json"))[2:]
    staging = ["--staging", str(tmp_path)]
    ended_by = subprocess.run(
        [*killed, "simple_ltv", *arguments, *staging], cwd=PROJECT, capture_output=True, timeout=120
    )
    assert ended_by.returncode == -9, ended_by.stderr.decode()
    seen = [name for name in store.keys(folder) if not name.startswith(".")]
    assert [name for name in seen if name.endswith(".dat")] == []
    assert [name.rpartition("/")[2] for name in seen] == ["rejects.jsonl", "s.json"][: max(0, nth - 4)]

    done = ended([sys.executable, str(PROJECT / "jobs" / "simple_ltv.py"), *arguments, *staging])
    assert done.returncode == 0, done.stderr
    [answer] = [name for name in store.keys(folder) if name.endswith(".dat")]
    assert last_line(done.stdout) == f"s3://shop/{folder}/{answer}"
    assert list(tmp_path.iterdir()) == []


HALF_AN_UPLOAD = """
import os, signal, sys
from sflydwh.output.object_folder import _put
from sflydwh.files.uri import location
def parts():
    for _ in range(3):
        yield b"x" * (12 << 20)
    os.kill(os.getpid(), signal.SIGKILL)
_put(location(sys.argv[1]), parts())
"""


def test_an_upload_in_parts_that_is_killed_leaves_no_object(store: ObjectStore) -> None:
    done = subprocess.run([sys.executable, "-c", HALF_AN_UPLOAD, store.uri("half/log")], cwd=PROJECT, timeout=120)
    assert done.returncode == -9
    assert store.keys("half") == []


def test_a_store_that_stops_while_it_is_read_fails_the_run(
    store: ObjectStore, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = generated(tmp_path / "log", 150_000)
    with object_store(tmp_path_factory.mktemp("store")) as other:
        process = begun(job(10, other.put("log", log.read_bytes()), "--output", tmp_path / "output"))
        wait_for_staging(tmp_path / "output", process)
        other.server.kill()
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert re.match(r"simple_ltv: cannot read s3://shop/log[: ]", last_line(err))
    assert len(err.splitlines()) == 2
    assert list((tmp_path / "output").iterdir()) == []


def test_a_store_that_stops_before_the_answer_fails_the_run(
    store: ObjectStore,
    sail_engine: Engine,
    logs: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with object_store(tmp_path_factory.mktemp("store")) as other:

        def after_the_store(best: Iterable[RankedCustomer]) -> Iterator[str]:
            other.server.kill()
            return dat_lines(best)

        monkeypatch.setattr(run_module, "dat_lines", after_the_store)
        with pytest.raises(RunError, match=r"^cannot write s3://shop/out/.*: .*connect") as error:
            answered(sail_engine, logs_of(logs[1]), Settings(output=other.uri("out")))
    assert str(error.value).isprintable()


def test_an_object_that_is_written_again_during_a_run_fails_it(
    store: ObjectStore,
    sail_engine: Engine,
    logs: list[Path],
    tmp_path: Path,
) -> None:
    source = logs_of(put(store, "again", logs))
    source.inputs[:] = [file._replace(modified=int(file.modified or 0) - 10**9) for file in source.inputs]
    with pytest.raises(RunError, match=r"^s3://shop/again/[ab]\.json changed while it was read: it was written again"):
        answered(sail_engine, source, Settings(output=str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
    assert dat(run(sail_engine, logs, tmp_path))
