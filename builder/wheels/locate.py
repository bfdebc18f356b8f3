"""Which file each pin of a lock stands for, as uv chooses it: address, size and hash."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from datetime import datetime
from typing import Any

from builder.core import cache
from builder.core.model import Strict
from builder.core.process import run
from builder.lock.uv import uv_program

_PLATFORM = "x86_64-manylinux_2_28"


class WheelFile(Strict):
    """The wheel of a pin, as the index offers it; when it was uploaded, where the index says so."""

    name: str
    version: str
    url: str
    size: int
    sha256: str
    uploaded: datetime | None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def wheel_files(lock: str, python: str, indexes: tuple[str, ...] = ()) -> tuple[WheelFile, ...]:
    """Return the wheels of a lock's text; `indexes` are asked before PyPI. Raises TailboxError.

    A lock names every file by its hash: what uv chose for it once, it chooses again, so it is kept.
    """
    digest = hashlib.sha256("\n".join((python, *indexes, lock)).encode()).hexdigest()
    name = f"wheels/locks/{digest}.json"
    record = cache.load(name)
    if not record:
        record = {"wheels": [row for row in map(_row, _packages(lock, python, indexes)) if row]}
        cache.store(name, record)
    return tuple(WheelFile.model_validate_json(json.dumps(row)) for row in record["wheels"])


def _packages(lock: str, python: str, indexes: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    command = [uv_program(), "pip", "compile", "-", "--quiet", "--no-deps", "--generate-hashes", "--no-build"]
    command += ["--format", "pylock.toml", "--python", sys.executable, "--python-version", python]
    command += ["--python-platform", _PLATFORM, *(f"--index={address}" for address in indexes)]
    text = run(command, "uv does not say where the wheels are", "check the network, then repeat", stdin=lock)
    packages: list[dict[str, Any]] = tomllib.loads(text).get("packages", [])
    return packages


def _row(package: dict[str, Any]) -> dict[str, Any] | None:
    """The first wheel of a package: uv lists those that fit, of one build alone, or the one by URL."""
    files = (*package.get("wheels", ()), *([package["archive"]] if "archive" in package else []))
    wheel = next((one for one in files if "url" in one), None)
    if wheel is None:
        return None
    row = {key: package[key] for key in ("name", "version")}
    digest = wheel.get("hashes", {}).get("sha256", "")
    uploaded = wheel["upload-time"].isoformat() if "upload-time" in wheel else None
    return row | {"url": wheel["url"], "size": wheel.get("size", 0), "sha256": digest, "uploaded": uploaded}
