"""Files on object stores and other remote file systems, named by URIs such as ``s3://bucket/key``.

The key is taken literally, without percent-decoding. A query at the end says how to
reach the store: ``s3://bucket/key?endpoint_override=127.0.0.1:9000&scheme=http``.
"""

import os
import re
from functools import lru_cache
from typing import Final, NamedTuple

from pyarrow import ArrowException, fs

from sflydwh.errors import UsageError, first_line

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
# A question mark may belong to a glob: only `name=value` pairs after the last one are a query.
_URI: Final = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?]*)(?:/(.*?))?(\?\w+=[^?/&]*(?:&\w+=[^?/&]*)*)?", re.DOTALL)
# The user of an abfs:// URI is its container. A bucket has neither.
_HAVE_USERS_AND_PORTS: Final = ("abfs", "abfss", "hdfs", "viewfs")
_OTHER_NAMES_OF_S3: Final = ("s3a", "s3n")
# Stores in which an object appears only when complete. Elsewhere a partial file is visible while it is written.
_AT_ONCE: Final = ("s3://", "gs://", "gcs://")


class Location(NamedTuple):
    """A URI in its parts.

    Attributes:
        root: scheme and authority, as ``s3://bucket``.
        key: the path below it, without a slash around it; empty for all of it.
        query: how to reach the store, with its question mark; empty without one.
    """

    root: str
    key: str
    query: str

    def __str__(self) -> str:
        """The URI for messages: without the query, which may contain a secret."""
        return f"{self.root}/{self.key}" if self.key else self.root

    @property
    def uri(self) -> str:
        """The complete URI, for opening the file."""
        return f"{self}{self.query}"

    def at(self, key: str) -> "Location":
        """The location of another key in the same store."""
        return Location(self.root, key, self.query)

    def below(self, name: str) -> "Location":
        """The location of a name below this one."""
        return self.at(f"{self.key}/{name}" if self.key else name)


def expanded(path: str) -> str:
    """A path with a leading `~` replaced by the home directory, as a shell does.

    >>> expanded("a/~b"), expanded("s3://bucket/~")
    ('a/~b', 's3://bucket/~')
    """
    return os.path.expanduser(path) if path.startswith("~") else path


def is_uri(text: str) -> bool:
    """Whether a text is a URI rather than a path.

    >>> is_uri("s3://bucket/key"), is_uri("/data/a://b"), is_uri("log")
    (True, False, False)
    """
    return _SCHEME.match(text) is not None


def location(uri: str) -> Location:
    """The parts of a URI.

    Raises:
        UsageError: it is not a URI, or contains credentials.

    >>> location("s3://shop/logs/2017-0?.json?scheme=http")
    Location(root='s3://shop', key='logs/2017-0?.json', query='?scheme=http')
    """
    match = _URI.fullmatch(uri)
    if not match:
        raise UsageError("a URI has the form s3://BUCKET/KEY")
    scheme, authority, key, query = match.groups()
    if scheme in _OTHER_NAMES_OF_S3:
        raise UsageError(f"{scheme}:// is Hadoop's name; write s3://{authority}/{key or ''}")
    user = authority.rpartition("@")[0] if scheme in _HAVE_USERS_AND_PORTS else authority
    if ":" in user or (scheme not in _HAVE_USERS_AND_PORTS and "@" in authority):
        raise UsageError(
            f"{scheme}://... holds credentials; give them in the environment, as AWS_ACCESS_KEY_ID and such"
        )
    return Location(f"{scheme}://{authority}", (key or "").strip("/"), query or "")


def shown(path: str) -> str:
    """A path or URI for messages, without parts that may be secret.

    >>> shown("s3://shop/log?endpoint_override=127.0.0.1:9000"), shown("/tmp/log?a=b")
    ('s3://shop/log', '/tmp/log?a=b')
    """
    return str(location(path)) if is_uri(path) else path


def check_writable(uri: str) -> None:
    """Refuse a URI to which an object cannot be written atomically.

    Raises:
        UsageError: it is such a URI, or contains credentials.
    """
    where = location(uri)
    if not uri.startswith(_AT_ONCE):
        raise UsageError(f"{where} cannot be written to; give a directory, or a URI of s3:// or gs://")


def filesystem(place: Location) -> tuple[fs.FileSystem, str]:
    """The file system of a location, and the path of the location on it.

    Raises:
        UsageError: there is no file system for such a URI.
        OSError: it cannot be reached.
    """
    opened, base = _opened(place.root, place.query)
    return opened, f"{base}/{place.key}" if place.key else base or "/"


def key_of(place: Location, inner: str) -> str:
    """The key of a path that a file system listed."""
    return inner[len(_opened(place.root, place.query)[1]) + 1 :].strip("/")


@lru_cache(maxsize=16)
def _opened(root: str, query: str) -> tuple[fs.FileSystem, str]:
    """One cached client per store: it keeps connections, and may have looked up the store's region."""
    try:
        opened, base = fs.FileSystem.from_uri(f"{root}/{query}")
    except (ArrowException, NotImplementedError) as error:
        told = first_line(error).replace(query, "") if query else first_line(error)
        raise UsageError(f"cannot open {root}: {told}") from None
    return opened, base.rstrip("/")
