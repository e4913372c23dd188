"""Test the predictions: make them as of an earlier day, and compare them with the actual figures.

spark-submit jobs/backtest.py events.dat
python jobs/backtest.py events.dat
"""

import sys

try:
    from sflydwh.commands.backtest import program
except ModuleNotFoundError as error:
    sys.exit(
        f"backtest: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
