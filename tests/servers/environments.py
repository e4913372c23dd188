"""A Python that has what the package needs, and not the package: what a cluster's machines have."""

import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from tests import PROJECT


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


def own_packages(environment: Path) -> Path:
    """The site-packages of an environment."""
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(environment)}))


def built(folder: Path) -> Path:
    """What `make dist` builds for --py-files."""
    given = (f"BIN={Path(sys.executable).parent}", f"DIST={folder}")
    subprocess.run(["make", "dist", "--old-file", ".venv/.tools", *given], cwd=PROJECT, check=True, capture_output=True)
    return folder / "sflydwh.zip"
