"""What a wheel holds and what its shared libraries load, read from the wheel and kept by its hash."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from typing import IO, cast

from builder.core import cache
from builder.core.model import Strict
from builder.wheels import elf

# Another number here reads every wheel again.
_FORMAT = 2
_LIBRARY = re.compile(r"[^/]*\.so(\.[^/]*)?")
_CHUNK = 1 << 18
# NVIDIA's wheels bring CUDA: the names of their files are those that others ask for, and their metadata pins
# what they need of each other. Their code is most of what a lock downloads.
CUDA = "nvidia/"


class Library(Strict):
    """A shared library of a wheel: its path, the names that it has and needs, and where it looks for them.

    `by_name` are CUDA's libraries that its code names without being linked with them.
    """

    path: str
    soname: str
    needed: tuple[str, ...]
    runpath: tuple[str, ...]
    by_name: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which others can ask for it."""
        return tuple({self.path.rpartition("/")[2], self.soname} - {""})


class WheelLibraries(Strict):
    """A wheel: its requirements, its files with their checksums, and its shared libraries."""

    requires: tuple[str, ...]
    files: dict[str, int]
    libraries: tuple[Library, ...]


def load(digest: str) -> WheelLibraries | None:
    """Return what was read of the wheel with this SHA-256; None if it was not."""
    record = cache.load(_record(digest))
    return WheelLibraries.model_validate_json(json.dumps(record)) if record else None


def store(digest: str, read: WheelLibraries) -> None:
    """Keep what was read of a wheel."""
    cache.store(_record(digest), read.model_dump())


def _record(digest: str) -> str:
    return f"wheels/{_FORMAT}/{digest}.json"


def read(file: IO[bytes] | io.RawIOBase) -> WheelLibraries:
    """Read a wheel. Raises zipfile.BadZipFile, and what the file raises."""
    with zipfile.ZipFile(cast(IO[bytes], file)) as archive:
        # The list lies at the end and the metadata before it: of a remote file they are there already.
        requires = _requires(archive)
        members = [entry for entry in archive.infolist() if not entry.is_dir()]
        in_order = sorted(members, key=lambda entry: entry.header_offset)
        libraries = [found for entry in in_order for found in _libraries(archive, entry)]
    files = {entry.filename: entry.CRC for entry in members}
    return WheelLibraries(requires=requires, files=files, libraries=tuple(libraries))


def _requires(archive: zipfile.ZipFile) -> tuple[str, ...]:
    name = next((name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), "")
    text = archive.read(name).decode(errors="replace") if name else ""
    return tuple(HeaderParser().parsestr(text).get_all("Requires-Dist", ()))


def _libraries(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Library]:
    name = entry.filename.rpartition("/")[2]
    if not _LIBRARY.fullmatch(name):
        return
    if entry.filename.startswith(CUDA):
        yield Library(path=entry.filename, soname="", needed=(), runpath=(), by_name=())
        return
    with archive.open(entry) as file:
        linkage = elf.read(iter(lambda: file.read(_CHUNK), b""), name)
    if linkage:
        yield Library(
            path=entry.filename,
            soname=linkage.soname,
            needed=linkage.needed,
            runpath=linkage.runpath,
            by_name=linkage.by_name,
        )
