"""A source archive whose bytes do not tell when, by whom and under which umask it was built; setup.cfg has the rest."""

import gzip
import os
import tarfile
import time
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist


class SteadyArchive(sdist):
    """Files in the order of their names, of nobody, and of the time in SOURCE_DATE_EPOCH."""

    def make_archive(self, base_name: str, *_format: str, base_dir: str, **_owner: str | None) -> str:
        """Pack a folder.

        Args:
            base_name: the archive without its suffix.
            base_dir: the folder.
        """
        packed_at = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def steady(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = packed_at
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            return entry

        path = f"{base_name}.tar.gz"
        with (
            Path(path).open("wb") as file,
            # Without a name: it would be one of the builder's paths.
            gzip.GzipFile("", "wb", fileobj=file, mtime=packed_at) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            archive.add(base_dir, filter=steady)
        return path


setup(cmdclass={"sdist": SteadyArchive})
