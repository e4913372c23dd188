"""Rank the customers of a shop by predicted LTV.

spark-submit jobs/predicted_ltv.py 10 events.dat
python jobs/predicted_ltv.py 10 events.dat
"""

import sys

try:
    from sflydwh.commands.predicted_ltv import program
except ModuleNotFoundError as error:
    sys.exit(
        f"predicted_ltv: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
