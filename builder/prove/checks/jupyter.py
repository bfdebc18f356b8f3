"""Check that JupyterLab answers only those who have its token, and only under its own name."""

from __future__ import annotations

import websocket

from builder.prove.checks.exposure import listening
from builder.prove.clients.debugger import debugger
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
_DEBUGGED = "one = 1\ntwo = one + 1\n"
_OF_A_KERNEL = ("ipykernel", "debugpy")
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


def debugger_is_private(subject: Subject) -> str:
    """A cell stops at a breakpoint; what the debugger opens, and keeps when it is off, no peer reaches."""
    with browser(subject) as user, kernel(user) as kernel_id:
        with debugger(user, kernel_id) as debugging:
            stopped = debugging.stop_in(_DEBUGGED, line=2)
            _require_private(subject, "on")
        _require_private(subject, "off")
    if stopped != 2:
        raise CheckFailedError(f"the cell stops at line {stopped}, not 2", "see the kernel's debugpy")
    return "a cell stops at its breakpoint; the debugger listens on 127.0.0.2 alone, on and off"


def _require_private(subject: Subject, state: str) -> None:
    own = [each for each in listening(subject) if any(part in each.owner for part in _OF_A_KERNEL)]
    if reached := [str(each) for each in own if not each.is_private]:
        raise CheckFailedError(
            f"with the debugger {state}, peers reach {', '.join(reached)}: they could run code in the kernel",
            "the kernel spec must start /opt/tailbox/lib/kernel/ipykernel_launcher.py",
        )
    if not any("adapter" in each.owner for each in own):
        raise CheckFailedError(
            f"with the debugger {state}, its adapter does not listen", "see the kernel's debugpy"
        )


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
