"""Read from fat binaries which machine code and PTX compiled files hold; needs no CUDA tool.

Layout of a fat binary, as `cuobjdump` shows it: a header (magic 0xBA55ED50, 16 bytes, then the size of
all entries), then entries, each with a header that says kind (1 PTX, 2 machine code), its sizes and the arch.
"""

from __future__ import annotations

import mmap
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = struct.pack("<I", 0xBA55ED50)
_PTX, _CUBIN = 1, 2
_KNOWN = range(30, 200)


@dataclass(frozen=True)
class Code:
    """The archs (sm_...) of a file's machine code and of its PTX, each from low to high.

    Only those of the bulk of the kernels: a few kernels for one more GPU do not serve it.
    """

    archs: tuple[str, ...]
    ptx: tuple[str, ...]


def of_wheel(wheel: Path, scratch: Path) -> Code:
    """Read the library with most of a wheel's kernels, unpacking each into `scratch` in turn.

    Others may hold kernels for a few GPUs only (attention for one generation), so they do not count.
    """
    largest: Counter[tuple[int, int]] = Counter()
    with zipfile.ZipFile(wheel) as archive:
        for name in (name for name in archive.namelist() if ".so" in name.rpartition("/")[2]):
            library = Path(archive.extract(name, scratch))
            largest = max(largest, Counter(_entries(library)), key=Counter.total)
            library.unlink()
    return _code(largest)


def of_file(path: Path) -> Code:
    """Read one file."""
    return _code(Counter(_entries(path)))


def _code(entries: Counter[tuple[int, int]]) -> Code:
    bulk = max(entries.values(), default=0) / 2

    def archs(kind: int) -> tuple[str, ...]:
        numbers = sorted(arch for (each, arch), count in entries.items() if each == kind and count >= bulk)
        return tuple(f"sm_{arch}" for arch in numbers)

    return Code(archs=archs(_CUBIN), ptx=archs(_PTX))


def _entries(path: Path) -> Iterator[tuple[int, int]]:
    """Yield (kind, arch) of every entry of every fat binary in a file."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(_MAGIC)
        while at >= 0:
            yield from _container(data, at)
            at = data.find(_MAGIC, at + 16)


def _container(data: mmap.mmap, start: int) -> Iterator[tuple[int, int]]:
    if start + 16 > len(data):
        return
    _, header, size = struct.unpack_from("<HHQ", data, start + 4)
    at, end = start + header, min(start + header + size, len(data))
    while at + 32 <= end:
        kind, _, header, payload = struct.unpack_from("<HHIQ", data, at)
        (arch,) = struct.unpack_from("<I", data, at + 28)
        if header < 32 or arch not in _KNOWN:
            return
        yield kind, arch
        at += header + payload
