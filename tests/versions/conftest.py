"""What is tried in every version."""

from pathlib import Path

import pytest

from tests.running import generated
from tests.servers.environments import built_wheel
from tests.versions.same_bytes import EVENTS


@pytest.fixture(scope="package")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="package")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("log") / "dirty.log", EVENTS, dirty=0.01)
