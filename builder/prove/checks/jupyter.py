"""Check that JupyterLab answers only those who have its token, and only under its own name."""

from __future__ import annotations

import websocket

from builder.prove.clients.jupyter import Browser, browser, execute, kernel
from builder.prove.errors import CheckFailedError
from builder.prove.plan import JUPYTER_PORT, ProofPlan
from builder.prove.subject import Subject

_STATUS = "/api/status"
_FOREIGN = "evil.example"
_CELL = """
import os, pwd, sys
from ipykernel.kernelapp import IPKernelApp
print(pwd.getpwuid(os.getuid()).pw_name, sys.executable, os.getcwd(), IPKernelApp.instance().transport, 6 * 7)
"""
# With tcp a kernel's five ports would answer to the tailnet.
_PRINTED = "dev /opt/venv/bin/python /workspace ipc 42"


def left_out(plan: ProofPlan) -> str | None:
    """Return why these checks do not concern a plan, or None."""
    return None if plan.jupyter else "the target has no Jupyter"


def token(subject: Subject) -> str:
    """403 without a token, with a wrong one and under a foreign name; 200 with the token of `nodectl url`."""
    with browser(subject) as user:
        _expect(user, 200, "with its token", token=user.token)
        _expect(user, 403, "without a token", token="")
        _expect(user, 403, "with a wrong token", token="x" * len(user.token))
        _expect(user, 403, "under a foreign Host", token=user.token, host=f"{_FOREIGN}:{JUPYTER_PORT}")
        user.login()  # the one visit whose address carries the token
        if user.token.encode() in subject.node.member.log():
            raise CheckFailedError("the token is in the node's log", "redact it before the line is written")
    return "403 without a token, with a wrong one and under a foreign name; 200 with it, and it is in no log"


def kernel_executes(subject: Subject) -> str:
    """A cell runs as dev in /opt/venv over the websocket; a page of another origin is refused."""
    with browser(subject) as user, kernel(user) as kernel_id:
        cookie = user.login()
        printed = execute(user, kernel_id, _CELL, origin=f"http://{user.host}", cookie=cookie)
        if printed != _PRINTED:
            raise CheckFailedError(
                f"the cell printed {printed!r}, not {_PRINTED!r}",
                "the kernel must be /opt/venv's, run as dev in /workspace, over ipc; see its spec",
            )
        _refuses_foreign_pages(user, kernel_id, cookie)
    return f"a cell printed {printed!r}; a foreign origin is refused"


def _expect(user: Browser, status: int, how: str, *, token: str, host: str = "") -> None:
    answer = user.request("GET", _STATUS, token=token, host=host)
    if answer.status_code != status:
        raise CheckFailedError(
            f"{_STATUS} {how} answers {answer.status_code}, not {status}",
            "see jupyter_server_config.py: a token, local_hostnames, no allow_remote_access",
        )


def _refuses_foreign_pages(user: Browser, kernel_id: str, cookie: str) -> None:
    try:
        path = f"/api/kernels/{kernel_id}/channels"
        user.open_socket(path, origin=f"http://{_FOREIGN}", cookie=cookie).close()
    except websocket.WebSocketBadStatusException as refused:
        if refused.status_code == 403:
            return
        raise CheckFailedError(
            f"a websocket from a foreign origin is answered with {refused.status_code}, not 403",
            "see jupyter's log",
        ) from None
    raise CheckFailedError(
        "a page of any origin can open a kernel's websocket",
        "see jupyter_server_config.py: leave allow_origin alone",
    )
