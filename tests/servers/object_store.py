"""An S3-compatible object store in a process of its own: SeaweedFS, which checks signatures."""

import json
import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from pyarrow import fs

PROGRAM = Path(sysconfig.get_path("scripts"), "weed")
LOOPBACK = "127.0.0.1"
START_SECONDS = 60
BUCKET = "shop"
SECRET = "not/to+be-shown"
# What a client of the store has in its environment. Never a real account.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
SERVICES = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")


class ObjectStore(NamedTuple):
    """A store that runs.

    Attributes:
        address: host and port.
        server: its process.
        files: a client that does not go through the code under test.
    """

    address: str
    server: subprocess.Popen[bytes]
    files: fs.S3FileSystem

    @property
    def query(self) -> str:
        return f"?endpoint_override={self.address}&scheme=http"

    def uri(self, key: str) -> str:
        return f"s3://{BUCKET}/{key}{self.query}"

    def put(self, key: str, data: bytes) -> str:
        with self.files.open_output_stream(f"{BUCKET}/{key}") as stream:
            stream.write(data)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        with self.files.open_input_stream(f"{BUCKET}/{key}") as stream:
            return bytes(stream.read())

    def keys(self, folder: str) -> list[str]:
        """The objects below a folder, by their paths in there."""
        selector = fs.FileSelector(f"{BUCKET}/{folder}", allow_not_found=True, recursive=True)
        below = len(f"{BUCKET}/{folder}/")
        return sorted(info.path[below:] for info in self.files.get_file_info(selector) if info.is_file)


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A store with an empty bucket, its data in a folder."""
    ports = _free_ports(len(SERVICES) + 2)
    address = f"{LOOPBACK}:{ports[0]}"
    (folder / "data").mkdir()
    user = {"accessKey": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List"]
    (folder / "s3.json").write_text(
        json.dumps({"identities": [{"name": "tests", "credentials": [user], "actions": actions}]})
    )
    options = {"dir": folder / "data", "ip": LOOPBACK, "ip.bind": LOOPBACK, "master.telemetry": "false"}
    options |= {"s3.port": ports[0], "s3.port.grpc": ports[1], "s3.port.iceberg": 0, "s3.port.lance": 0}
    options |= {"s3.config": folder / "s3.json", "s3.autoCreateBucket": "false", "volume.max": 32}
    options |= {"master.volumeSizeLimitMB": 64, "volume.preStopSeconds": 0}
    options |= dict(zip(SERVICES, ports[2:], strict=True))
    command = [str(PROGRAM), f"-logdir={folder}", "server", "-s3"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *(f"-{name}={value}" for name, value in options.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        )
        try:
            yield ObjectStore(address, server, _client(address, server, folder / "log"))
        finally:
            server.kill()
            server.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


def _client(address: str, server: subprocess.Popen[bytes], log: Path) -> fs.S3FileSystem:
    """A client, once the store takes objects."""
    deadline = time.monotonic() + START_SECONDS
    files = fs.S3FileSystem(
        access_key=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        secret_key=SECRET,
        region=CREDENTIALS["AWS_REGION"],
        endpoint_override=address,
        scheme="http",
        allow_bucket_creation=True,
    )
    while not _takes_objects(files):
        if time.monotonic() > deadline or server.poll() is not None:
            raise RuntimeError(f"the object store does not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.2)
    return files


def _takes_objects(files: fs.S3FileSystem) -> bool:
    try:
        files.create_dir(BUCKET)
        with files.open_output_stream(f"{BUCKET}/ready") as stream:
            stream.write(b"1")
        files.delete_file(f"{BUCKET}/ready")
    except OSError:
        return False
    return True
