"""Try a format on the first records of a log, without an engine.

python jobs/try_format.py shop.toml orders.csv
python jobs/try_format.py events.dat
"""

import sys

try:
    from sflydwh.commands.try_format import program
except ModuleNotFoundError as error:
    sys.exit(
        f"try_format: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
