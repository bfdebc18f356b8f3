"""What a shared library loads, read from the front of its bytes.

The list of what it loads (DT_NEEDED) lies near the end of a library, its names in a table that linkers put in
front. A wheel is compressed: what comes late costs all that comes before it. A library is therefore read
from its front until its list is complete, or until its machine code for GPUs begins: by then its names are
known.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A fat binary: its magic, version 1, and a header of 16 bytes. The magic alone may be part of an instruction.
_GPU_CODE = struct.pack("<IHH", 0xBA55ED50, 1, 16)
_ELF64 = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRTAB, _STRSZ, _SONAME, _RPATH, _RUNPATH = 1, 5, 10, 14, 15, 29
# Every C compiler links a library with it, so it tells the table of names from other text.
_IN_TABLE = b"\0__cxa_finalize\0"
_NOT_TEXT = re.compile(rb"[^\0\x20-\x7e]")
_FILE = re.compile(r"[\w.+-]+\.so(\.[\w.]+)?")
_LIMIT = 96_000_000
# The libraries of CUDA that programs load by name, with dlopen.
_BY_NAME = re.compile(
    rb"lib(?:cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nvrtc|nvJitLink)\.so\.\d+(?:\.\d+)?(?=\0)"
)


@dataclass(frozen=True)
class Linkage:
    """What a library says: its own name, what it is linked with, where it looks, what it may load by name.

    `exact`: the names come from its dynamic section; else from its table of names, which has the same names.
    """

    soname: str
    needed: tuple[str, ...]
    runpath: tuple[str, ...]
    by_name: tuple[str, ...]
    exact: bool


def family(soname: str) -> str:
    """The name of a library without its version: `libcublas` of `libcublas.so.12`."""
    return soname.partition(".so")[0]


def read(chunks: Iterator[bytes], file_name: str) -> Linkage | None:
    """Read a library from its first byte on, no more of it than needed; None for what is no library."""
    front = _Front(chunks)
    if not front.holds(64) or front.data[: len(_ELF64)] != _ELF64:
        return None
    segments = _segments(front)
    names = b""
    while not (exact := _exact(front, segments)) or _loads_by_name(exact[1]):
        names = names or front.names
        if (names and not _loads_by_name(names)) or front.gpu_code or not front.more():
            break
    by_name = _by_name(front.data, file_name)
    if exact:
        return _from_section(*exact, by_name)
    return _from_names(names or front.names, file_name, by_name)


def read_file(path: Path) -> Linkage | None:
    """Read what a library on the disk is linked with, and nothing else; None for what is no library."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < 64:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            front = _Front(iter(()))
            front.data = data
            if data[: len(_ELF64)] != _ELF64:
                return None
            exact = _exact(front, _segments(front))
            return _from_section(*exact, ()) if exact else None


class _Front:
    """The bytes of a library as far as they were read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.data: bytearray | mmap.mmap = bytearray()
        self.gpu_code = False
        self._table, self._table_end = -1, -1

    def more(self) -> bool:
        """Read on; False at the end or at the limit."""
        chunk = next(self._chunks, b"") if len(self.data) < _LIMIT else b""
        if not chunk or isinstance(self.data, mmap.mmap):
            return False
        start = max(0, len(self.data) - len(_IN_TABLE))
        self.data += chunk
        self.gpu_code = self.data.find(_GPU_CODE, start) >= 0
        self._look_for_table(start)
        return True

    def _look_for_table(self, start: int) -> None:
        if self._table < 0:
            self._table = start = self.data.find(_IN_TABLE, start)
        if self._table >= 0 > self._table_end and (end := _NOT_TEXT.search(self.data, start)):
            self._table_end = end.start()

    @property
    def names(self) -> bytes:
        """The table of names, once all of it is there; empty before, and where a tool moved it to the end."""
        if self._table_end < 0:
            return b""
        before = _NOT_TEXT.search(bytes(reversed(self.data[: self._table])))
        return bytes(self.data[self._table - before.start() if before else 0 : self._table_end])

    def holds(self, end: int) -> bool:
        """Read until so many bytes are there."""
        while len(self.data) < end and self.more():
            pass
        return len(self.data) >= end


def _segments(front: _Front) -> list[tuple[int, int, int, int]]:
    """The program headers: type, offset, address, size in the file."""
    (start,) = struct.unpack_from("<Q", front.data, 32)
    size, count = struct.unpack_from("<HH", front.data, 54)
    if not front.holds(start + size * count):
        return []
    rows = (struct.unpack_from("<IIQQQQ", front.data, start + size * row) for row in range(count))
    return [(kind, offset, address, length) for kind, _, offset, address, _, length in rows]


def _exact(
    front: _Front, segments: list[tuple[int, int, int, int]]
) -> tuple[list[tuple[int, int]], bytes] | None:
    """The entries of the dynamic section and its table of names; None as long as they are not there."""
    dynamic = next(((at, size) for kind, at, _, size in segments if kind == _DYNAMIC), None)
    if dynamic is None or sum(dynamic) > len(front.data):
        return None
    rows = [struct.unpack_from("<QQ", front.data, at) for at in range(dynamic[0], sum(dynamic) - 15, 16)]
    entries = [(tag, value) for tag, value in rows if tag]
    values = dict(entries)
    at = _offset(values.get(_STRTAB, 0), segments)
    end = at + values.get(_STRSZ, 0)
    return (entries, bytes(front.data[at:end])) if end <= len(front.data) else None


def _offset(address: int, segments: list[tuple[int, int, int, int]]) -> int:
    loads = ((at, where, size) for kind, at, where, size in segments if kind == _LOAD)
    return next((address - where + at for at, where, size in loads if where <= address < where + size), 0)


def _loads_by_name(names: bytes) -> bool:
    return b"\0dlopen\0" in names


def _by_name(data: bytearray | mmap.mmap, file_name: str) -> tuple[str, ...]:
    """The names of CUDA's libraries; a wheel's own copy of one (`libcudart-c64a25f3.so`) knows its own."""
    names = {name.decode() for name in _BY_NAME.findall(data)}
    return tuple(sorted(name for name in names if not file_name.startswith(family(name))))


def _from_section(entries: list[tuple[int, int]], names: bytes, by_name: tuple[str, ...]) -> Linkage:
    def said(*tags: int) -> tuple[str, ...]:
        texts = (names[at : names.find(b"\0", at)] for tag, at in entries if tag in tags)
        return tuple(text.decode(errors="replace") for text in texts)

    needed = said(_NEEDED)
    paths = tuple(path for text in said(_RPATH, _RUNPATH) for path in text.split(":"))
    others = tuple(name for name in by_name if name not in needed)
    return Linkage(next(iter(said(_SONAME)), ""), needed, paths, others, True)


def _from_names(names: bytes, file_name: str, by_name: tuple[str, ...]) -> Linkage:
    words = [word.decode() for word in names.split(b"\0")]
    libraries = dict.fromkeys(word for word in words if _FILE.fullmatch(word))
    # The table has the library's own name too: that of its file, but for the version.
    own = [word for word in libraries if family(word) == family(file_name)]
    needed = tuple(word for word in libraries if word not in own)
    paths = tuple(path for word in words if "$ORIGIN" in word for path in word.split(":"))
    others = tuple(name for name in by_name if name not in libraries)
    return Linkage(next(iter(own), ""), needed, paths, others, False)
