"""A mirror on loopback of builds of CPython, with one that is made of an image's own Python."""

from __future__ import annotations

import base64
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import quote

from builder.engine.client import Engine
from builder.lock.managed_python import RELEASES, ManagedPython

# Where uv expects things: python/bin and python/lib. What leads out of the archive it refuses.
_PACK = """
mkdir -p /tmp/python/bin /tmp/python/lib
cp "/usr/bin/python$1" /tmp/python/bin/; ln -s "python$1" /tmp/python/bin/python3
cp -a "/usr/lib/python$1" /tmp/python/lib/
find /tmp/python -name __pycache__ -prune -exec rm -rf {} +; rm -f "/tmp/python/lib/python$1/sitecustomize.py"
# The real ones bring tests, some of which are for Python 2.
tests="/tmp/python/lib/python$1/lib2to3/tests"
mkdir -p "$tests"; echo "print 0777" > "$tests/old.py"
tar -C /tmp -cz python | base64 -w0
"""


def pack(image: str, minor: str, engine: Engine) -> bytes:
    """Return the Python of an image as an archive like those that uv unpacks."""
    command = ["-ec", _PACK, "pack", minor]
    said = engine.client.containers.run(
        image, command, entrypoint="/bin/sh", user="0", network_mode="none", remove=True
    )
    return base64.b64decode(said)


class Mirror:
    """Serves builds as UV_PYTHON_INSTALL_MIRROR does."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def add(self, version: str, content: bytes) -> ManagedPython:
        """Serve an archive, and return how a lock names it."""
        file = self.folder / _place(version)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return self.entry(version, content)

    @staticmethod
    def entry(version: str, content: bytes) -> ManagedPython:
        """Return how a lock names an archive."""
        major, minor, patch = map(int, version.split("."))
        entry = {
            "name": "cpython",
            "arch": {"family": "x86_64", "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": major,
            "minor": minor,
            "patch": patch,
            "prerelease": "",
            "url": f"{RELEASES}/{quote(_place(version))}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "variant": None,
            "build": "20260101",
        }
        return ManagedPython(f"cpython-{version}-linux-x86_64-gnu", entry)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _place(version: str) -> str:
    return f"20260101/cpython-{version}+20260101-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, mirror: Mirror, *arguments: object) -> None:
        self.mirror = mirror
        super().__init__(*arguments, directory=str(mirror.folder))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.mirror.asked += 1
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """The test says what matters."""
