"""Write a made-up event log: `generate_events.py N OUT`; see `--help` for the options.

The log that comes with the project:

    python jobs/generate_events.py 120 data/events.dat --format array-blank --customers 25 --seed 2048
"""

import sys
from pathlib import Path

# It needs no engine, and so no installed package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sflydwh.commands.generate_events import program

if __name__ == "__main__":
    program()
