"""Use Jupyter's HTTP and websocket interface as a browser in the tailnet does."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import websocket

from builder.prove.errors import CheckFailedError
from builder.prove.plan import JUPYTER_PORT
from builder.prove.subject import Subject
from builder.prove.tailnet.port_forward import PortForward

_SECONDS = 30.0


@dataclass(frozen=True)
class Browser:
    """Speaks to a node's Jupyter through a forwarded port of the laptop, under the node's own name."""

    port: PortForward
    name: str
    token: str

    @property
    def host(self) -> str:
        """The Host header of a browser."""
        return f"{self.name}:{JUPYTER_PORT}"

    def request(self, method: str, path: str, *, token: str, host: str = "") -> httpx.Response:
        """Send one request; an empty token sends none, `host` replaces the node's name."""
        headers = {"Host": host or self.host}
        if token:
            headers["Authorization"] = f"token {token}"
        try:
            return httpx.request(
                method, self.port.url + path, headers=headers, timeout=_SECONDS, trust_env=False
            )
        except httpx.HTTPError as error:
            raise CheckFailedError(
                f"Jupyter does not answer {method} {path} over the tailnet: {type(error).__name__}: {error}",
                "see `nodectl status` and the lines of jupyter in the node's log",
            ) from None

    def login(self) -> str:
        """Visit with the token and return the session cookie; a request with a token needs no Origin."""
        answer = self.request("GET", f"/subject?token={self.token}", token="")
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def open_socket(self, path: str, *, origin: str, cookie: str) -> websocket.WebSocket:
        """Open a websocket as a page of this origin. Raises WebSocketBadStatusException if it is refused."""
        connection = socket.create_connection(self.port.address, timeout=_SECONDS)
        return websocket.create_connection(
            f"ws://{self.host}{path}",
            socket=connection,
            host=self.host,
            origin=origin,
            cookie=cookie,
            timeout=_SECONDS,
        )


@contextmanager
def browser(subject: Subject) -> Iterator[Browser]:
    """Yield a browser on the laptop, with the token that `nodectl url` gives."""
    with PortForward(subject.tailnet.laptop, subject.name, JUPYTER_PORT) as port:
        yield Browser(port, subject.name, subject.node.url.jupyter_token)


@contextmanager
def kernel(user: Browser) -> Iterator[str]:
    """Start a kernel of the default kind, yield its id, and shut it down at the end."""
    answer = user.request("POST", "/api/kernels", token=user.token)
    if answer.status_code != httpx.codes.CREATED:
        raise CheckFailedError(
            f"Jupyter does not start a kernel: {answer.status_code} {answer.text[:200]}",
            "see the kernel spec python3 of /opt/jupyter and the lines of jupyter in the node's log",
        )
    kernel_id = str(answer.json()["id"])
    try:
        yield kernel_id
    finally:
        user.request("DELETE", f"/api/kernels/{kernel_id}", token=user.token)


def execute(user: Browser, kernel_id: str, code: str, *, origin: str, cookie: str) -> str:
    """Run code in a kernel over the websocket; return its output. CheckFailedError on an error or silence."""
    channels = f"/api/kernels/{kernel_id}/channels"
    with closing(user.open_socket(channels, origin=origin, cookie=cookie)) as connection:
        request = _execute_request(code)
        connection.send(json.dumps(request))
        return _printed(connection, request["header"]["msg_id"])


def _printed(connection: websocket.WebSocket, request_id: str) -> str:
    printed: list[str] = []
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        message = receive(connection)
        if message["parent_header"].get("msg_id") != request_id:
            continue
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                printed.append(content["text"])
            case "error":
                raise CheckFailedError(
                    f"the cell raised {content['ename']}: {content['evalue']}", "see the kernel's venv"
                )
            case "status" if content["execution_state"] == "idle":
                return "".join(printed).strip()
    raise CheckFailedError(
        f"the kernel did not finish the cell within {_SECONDS:.0f} s", "see the kernel's log"
    )


def receive(connection: websocket.WebSocket) -> dict[str, Any]:
    """Return the next message of a kernel. Raises CheckFailedError if none comes."""
    try:
        message: dict[str, Any] = json.loads(connection.recv())
    except (websocket.WebSocketException, OSError, ValueError) as error:
        raise CheckFailedError(
            f"the kernel's websocket broke: {type(error).__name__}: {error}",
            "see the lines of jupyter in the node's log",
        ) from None
    return message


def _execute_request(code: str) -> dict[str, Any]:
    content = {
        "code": code,
        "silent": False,
        "store_history": False,
        "allow_stdin": False,
        "stop_on_error": True,
    }
    return request_message("execute_request", content)


def request_message(kind: str, content: dict[str, Any], channel: str = "shell") -> dict[str, Any]:
    """Return a message of Jupyter's protocol as a browser sends it."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "version": "5.3"}
    return {
        "header": {**header, "session": uuid.uuid4().hex, "date": ""},
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": channel,
    }
