"""Split the container's environment: for sessions, for the main program, and for the services."""

import os
from collections.abc import Mapping

from node.boot import cpus
from node.contract.values import PRIVATE_LOOPBACK, PROXY_PORT
from node.contract.variables import CONTRACT_NAMES, TS_NODE_PREFIX

# Each session sets these itself; the container's values would be wrong.
SESSION_NAMES = frozenset(
    {
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "MAIL",
        "TERM",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        "DISPLAY",
        "XDG_RUNTIME_DIR",
        "SSH_CONNECTION",
        "SSH_CLIENT",
        "SSH_TTY",
        "SSH_AUTH_SOCK",
        "SSH_ORIGINAL_COMMAND",
        "SSH_USER_AUTH",
        "SSH_AUTH_INFO_0",
        "SSH_TUNNEL",
    }
)
SESSION_PREFIXES = ("XDG_SESSION_",)
WSL = "/usr/lib/wsl/lib"
# Keys and settings of tailscaled, known to this image or not: no session needs them.
TAILSCALE_PREFIXES = ("TS_", "TAILSCALE_")


def belongs_to_node(name: str) -> bool:
    """Return whether the variable is part of the contract (with aliases and _FILE), or tailscaled's."""
    tailscale = name.startswith(TAILSCALE_PREFIXES) and not name.startswith(TS_NODE_PREFIX)
    return tailscale or name in CONTRACT_NAMES


def belongs_to_session(name: str) -> bool:
    """Return whether each session sets the variable itself."""
    return name in SESSION_NAMES or name.startswith(SESSION_PREFIXES)


def for_sessions(environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the variables that every session gets. They are bytes: a value need not be text."""
    return {n: v for n, v in for_main_program(environ).items() if not belongs_to_session(os.fsdecode(n))}


def for_main_program(environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the variables that CMD gets: the container's without the node's, thread counts, WSL's driver."""
    given = {n: v for n, v in environ.items() if not belongs_to_node(os.fsdecode(n))}
    return given | cpus.container_threads(environ) | wsl_paths(given)


def wsl_paths(environ: Mapping[bytes, bytes], directory: str = WSL) -> dict[bytes, bytes]:
    """Return PATH and LD_LIBRARY_PATH with the driver that Windows mounts, where it does so."""
    if not os.path.isdir(directory):
        return {}
    longer = {}
    for name in (b"PATH", b"LD_LIBRARY_PATH"):
        entries = [entry for entry in environ.get(name, b"").split(b":") if entry]
        longer[name] = b":".join(dict.fromkeys([*entries, os.fsencode(directory)]))
    return longer


def nul_separated(environ: Mapping[bytes, bytes]) -> bytes:
    """Return NAME=VALUE entries, each ended by NUL: the only format that needs no quoting."""
    return b"".join(name + b"=" + value + b"\0" for name, value in environ.items())


def for_sudo(environ: Mapping[bytes, bytes]) -> bytes:
    """Return sudo's env_file with the LD_* variables, which the loader drops. It cannot hold line breaks."""
    lines = (n + b'="' + v + b'"' for n, v in environ.items() if n.startswith(b"LD_") and b"\n" not in v)
    return b"".join(line + b"\n" for line in lines)


def for_services(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of s6 and all services: a plain PATH, and how tailscaled reaches its server.

    Proxy variables that name the node's tailnet proxy are left out: they would send tailscaled to itself.
    """
    clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        if (value := environ.get(name)) and not is_tailnet_proxy(value):
            clean[name] = value
    clean.update({n: environ[n] for n in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(n)})
    return clean


def is_tailnet_proxy(url: str) -> bool:
    """Return whether the proxy URL names the port of the node's tailnet proxy on loopback."""
    authority = (url.partition("://")[2] or url).rstrip("/").rpartition("@")[2]
    host, _, port = authority.rpartition(":")
    return host in ("localhost", "127.0.0.1", PRIVATE_LOOPBACK, "[::1]") and port == str(PROXY_PORT)
