"""A search through all layers of an image, files that a later layer hides or deletes included.

overlay2 keeps each layer unpacked in a folder of the engine's machine: a container that mounts these folders
searches them where they are. Other stores hand the layers out as an archive, packed or not.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, cast

import zstandard
from docker.models.images import Image

from builder.engine.images import layer_folders
from builder.prove.errors import TailnetError
from builder.prove.tailnet.tailnet import Tailnet

_CHUNK = 1 << 20
# No match is longer.
_LONGEST = 256
_SECONDS = 300.0
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def search(image: Image, tailnet: Tailnet, pattern: str) -> str | None:
    """Where the first match lies, or None. The pattern must mean the same to `grep -E` and to Python."""
    folders = layer_folders(image)
    return (
        _grep(tailnet, folders, pattern) if folders else search_archive(image, re.compile(pattern.encode()))
    )


def _grep(tailnet: Tailnet, folders: list[str], pattern: str) -> str | None:
    volumes = {folder: {"bind": f"/layers/{i}", "mode": "ro"} for i, folder in enumerate(folders)}
    argv = ["-rlaE", "--devices=skip", "--max-count=1", pattern, "/layers"]
    member = tailnet.helper("layers", ["grep", *argv], volumes=volumes)
    code = member.wait(_SECONDS)
    said = member.log().decode(errors="replace").strip()
    member.remove()
    if code > 1:
        raise TailnetError(
            f"the layers of the image could not be read: {said}", "see the engine's storage folder"
        )
    return said.partition("\n")[0] if code == 0 else None


def search_archive(image: Image, pattern: re.Pattern[bytes]) -> str | None:
    """Name of the first blob of `docker save` with a match, or None."""
    with tarfile.open(fileobj=_Stream(image.save(chunk_size=_CHUNK)), mode="r|", bufsize=_CHUNK) as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            if content and _matches(_chunks(cast(io.BufferedReader, content)), pattern):
                return entry.name
    return None


class _Stream(io.RawIOBase):
    """Chunks as a readable file, for tarfile's stream mode."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._rest = iter(chunks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._rest or next(self._chunks, b"")
        view[: len(data)] = data[: len(view)]
        self._rest = data[len(view) :]
        return min(len(data), len(view))


def _chunks(content: io.BufferedReader) -> Iterator[bytes]:
    """The content, unpacked if it is packed: all of its members or frames, one behind the other."""
    head = content.peek(4)[:4]
    if head == _ZSTD:
        unzstd = zstandard.ZstdDecompressor()
        unpacked: IO[bytes] | io.BufferedIOBase = unzstd.stream_reader(content, read_across_frames=True)
    elif head[:2] == _GZIP:
        unpacked = gzip.GzipFile(fileobj=content)
    else:
        unpacked = content
    while chunk := unpacked.read(_CHUNK):
        yield chunk


def _matches(chunks: Iterator[bytes], pattern: re.Pattern[bytes]) -> bool:
    tail = b""
    for chunk in chunks:
        window = tail + chunk
        if pattern.search(window):
            return True
        tail = window[-_LONGEST:]
    return False
