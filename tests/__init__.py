"""The suite mirrors the package; `whole` holds the tests of whole runs."""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1]
# Logs that nobody here wrote; tests that need them skip where they are absent.
REAL_LOGS: Final = PROJECT.parent / "shared" / "real"
