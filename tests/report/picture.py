"""Take the picture of the report that the README shows: `python -m tests.report.picture docs/report.png`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import PROJECT
from tests.report.browsers import executable

LOG = ["200000", "--days", "730", "--dropout", "0.6", "--customers", "6000", "--seed", "11"]
WIDTH, HEIGHT = 1_000, 1_395


def main(picture: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "shop.log"
        for command in (
            ["generate_events.py", *LOG[:1], str(log), *LOG[1:]],
            ["report.py", str(log), "--top", "5", "--engine", "sail", "--output", str(folder)],
        ):
            job, *arguments = command
            subprocess.run([sys.executable, PROJECT / "jobs" / job, *arguments], check=True)
        [page] = folder.glob("*_Report.html")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable())
            opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            opened.goto(page.as_uri())
            opened.screenshot(path=picture)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
