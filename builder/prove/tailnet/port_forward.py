"""Forward a loopback port of this host to a port that a member can reach."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from builder.prove.tailnet.member import Member


class PortForward:
    """Listens on 127.0.0.1 during the `with` block; each connection gets a relay of its own."""

    def __init__(self, member: Member, host: str, port: int) -> None:
        self._member, self._host, self._port = member, host, port
        self._closing = threading.Event()

    def __enter__(self) -> PortForward:
        self._listener = socket.create_server(("127.0.0.1", 0))
        name = f"forward to {self._host}:{self._port}"
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        # A close() alone does not wake accept(); a last connection does, on every system.
        socket.create_connection(self.address).close()
        self._thread.join()

    @property
    def address(self) -> tuple[str, int]:
        """Return where to connect on this host."""
        host, port = self._listener.getsockname()
        return str(host), int(port)

    @property
    def url(self) -> str:
        """Return the address as an http URL; set the Host header to the name that the member would use."""
        return "http://{}:{}".format(*self.address)

    def _accept(self) -> None:
        with self._listener:
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    if self._closing.is_set():
                        return
                    self._member.splice(connection, self._host, self._port)
