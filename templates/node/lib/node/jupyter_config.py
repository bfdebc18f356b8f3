"""JupyterLab's part of a node; runs in Jupyter's own Python, as dev.

A server extension, so that readiness is an event: Jupyter starts it when the server answers.
"""

import contextlib
import gc
import os
from collections.abc import Container
from typing import Any

from node import files
from node.contract.settings import load
from node.paths import PATHS, Paths

READY_FD = 3  # s6: services/jupyter/notification-fd


class LiveNames(Container[str]):
    """The host names a browser may use: localhost and the node's present tailnet names.

    Stands where jupyter_server expects the list `local_hostnames`, so that Jupyter starts before the node
    has joined, and a renamed node is known by its new name at once.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __contains__(self, host: object) -> bool:
        return isinstance(host, str) and host.lower() in {
            "localhost",
            *files.read_or(self.path).lower().split(),
        }


def configure(c: Any, paths: Paths = PATHS) -> None:
    """Fill jupyter_server's configuration `c`. Errors: OSError without a token: never start so."""
    settings = load(paths)
    c.ServerApp.ip = "127.0.0.1"
    c.ServerApp.port = settings.jupyter_port
    c.ServerApp.port_retries = 0
    c.ServerApp.open_browser = False
    c.ServerApp.root_dir = "/workspace"
    c.ServerApp.allow_root = True
    c.ServerApp.allow_remote_access = False
    c.ServerApp.tornado_settings = {"local_hostnames": LiveNames(paths.names)}
    c.ServerApp.jpserver_extensions = {"jupyterlab": True, "node.jupyter_config": True}
    c.IdentityProvider.token = token(paths)
    c.PasswordIdentityProvider.hashed_password = files.read_or(paths.password)
    c.KernelSpecManager.ensure_native_kernel = False
    c.KernelManager.transport = "ipc"  # a loopback port answers to the whole tailnet


def token(paths: Paths = PATHS) -> str:
    """The node's token. Errors: OSError; ValueError where it is empty: that means no authentication."""
    text = files.read(paths.token)
    if not text:
        raise ValueError(f"{paths.token} is empty: Jupyter does not start without authentication")
    return text


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "node.jupyter_config"}]


def _load_jupyter_server_extension(_server: Any) -> None:
    """Nothing to add to the server."""


async def _start_jupyter_server_extension(_server: Any) -> None:
    """The server listens: tell s6, mark the boot, and collect garbage from now on (bin/lab)."""
    with contextlib.suppress(OSError), open(f"{PATHS.boot}/jupyter", "x"):
        pass
    with contextlib.suppress(OSError):
        os.write(READY_FD, b"\n")
        os.close(READY_FD)
    gc.freeze()
    gc.enable()
