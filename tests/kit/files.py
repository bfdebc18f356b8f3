"""A web server on loopback with the files of a folder, which knows ranges or does not."""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


class FileServer:
    """Serves a folder at `url`. `sent` counts the bytes of files, `authorized` the credentials that came."""

    def __init__(self, folder: Path, *, ranges: bool = True) -> None:
        self.folder, self.ranges = folder, ranges
        self.sent = 0
        self.authorized: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, files: FileServer, *arguments: object) -> None:
        self.files = files
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self.send_error(405)

    def do_GET(self) -> None:
        path = self.files.folder / self.path.strip("/")
        if not path.is_file():
            self.send_error(404)
            return
        self.files.authorized.add(self.headers.get("Authorization", ""))
        content = path.read_bytes()
        start, end = self._range(len(content))
        self.send_response(206 if self._asked() else 200)
        if self._asked():
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        self.files.sent += end - start
        self.wfile.write(content[start:end])

    def _asked(self) -> re.Match[str] | None:
        return (
            re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")) if self.files.ranges else None
        )

    def _range(self, size: int) -> tuple[int, int]:
        asked = self._asked()
        if asked is None:
            return 0, size
        if not asked[1]:
            return max(0, size - int(asked[2])), size
        return int(asked[1]), min(int(asked[2] or size) + 1, size)

    def log_message(self, *_: object) -> None:
        """The test says what matters."""
