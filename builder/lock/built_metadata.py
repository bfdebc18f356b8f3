"""What built wheels said that they need, kept by the source that they were built from."""

from __future__ import annotations

import zipfile
from email.parser import HeaderParser
from pathlib import Path

from builder.core import cache


def read_requires(source: str) -> tuple[str, ...] | None:
    """Return what the wheel that was built from a source needs; None where none was built yet."""
    found = cache.load(_record(source)).get("requires")
    return None if found is None else tuple(found)


def store_requires(source: str, requires: tuple[str, ...]) -> None:
    """Keep what a wheel needs for the next lock."""
    cache.store(_record(source), {"requires": requires})


def wheel_requires(wheel: Path) -> tuple[str, ...]:
    """Return what a wheel says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        parsed = HeaderParser().parsestr(archive.read(name).decode())
    return tuple(parsed.get_all("Requires-Dist", ()))


def _record(source: str) -> str:
    return f"built-metadata/{source}.json"
