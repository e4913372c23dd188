"""Add the events of logs to the event table.

spark-submit jobs/ingest.py events.dat --table /data/events
python jobs/ingest.py events.dat --table /data/events
"""

import sys

try:
    from sflydwh.commands.ingest import program
except ModuleNotFoundError as error:
    sys.exit(
        f"ingest: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
