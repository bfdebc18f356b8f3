"""Debug a cell in a kernel over Jupyter's websocket, with the requests that JupyterLab sends."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import websocket

from builder.prove.clients.jupyter import Browser, receive, request_message
from builder.prove.errors import CheckFailedError

_SECONDS = 60.0
_INITIALIZE = {
    "clientID": "jupyterlab",
    "clientName": "JupyterLab",
    "adapterID": "",
    "pathFormat": "path",
    "linesStartAt1": True,
    "columnsStartAt1": True,
    "supportsVariableType": True,
}


class Debugger:
    """The debugger of one kernel, switched on."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def request(self, command: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request of the debug adapter protocol, and return the body of its answer."""
        content = {
            "type": "request",
            "seq": next(self._numbers),
            "command": command,
            "arguments": arguments or {},
        }
        message = request_message("debug_request", content, channel="control")
        self._connection.send(json.dumps(message))
        answer = self._wait("debug_reply", message["header"]["msg_id"])
        if not answer.get("success"):
            raise CheckFailedError(f"the debugger refuses {command}: {answer}", "see the kernel's debugpy")
        body: dict[str, Any] = answer.get("body") or {}
        return body

    def stop_in(self, code: str, line: int) -> int:
        """Run a cell with a breakpoint, let it go on, and return the line at which it has stopped."""
        path = self.request("dumpCell", {"code": code})["sourcePath"]
        self.request("setBreakpoints", {"source": {"path": path}, "breakpoints": [{"line": line}]})
        self.request("configurationDone")
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        self._connection.send(json.dumps(request_message("execute_request", content)))
        thread = self._wait("debug_event", event="stopped")["body"]["threadId"]
        stopped = int(self.request("stackTrace", {"threadId": thread})["stackFrames"][0]["line"])
        self.request("continue", {"threadId": thread})
        return stopped

    def _wait(self, kind: str, parent: str = "", event: str = "") -> dict[str, Any]:
        """Return the content of the next message of this kind, of a request or with an event."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            message = receive(self._connection)
            content: dict[str, Any] = message["content"]
            of_parent = not parent or message["parent_header"].get("msg_id") == parent
            if message["msg_type"] == kind and of_parent and event in ("", content.get("event")):
                return content
        raise CheckFailedError(
            f"the kernel sends no {event or kind} within {_SECONDS:.0f} s", "see the kernel's log"
        )


@contextmanager
def debugger(user: Browser, kernel_id: str) -> Iterator[Debugger]:
    """Switch a kernel's debugger on, yield it, and switch it off as JupyterLab does."""
    channels = f"/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
    origin = f"http://{user.host}"
    with closing(user.open_socket(channels, origin=origin, cookie=user.login())) as connection:
        connection.settimeout(_SECONDS)
        started = Debugger(connection)
        started.request("initialize", _INITIALIZE)
        started.request("attach")
        yield started
        started.request("disconnect", {"restart": False, "terminateDebuggee": False})
