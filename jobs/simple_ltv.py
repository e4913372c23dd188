"""Rank the customers of a shop by SimpleLTV: the main job.

spark-submit jobs/simple_ltv.py 10 events.dat
python jobs/simple_ltv.py 10 events.dat
"""

import sys

try:
    from sflydwh.commands.simple_ltv import program
except ModuleNotFoundError as error:
    sys.exit(
        f"simple_ltv: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
