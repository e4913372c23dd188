"""Intermediate results, and machines that do not see them."""

import re
from pathlib import Path
from unittest.mock import Mock

import pytest

from sflydwh.engine.spark import Spark
from sflydwh.engine.staged import staged
from sflydwh.errors import RunError
from sflydwh.files.staging import staging


@pytest.mark.parametrize("folder", ["ledger", "batch1/pieces"])
def test_a_directory_that_is_not_shared_is_named_as_it_was_given(tmp_path: Path, folder: str) -> None:
    with staging(tmp_path / "given") as own:
        told = f"the executors do not write to this machine's {tmp_path}/given; use a directory that all machines share"
        with pytest.raises(RunError, match=re.escape(told)):
            staged(Spark(Mock(), "Spark"), Mock(), own / folder)
