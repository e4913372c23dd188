"""The main job twice on one engine, for the time it takes once that is warm; run by spark-submit.

`spark-submit ours_twice.py N EVENTS OUTPUT_DIR` prints the second run's seconds.
"""

import sys
import time
from contextlib import nullcontext
from unittest.mock import patch

from sflydwh.commands.simple_ltv import main
from sflydwh.engine import choice
from sflydwh.engine.engine import SPARK


def run_twice(top: str, events: str, output: str) -> int:
    """Run the job with its own command line, both times in the session of the first; the exit status."""
    with choice.open_engine(SPARK) as engine, patch.object(choice, "open_engine") as opened:
        opened.side_effect = lambda *_: nullcontext(engine)
        status = main([top, events, "--output", f"{output}/first"])
        clock = time.perf_counter()
        status = status or main([top, events, "--output", f"{output}/second"])
        print(time.perf_counter() - clock)
    return status


if __name__ == "__main__":
    sys.exit(run_twice(*sys.argv[1:]))
