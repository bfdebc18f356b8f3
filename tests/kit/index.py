"""Serve a package index on loopback with one large wheel, and an outage halfway through the download."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
import zipfile
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

_SIZE = 40_000_000


class Index:
    """Serves `package`; once half of the wheel is sent, nothing answers for `outage` seconds."""

    package = "payload"

    def __init__(self, folder: Path, outage: float) -> None:
        folder.mkdir()
        content = os.urandom(_SIZE)
        self.digest = hashlib.sha256(content).hexdigest()
        self.wheel = folder / "payload-1.0-py3-none-any.whl"
        self._outage, self._back = outage, threading.Event()
        self._away = threading.Lock()
        self.seconds_away = 0.0
        self._write(content)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"

    def _write(self, content: bytes) -> None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        files = {
            "METADATA": "Metadata-Version: 2.1\nName: payload\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": f"payload,sha256={digest},{len(content)}\n",
        }
        with zipfile.ZipFile(self.wheel, "w") as archive:
            archive.writestr("payload", content)
            for name, text in files.items():
                archive.writestr(f"payload-1.0.dist-info/{name}", text)

    def go_away(self) -> None:
        """Block this connection, and make `await_network` block the others, until the outage is over."""
        if self._away.acquire(blocking=False):
            began = time.monotonic()
            threading.Timer(self._outage, self._back.set).start()
            self._back.wait()
            self.seconds_away = time.monotonic() - began

    def await_network(self) -> None:
        """Block during the outage."""
        if self._away.locked():
            self._back.wait()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._back.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """PEP 503's page of the package, and the wheel."""

    def __init__(self, index: Index, *arguments: object) -> None:
        self.index = index
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self.send_error(405)

    def do_GET(self) -> None:
        self.index.await_network()
        if self.path.endswith(".whl"):
            content = self.index.wheel.read_bytes()
            self._head(len(content), "application/octet-stream")
            self.wfile.write(content[: len(content) // 2])
            self.index.go_away()
            self.wfile.write(content[len(content) // 2 :])
        else:
            page = f'<a href="/{self.index.wheel.name}">{self.index.wheel.name}</a>'.encode()
            self._head(len(page), "text/html")
            self.wfile.write(page)

    def _head(self, length: int, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.send_header("Content-Type", kind)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The test says what matters."""
