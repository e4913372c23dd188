"""The browser that the tests use."""

import os
import shutil

import pytest


def executable() -> str:
    """The path of Chromium; without it the tests are skipped, or fail where CI must run them."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium found, and CI must look at the page")
    pytest.skip("no Chromium found: THE PAGE IS NOT LOOKED AT")
