"""Typing into a shell and reading until the answer has come: over SSH, and in a Jupyter terminal."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing

import paramiko

from builder.prove.clients.jupyter import Browser
from builder.prove.errors import CheckFailedError

_SECONDS = 90.0
_SILENCE = 3.0


def over_ssh(session: paramiko.Transport, typed: str, answer: re.Pattern[bytes], *, pty: bool) -> bytes:
    """What the user's login shell prints after `typed`. CheckFailedError when the answer does not come.

    `login` throws away what is typed before its shell reads, so a silent terminal is typed into again.
    """
    with session.open_session(timeout=_SECONDS) as channel:
        channel.settimeout(_SILENCE)
        if pty:
            channel.get_pty(width=2000)
        channel.invoke_shell()
        channel.sendall(typed.encode())
        said, end = b"", time.monotonic() + _SECONDS
        while not answer.search(said):
            try:
                said += (got := channel.recv(65536))
            except TimeoutError:
                got = typed.encode()
                channel.sendall(got)
            if not got or time.monotonic() > end:
                raise CheckFailedError(f"no answer; the shell said {said[-200:]!r}", "see the session shell")
        return said


def over_jupyter(user: Browser, typed: str, answer: re.Pattern[bytes]) -> bytes:
    """The same in a new terminal of JupyterLab."""
    name = user.request("POST", "/api/terminals", token=user.token).json()["name"]
    page = f"http://{user.host}"
    said = ""
    with closing(
        user.open_socket(f"/terminals/websocket/{name}", origin=page, cookie=user.login())
    ) as terminal:
        terminal.send(json.dumps(["set_size", 50, 2000, 0, 0]))
        terminal.send(json.dumps(["stdin", typed.replace("\n", "\r")]))
        while not answer.search(said.encode()):
            kind, *text = json.loads(terminal.recv())
            said += text[0] if kind == "stdout" else ""
    user.request("DELETE", f"/api/terminals/{name}", token=user.token)
    return said.encode()
