"""What sessions, Jupyter and the main program get of the container's environment."""

from collections.abc import Mapping

from node.boot import cpus
from node.contract.variables import OTHERS, OWN_NAMES

# A session makes these for itself; from the container they would be wrong.
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
# Keys and settings of the node and of tailscaled, known or not: no session needs them.
OWN_PREFIXES = ("TS_", "TAILSCALE_")


def is_own(name: str) -> bool:
    """Whether the variable is the node's own: of its contract (with aliases and _FILE), or tailscaled's."""
    return name in OWN_NAMES or (name.startswith(OWN_PREFIXES) and not name.startswith(OTHERS))


def is_session(name: str) -> bool:
    """Whether each session sets the variable itself."""
    return name in SESSION_NAMES or name.startswith(SESSION_PREFIXES)


def shared(environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """What sessions get. Bytes, because a value need not be text."""
    given = {n: v for n, v in environ.items() if not (is_own(decoded(n)) or is_session(decoded(n)))}
    return given | cpus.own_threads(environ)


def for_main_program(environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """What CMD gets: all of the container's environment but the node's own variables."""
    return {n: v for n, v in environ.items() if not is_own(decoded(n))} | cpus.own_threads(environ)


def nul_separated(environ: Mapping[bytes, bytes]) -> bytes:
    """NAME=VALUE entries, each ended by NUL: the one format that needs no quoting."""
    return b"".join(name + b"=" + value + b"\0" for name, value in environ.items())


def for_sudo(environ: Mapping[bytes, bytes]) -> bytes:
    """sudo's env_file with what the loader takes from a setuid program. It knows no line breaks."""
    lines = (n + b'="' + v + b'"' for n, v in environ.items() if n.startswith(b"LD_") and b"\n" not in v)
    return b"".join(line + b"\n" for line in lines)


def for_services(environ: Mapping[str, str], own_proxy: str) -> dict[str, str]:
    """The environment of s6 and all services: a plain PATH, and what tailscaled needs to reach its server.

    Proxy variables that lead to the node's own proxy (`own_proxy`, host:port) would send tailscaled to
    itself.
    """
    clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    port = own_proxy.rpartition(":")[2]
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        if (value := environ.get(name)) and not leads_home(value, port):
            clean[name] = value
    clean.update({n: environ[n] for n in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(n)})
    return clean


def leads_home(proxy: str, port: str) -> bool:
    """Whether the proxy URL names this port on loopback."""
    authority = proxy.partition("://")[2] or proxy
    return authority.rstrip("/").rpartition("@")[2] in {
        f"{h}:{port}" for h in ("localhost", "127.0.0.1", "[::1]")
    }


def decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
