"""A search through all layers of an image, files that a later layer hides or deletes included.

overlay2 keeps each layer unpacked in a folder of the engine's machine: a container that mounts these folders
searches them where they are. Other stores hand the layers out as an archive, packed or not.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, cast

import zstandard
from docker.errors import APIError
from docker.models.images import Image

from builder.engine.images import layer_folders
from builder.prove.errors import TailnetError
from builder.prove.tailnet.tailnet import Tailnet

_CHUNK = 1 << 20
# No match is longer.
_LONGEST = 256
_SECONDS = 300.0
_MANIFEST = "manifest.json"
_REMEDY = "see the engine's log and its free space, and prove again"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def search(image: Image, tailnet: Tailnet, pattern: str) -> str | None:
    """Return where the first match lies, or None.

    The pattern must mean the same to `grep -E` and to Python.
    """
    folders = layer_folders(image)
    return (
        _grep(tailnet, folders, pattern) if folders else search_archive(image, re.compile(pattern.encode()))
    )


def _grep(tailnet: Tailnet, folders: list[str], pattern: str) -> str | None:
    volumes = {folder: {"bind": f"/layers/{i}", "mode": "ro"} for i, folder in enumerate(folders)}
    argv = ["-rlaE", "--devices=skip", "--max-count=1", pattern, "/layers"]
    member = tailnet.helper("layers", ["grep", *argv], volumes=volumes)
    code = member.wait(_SECONDS)
    output = member.log().decode(errors="replace").strip()
    member.remove()
    if code > 1:
        raise TailnetError(
            f"the layers of the image could not be read: {output}", "see the engine's storage folder"
        )
    return output.partition("\n")[0] if code == 0 else None


def search_archive(image: Image, pattern: re.Pattern[bytes]) -> str | None:
    """Return the name of the first blob of `docker save` with a match, or None.

    TailnetError where the archive does not hold all layers: nothing can be said of those that are missing.
    """
    names: set[str] = set()
    layers: set[str] | None = None
    try:
        stream = _Stream(image.save(chunk_size=_CHUNK))
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as archive:
            for entry in archive:
                names.add(entry.name)
                content = archive.extractfile(entry) if entry.isreg() else None
                if content and entry.name == _MANIFEST:
                    layers = _listed_layers(content.read())
                elif content and _matches(_chunks(cast(io.BufferedReader, content)), pattern):
                    return entry.name
    except (APIError, tarfile.TarError, OSError) as error:
        raise TailnetError(f"`docker save` of the image failed: {error}", _REMEDY) from None
    if layers is None or layers - names:
        raise TailnetError("`docker save` of the image ended before its last layer", _REMEDY)
    return None


def _listed_layers(manifest: bytes) -> set[str]:
    return {layer for image in json.loads(manifest) for layer in image["Layers"]}


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
