"""Keep the event table small and fast, and forget persons.

spark-submit jobs/maintain.py /data/events
python jobs/maintain.py /data/events
"""

import sys

try:
    from sflydwh.commands.maintain import program
except ModuleNotFoundError as error:
    sys.exit(
        f"maintain: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
