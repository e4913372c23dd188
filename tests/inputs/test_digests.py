"""Digests of files: the same for the same bytes, however many blocks and threads."""

import hashlib
from pathlib import Path

import pytest

from sflydwh.errors import InputError
from sflydwh.files.input_file import InputFile
from sflydwh.inputs import digests as module
from sflydwh.inputs.digests import digests
from sflydwh.inputs.find import find_inputs


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    ("content", "blocks"),
    [(b"", []), (b"abc", [b"abc"]), (b"abcd", [b"abcd"]), (b"abcdefghi", [b"abcd", b"efgh", b"i"])],
)
def test_a_digest_is_that_of_the_digests_of_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, blocks: list[bytes]
) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", 4)
    (tmp_path / "a").write_bytes(content)
    (tmp_path / "b").write_bytes(b"other")
    right = sha256(b"".join(map(sha256, blocks))).hex()
    other = sha256(sha256(b"othe") + sha256(b"r")).hex()
    assert list(digests(find_inputs([str(tmp_path / "a"), str(tmp_path / "b")]))) == [right, other]


def test_a_file_that_got_shorter_or_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with pytest.raises(InputError, match="a changed while it was read: it ends at byte 3"):
        list(digests([InputFile(str(tmp_path / "a"), 5)]))
    with pytest.raises(InputError, match="cannot read .*gone"):
        list(digests([InputFile(str(tmp_path / "gone"), 5)]))
