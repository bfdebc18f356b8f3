"""CPython as uv brings it: a build for each version, by SHA-256, in the format of uv's own list of builds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from builder.core import tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.lock.uv import uv_program

FILE = "python.json"
# What a mirror stands for: uv puts UV_PYTHON_INSTALL_MIRROR in its place.
RELEASES = "https://github.com/astral-sh/python-build-standalone/releases/download"
_PLATFORM = "linux-x86_64-gnu"


@dataclass(frozen=True)
class ManagedPython:
    """A build of CPython: its name (`cpython-3.12.16-linux-x86_64-gnu`) and entry in uv's list."""

    key: str
    entry: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The full version."""
        return "{major}.{minor}.{patch}".format_map(self.entry)

    @property
    def minor(self) -> str:
        """The version as a target writes it."""
        return "{major}.{minor}".format_map(self.entry)

    @property
    def sha256(self) -> str:
        """The hash of its archive."""
        return str(self.entry["sha256"])

    @property
    def url(self) -> str:
        """Where its archive is, without a mirror."""
        return str(self.entry["url"])

    @property
    def text(self) -> str:
        """A list of builds that holds this one alone."""
        return as_json([self])


def as_json(builds: Iterable[ManagedPython]) -> str:
    """Return a list of builds as uv reads it."""
    return json.dumps({build.key: build.entry for build in builds}, indent=1, sort_keys=True) + "\n"


def read_builds(path: Path) -> dict[str, ManagedPython]:
    """Return the locked builds by the version that a target writes; none where nothing is locked."""
    rows = json.loads(path.read_text()) if path.is_file() else {}
    builds = (ManagedPython(key, entry) for key, entry in rows.items())
    return {build.minor: build for build in builds}


def newest_build(minor: str) -> ManagedPython:
    """Return the newest build of a Python that the pinned uv knows, with the hash that uv has of it."""
    command = [uv_program(), "python", "list", minor, "--no-config", "--only-downloads", "--all-platforms"]
    command, remedy = [*command, "--output-format", "json"], "take a newer uv: images/versions.yaml"
    listed = json.loads(run(command, f"uv knows no Python {minor}", remedy, env=_plain_environment()))
    known = (row for row in listed if row["key"].startswith("cpython-") and row["key"].endswith(_PLATFORM))
    found = next((row for row in known if row["variant"] == "default"), None)
    if found is None:
        raise TailboxError(Problem(f"uv knows no Python {minor} for {_PLATFORM}", remedy))
    return _entry(found["key"], found["version_parts"], "/".join(found["url"].split("/")[-2:]))


def _entry(key: str, version: Mapping[str, int], place: str) -> ManagedPython:
    entry = {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        **version,
        "prerelease": "",
        "url": f"{RELEASES}/{place}",
        "sha256": _hash_that_uv_has(key, place),
        "variant": None,
        "build": place.partition("/")[0],
    }
    return ManagedPython(key, entry)


def _hash_that_uv_has(key: str, place: str) -> str:
    """Return the SHA-256 that uv has of a build: it prints none, but refuses an empty archive with it."""
    with tempdirs.folder(tempdirs.temporary()) as folder:
        archive = folder / "mirror" / unquote(place)
        archive.parent.mkdir(parents=True)
        with tarfile.open(archive, "w:gz") as empty:
            empty.addfile(tarfile.TarInfo("python/empty"))
        command = [uv_program(), "python", "install", key, "--no-config", "--no-bin", "--no-cache"]
        command += ["--mirror", (folder / "mirror").as_uri(), "--install-dir", str(folder / "none")]
        done = subprocess.run(command, capture_output=True, text=True, env=_plain_environment())
    if found := re.search(r"Expected:\s+([0-9a-f]{64})", done.stderr):
        return found[1]
    raise TailboxError(Problem(f"uv does not tell the hash of {key}\n{done.stderr.strip()}", "tailbox lock"))


def _plain_environment() -> dict[str, str]:
    """Return the environment without a mirror or a list of this user's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
