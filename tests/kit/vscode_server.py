"""Speak VS Code's remote protocol over a byte stream: handshake, frames, and calls of a server's channels.

After the open sources of VS Code (vs/base/parts/ipc): frames with a 13-byte header, values in a small
encoding of its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import struct
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock

from bench.host_settings import secret_flags
from builder.core import paths
from builder.core.process import run
from builder.prove.plan import MemberSources

_HEADER = struct.Struct(">BIII")
_REGULAR, _CONTROL = 1, 2
_MANAGEMENT = 1
_PROMISE, _SUCCESS, _FAILURE = 100, 201, 202
_REQUESTS = 1 << 30
_UNDEFINED, _STRING, _ARRAY, _OBJECT, _INT = 0, 1, 4, 5, 6


class Stream(Protocol):
    """A byte stream, such as a socket."""

    def sendall(self, data: bytes) -> object: ...
    def recv(self, size: int) -> bytes: ...


def build(sources: MemberSources, uv: Path, environ: dict[str, str]) -> Path:
    """Return the folder with the open server and its node, built once from its lock and cached."""
    recipe = Path(__file__).parent / "vscode"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(recipe.iterdir()))).hexdigest()[:12]
    folder = paths.cache() / "vscode" / digest
    with FileLock(paths.cache() / "vscode.lock"):
        if not (folder / "node").is_file():
            packed = folder.with_suffix(".tar")
            packed.parent.mkdir(parents=True, exist_ok=True)
            argv = ["docker", "buildx", "build", "--output", f"type=tar,dest={packed}"]
            argv += ["--build-context", f"base=docker-image://{sources.base_reference}"]
            argv += ["--build-context", f"uv={uv}", *secret_flags(sources.host), str(recipe)]
            run(argv, "the VS Code server of the tests did not build", "see the failed step", env=environ)
            _unpack(packed, folder)
    return folder


def _unpack(packed: Path, folder: Path) -> None:
    """Unpack to a temporary folder and rename it, so that an existing folder is complete."""
    unpacked = packed.with_suffix(".new")
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(packed) as tar:
        tar.extractall(unpacked, filter="tar")
    unpacked.rename(folder)
    packed.unlink()


@dataclass
class Connection:
    """One connection to a VS Code server, from the websocket's upgrade on.

    `before` is the lost connection that this one resumes.
    """

    stream: Stream
    before: Connection | None = None
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    _buffer: bytes = b""
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        if self.before:
            self.session, self._ids = self.before.session, self.before._ids

    def version(self) -> str:
        """Return the server's commit, which needs no token."""
        self.stream.sendall(b"GET /version HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return self._head_and_rest()[1].decode()

    def manage(self, token: str, commit: str) -> dict[str, Any]:
        """Upgrade and shake hands for a management connection, and return the server's last message."""
        self._upgrade()
        self._control({"type": "auth", "auth": token, "data": uuid.uuid4().hex})
        sign: dict[str, Any] = self._answer(_CONTROL)
        if sign["type"] != "sign":
            return sign
        request = {"commit": commit, "signedData": sign["data"], "desiredConnectionType": _MANAGEMENT}
        self._control({"type": "connectionType", **request})
        answer: dict[str, Any] = self._answer(_CONTROL)
        if answer["type"] == "ok" and not self.before:
            self._send(_encode({"remoteAuthority": "ssh-remote+node", "clientId": "renderer"}))
        return answer

    def call(self, channel: str, command: str, argument: list[Any]) -> tuple[bool, Any]:
        """Call a command of a channel, and return whether it succeeded and its answer."""
        request = int(uuid.uuid4()) % _REQUESTS
        self._send(_encode([_PROMISE, request, channel, command]) + _encode(argument))
        while True:
            head, rest = _decode(self._frame(_REGULAR))
            # After a reconnection the server repeats what was not acknowledged.
            if head[:1] in ([_SUCCESS], [_FAILURE]) and head[1] == request:
                return head[0] == _SUCCESS, _decode(rest)[0]

    def _upgrade(self) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        again = "true" if self.before else "false"
        query = f"reconnectionToken={self.session}&reconnection={again}&skipWebSocketFrames=true"
        self.stream.sendall(
            f"GET /?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        head, _, self._buffer = self._until(b"\r\n\r\n")
        assert b" 101 " in head.splitlines()[0], head

    def _head_and_rest(self) -> tuple[bytes, bytes]:
        head, _, rest = self._until(b"\r\n\r\n")
        while more := self.stream.recv(65536):
            rest += more
        assert b" 200 " in head.splitlines()[0], head
        return head, rest

    def _until(self, end: bytes) -> tuple[bytes, bytes, bytes]:
        data = b""
        while end not in data:
            more = self.stream.recv(65536)
            assert more, f"the server ended the connection after {data!r}"
            data += more
        return data.partition(end)

    def _control(self, message: dict[str, Any]) -> None:
        self._frame_out(_CONTROL, 0, json.dumps(message).encode())

    def _answer(self, kind: int) -> Any:
        return json.loads(self._frame(kind))

    def _send(self, data: bytes) -> None:
        self._frame_out(_REGULAR, next(self._ids), data)

    def _frame_out(self, kind: int, number: int, data: bytes) -> None:
        self.stream.sendall(_HEADER.pack(kind, number, 0, len(data)) + data)

    def _frame(self, expected: int) -> bytes:
        while True:
            kind, _, _, size = _HEADER.unpack(self._exactly(_HEADER.size))
            data = self._exactly(size)
            if kind == expected:
                return data

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            more = self.stream.recv(65536)
            assert more, "the server ended the connection"
            self._buffer += more
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


def _length(value: int) -> bytes:
    """Encode a number in groups of seven bits, the low ones first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _encode(value: Any) -> bytes:
    match value:
        case str():
            return bytes([_STRING]) + _length(len(value.encode())) + value.encode()
        case int():
            return bytes([_INT]) + _length(value)
        case list():
            return bytes([_ARRAY]) + _length(len(value)) + b"".join(map(_encode, value))
        case _:
            data = json.dumps(value).encode()
            return bytes([_OBJECT]) + _length(len(data)) + data


def _decode(data: bytes) -> tuple[Any, bytes]:
    """Return the first value, and what follows it."""
    kind, data = data[0], data[1:]
    if kind == _UNDEFINED:
        return None, data
    size = shift = 0
    while True:
        byte, data = data[0], data[1:]
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if kind == _INT:
        return size, data
    if kind == _ARRAY:
        items = []
        for _ in range(size):
            item, data = _decode(data)
            items.append(item)
        return items, data
    value = data[:size]
    return (json.loads(value) if kind == _OBJECT else value.decode(errors="replace")), data[size:]
