"""Configure JupyterLab for a node; runs in Jupyter's own Python, as dev.

It is also a server extension, so that readiness is an event: Jupyter starts extensions when the server
answers.
"""

import contextlib
import gc
import hashlib
import os
from collections.abc import Container
from typing import Any

from node import files
from node.contract import settings
from node.paths import PATHS, Paths

READY_FD = 3  # s6: services/every/notification-fd


class LiveNames(Container[str]):
    """The host names that a browser may use: localhost and the node's present tailnet names.

    It takes the place of jupyter_server's list `local_hostnames`. So Jupyter starts before the node has
    joined, and accepts a new name of the node at once.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __contains__(self, host: object) -> bool:
        names = {"localhost", *files.read_or(self.path).lower().split()}
        return isinstance(host, str) and host.lower() in names


def configure(c: Any, paths: Paths = PATHS) -> None:
    """Fill jupyter_server's configuration `c`. Errors: OSError or ValueError without a token."""
    c.ServerApp.ip = "127.0.0.1"
    c.ServerApp.port = settings.load(paths).jupyter_port
    c.ServerApp.port_retries = 0
    c.ServerApp.open_browser = False
    c.ServerApp.root_dir = "/workspace"
    c.ServerApp.allow_root = True
    c.ServerApp.allow_remote_access = False
    c.ServerApp.tornado_settings = {"local_hostnames": LiveNames(paths.names)}
    c.ServerApp.jpserver_extensions = {"jupyterlab": True, __name__: True}
    c.IdentityProvider.token = token(paths)
    c.PasswordIdentityProvider.hashed_password = files.read_or(paths.password)
    c.ServerApp.cookie_secret = cookie_secret(paths)
    c.KernelSpecManager.ensure_native_kernel = False
    c.KernelManager.transport = "ipc"  # a loopback port answers to the whole tailnet


def token(paths: Paths) -> str:
    """Return the node's token. Errors: ValueError where it is empty, which would mean no authentication."""
    text = files.read(paths.token)
    if not text:
        raise ValueError(f"{paths.token} is empty: Jupyter does not start without authentication")
    return text


def cookie_secret(paths: Paths) -> bytes:
    """Return what signs Jupyter's cookies: another token or password ends those of before."""
    secrets = f"{token(paths)}\n{files.read_or(paths.password)}"
    return hashlib.sha256(f"cookies of {secrets}".encode()).digest()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(_server: Any) -> None:
    """Add nothing to the server; Jupyter requires this function."""


async def _start_jupyter_server_extension(_server: Any) -> None:
    """Tell s6 that the server listens, mark the time, and collect garbage from now on (bin/lab)."""
    with contextlib.suppress(OSError), open(f"{PATHS.boot}/jupyter", "x"):
        pass
    with contextlib.suppress(OSError):
        os.write(READY_FD, b"\n")
        os.close(READY_FD)
    gc.freeze()
    gc.enable()
