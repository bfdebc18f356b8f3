"""A file on a web server as a file to read from: only the parts that are read are fetched."""

from __future__ import annotations

import errno
import io
import os
import re
import tempfile
from typing import IO

import httpx

_FIRST, _LARGEST = 1 << 16, 1 << 21


class RemoteFile(io.RawIOBase):
    """A file that is read by range requests, or downloaded once where the server knows no ranges.

    What is read in a row is fetched in growing pieces. `fetched` counts the bytes.
    """

    def __init__(self, url: str, client: httpx.Client) -> None:
        self._url, self._client = url, client
        self._at, self._ahead = 0, _FIRST
        self._start, self._piece = 0, b""
        self._whole: IO[bytes] | None = None
        self.fetched = 0
        self._size = self._open()

    def _open(self) -> int:
        """Fetch the end of the file, where a zip file has its list. Raises httpx.HTTPError."""
        with self._client.stream("GET", self._url, headers={"Range": f"bytes=-{_FIRST}"}) as answer:
            answer.raise_for_status()
            found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
            if answer.status_code == httpx.codes.PARTIAL_CONTENT and found:
                self._keep(int(found[1]), answer.read())
                return int(found[2])
            self._whole = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this file
            for chunk in answer.iter_bytes():
                self.fetched += self._whole.write(chunk)
            return self.fetched

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place. Raises OSError for one before the file, as files on the disk do."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = at
        return at

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes from here, fewer only at the end. Raises httpx.HTTPError."""
        end = self._size if size < 0 else min(self._at + size, self._size)
        data = b""
        while self._at < end:
            piece = self._piece_at(end)
            data, self._at = data + piece, self._at + len(piece)
        return data

    def _piece_at(self, end: int) -> bytes:
        if self._whole:
            self._whole.seek(self._at)
            return self._whole.read(end - self._at)
        within = self._at - self._start
        if not 0 <= within < len(self._piece):
            self._fetch(end)
            within = 0
        return self._piece[within : within + end - self._at]

    def _fetch(self, end: int) -> None:
        """Fetch from here on: a small piece after a jump, a larger one each time that follows."""
        follows = self._at == self._start + len(self._piece)
        self._ahead = min(self._ahead * 2, _LARGEST) if follows else _FIRST
        last = min(max(end, self._at + self._ahead), self._size) - 1
        answer = self._client.get(self._url, headers={"Range": f"bytes={self._at}-{last}"})
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise httpx.RequestError(f"{self._url} answers a range with the whole file")
        self._keep(self._at, answer.content)

    def _keep(self, start: int, piece: bytes) -> None:
        self._start, self._piece = start, piece
        self.fetched += len(piece)

    def close(self) -> None:
        if self._whole:
            self._whole.close()
        super().close()
