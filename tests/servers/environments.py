"""Pythons of their own: with what the package needs, as a cluster's machines have it, and with what pip installs."""

import fcntl
import re
import subprocess
import sys
import sysconfig
from configparser import ConfigParser
from importlib.util import find_spec
from pathlib import Path

from tests import PROJECT

SETUP = ConfigParser()
SETUP.read(PROJECT / "setup.cfg")
# The modules of the programs that an install brings.
PROGRAMS = dict(
    re.split(" = |:", line)[:2] for line in SETUP["options.entry_points"]["console_scripts"].split("\n")[1:]
)


def bare_environment(folder: Path) -> Path:
    """Make one; the path of its Python.

    Editable installs do not come along: Python heeds their `.pth` files in its own
    site-packages only, and not in a folder that another `.pth` names.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    specs = map(find_spec, ("numba", "numpy", "pandas", "pyarrow", "pyspark"))
    places = {Path(str(spec.origin)).parents[1] for spec in specs if spec}
    (own_packages(folder) / "cluster.pth").write_text("".join(f"{place}\n" for place in sorted(places)), "utf-8")
    return folder / "bin" / "python"


def installed_environment(folder: Path, *requirements: str, base: str = sys.executable) -> Path:
    """One with what pip makes of these requirements, and nothing else; the path of its Python, which is like `base`."""
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install(python, *requirements)
    return python


def install(python: Path, *requirements: str) -> None:
    """Add what pip makes of these requirements to the environment of a Python."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def own_packages(environment: Path) -> Path:
    """The site-packages of an environment."""
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(environment)}))


def built(folder: Path) -> Path:
    """What `make dist` builds for --py-files."""
    given = (f"BIN={Path(sys.executable).parent}", f"DIST={folder}")
    command = ["make", "dist", "--old-file", ".venv/.tools", *given]
    # Builds at once would share the list of files that setuptools keeps in the project.
    with (PROJECT / "Makefile").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "sflydwh.zip"


def built_wheel(folder: Path) -> Path:
    """The wheel that `make dist` builds."""
    built(folder)
    [wheel] = folder.glob("*.whl")
    return wheel
