"""What every version has to give: the bytes of the embedded engine of this environment."""

from pathlib import Path

from tests import PROJECT
from tests.running import generated
from tests.versions.environment import Environment, embedded

SAMPLE = PROJECT / "data" / "events.dat"
ORDERS = PROJECT / "data" / "orders.dat"
# Enough for the compiled reader, in several tasks.
EVENTS = 60_000


class SameBytes:
    """The same tests of each `environment`, a fixture of the module that inherits them."""

    def test_the_sample_gives_the_same_bytes(self, environment: Environment, tmp_path: Path) -> None:
        embedded("simple_ltv", 10, SAMPLE, "--output", tmp_path / "right")
        for engine, name in environment.engines.items():
            text = environment.run(engine, "simple_ltv", 10, SAMPLE, "--output", tmp_path / engine)
            assert f" on {name}" in text
            assert dat_and_rejects(tmp_path / engine) == dat_and_rejects(tmp_path / "right")

    def test_a_dirty_log_gives_the_same_bytes_and_rejects(
        self, environment: Environment, dirty: Path, tmp_path: Path
    ) -> None:
        embedded("simple_ltv", 100, dirty, "--output", tmp_path / "right")
        right = dat_and_rejects(tmp_path / "right")
        assert right[1].count(b"\n") > EVENTS // 200
        for engine in environment.engines:
            environment.run(engine, "simple_ltv", 100, dirty, "--output", tmp_path / engine)
            assert dat_and_rejects(tmp_path / engine) == right

    def test_a_table_gives_the_same_bytes(self, environment: Environment, tmp_path: Path) -> None:
        more = generated(tmp_path / "more.log", 2000, dirty=0.01)
        embedded("simple_ltv", 100, SAMPLE, more, "--output", tmp_path / "right")
        for engine in environment.engines:
            table = tmp_path / f"{engine}-table"
            for log in (SAMPLE, more):
                environment.run(engine, "ingest", log, "--table", table)
            environment.run(engine, "maintain", table)
            environment.run(engine, "simple_ltv", 100, "--table", table, "--output", tmp_path / engine)
            assert dat_and_rejects(tmp_path / engine)[0] == dat_and_rejects(tmp_path / "right")[0]

    def test_predictions_give_the_same_bytes(self, environment: Environment, tmp_path: Path) -> None:
        embedded("predicted_ltv", 50, ORDERS, "--output", tmp_path / "right")
        for engine in environment.engines:
            environment.run(engine, "predicted_ltv", 50, ORDERS, "--output", tmp_path / engine)
            assert dat_and_rejects(tmp_path / engine) == dat_and_rejects(tmp_path / "right")


def dat_and_rejects(output: Path) -> tuple[bytes, bytes]:
    """The bytes of the one answer in a folder, and those of its rejects."""
    [dat] = output.glob("*.dat")
    rejects = dat.with_name(dat.name.replace("_Customers.dat", "_Rejects")) / "rejects.jsonl"
    return dat.read_bytes(), rejects.read_bytes() if rejects.exists() else b""
