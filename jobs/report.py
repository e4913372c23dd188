"""Write the report: the best customers today and in the future, and how far to trust the predictions.

spark-submit jobs/report.py events.dat
python jobs/report.py events.dat
"""

import sys

try:
    from sflydwh.commands.report import program
except ModuleNotFoundError as error:
    sys.exit(
        f"report: {error.name} is not installed for {sys.executable}; "
        "run `make setup` and use .venv/bin/python, or pass the package with --py-files"
    )

if __name__ == "__main__":
    program()
