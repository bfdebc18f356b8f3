"""Wheels with shared libraries that are only as much of one as a reader needs."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

GPU_CODE = struct.pack("<IHH", 0xBA55ED50, 1, 16)
_NEEDED, _STRTAB, _STRSZ, _SONAME, _RUNPATH = 1, 5, 10, 14, 29
_HEADERS = 64 + 2 * 56


def library(
    *needed: str,
    soname: str = "",
    runpath: str = "",
    symbols: tuple[str, ...] = ("__cxa_finalize",),
    text: bytes = b"",
    names_last: bool = False,
) -> bytes:
    """An ELF file: headers, table of names (or at the end: `names_last`), `text`, dynamic section."""
    entries, table = [], b"\0"
    for tag, word in [*((_NEEDED, name) for name in needed), (_SONAME, soname), (_RUNPATH, runpath)]:
        if word:
            entries.append((tag, len(table)))
            table += word.encode() + b"\0"
    table += b"".join(symbol.encode() + b"\0" for symbol in symbols)
    # What follows a table is the table of versions, which is no text.
    front = b"" if names_last else table + b"\2\0"
    dynamic_at = _HEADERS + len(front) + len(text)
    dynamic_size = 16 * (len(entries) + 3)
    names_at = dynamic_at + dynamic_size if names_last else _HEADERS
    entries += [(_STRTAB, names_at), (_STRSZ, len(table)), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    total = dynamic_at + dynamic_size + (len(table) if names_last else 0)
    return (
        _head()
        + _segment(1, 0, total)
        + _segment(2, dynamic_at, dynamic_size)
        + front
        + text
        + dynamic
        + (table if names_last else b"")
    )


def _head() -> bytes:
    kind = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + kind


def _segment(kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 5, offset, offset, offset, size, size, 8)


def wheel(
    folder: Path, name: str, files: Mapping[str, bytes], requires: tuple[str, ...] = (), version: str = "1.0"
) -> Path:
    """A wheel with these files, compressed as wheels are."""
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {text}\n" for text in requires)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
    return path
