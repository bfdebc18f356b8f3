"""The archive of a CPython that uv brings, fetched by this host before a build begins.

uv finds it: under its usual addresses, or at the mirror that UV_PYTHON_INSTALL_MIRROR names.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote

from builder.core import console, paths, tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import last_lines
from builder.lock.managed_python import RELEASES, ManagedPython
from builder.lock.uv import uv_program

_MIRROR = "UV_PYTHON_INSTALL_MIRROR"


def archive(build: ManagedPython) -> Path:
    """Return a build's archive, kept in the cache under the name by which uv finds it there.

    uv compares its hash with the locked one, here and again in the image's build. Raises TailboxError.
    """
    kept = paths.cache() / "python" / build.sha256
    if not kept.is_dir():
        console.step(f"fetching CPython {build.version} for the build")
        with tempdirs.filled(kept) as filling:
            _fetch(build, filling)
    return next(kept.glob("*.tar.gz"))


def _fetch(build: ManagedPython, cache: Path) -> None:
    """Have uv install the build somewhere, which leaves the archive in its cache."""
    with tempdirs.folder() as folder:
        listed = folder / "python.json"
        listed.write_text(build.text)
        command = [uv_program(), "python", "install", build.key, "--no-config", "--no-bin"]
        command += ["--install-dir", str(folder / "installed"), "--python-downloads-json-url", str(listed)]
        environ = {**os.environ, "UV_PYTHON_CACHE_DIR": str(cache), "UV_PYTHON_DOWNLOADS": "manual"}
        done = subprocess.run(command, capture_output=True, text=True, env=environ)
    if done.returncode or not any(cache.glob("*.tar.gz")):
        raise TailboxError(Problem(_needed(build, done.stderr), _remedy(build)))


def _needed(build: ManagedPython, said: str) -> str:
    mirror = os.environ.get(_MIRROR)
    source = build.url.replace(RELEASES, mirror.rstrip("/")) if mirror else build.url
    what = f"CPython {build.version}, which no Debian of the project's has, cannot be fetched"
    return f"{what}\n  from {source}\n  sha256 {build.sha256}\n{last_lines(said)}"


def _remedy(build: ManagedPython) -> str:
    file = unquote(build.url.removeprefix(f"{RELEASES}/"))
    return (
        f"go online once, or set {_MIRROR} to a copy of {RELEASES} (file:///folder will do) "
        f"that has {file}; or write another python: into the target, one that Debian has"
    )
