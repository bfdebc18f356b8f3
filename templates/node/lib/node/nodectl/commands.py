"""nodectl's helping hands: the sessions' environment, the proxy, the log, and a service started again."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping

from node import files, s6
from node.contract.contract import PROXY_PORT
from node.paths import PATHS, Paths

RESTART_SECONDS = 60.0
# Cloud metadata must never be asked through a proxy, and localhost is the node itself.
NO_PROXY = "localhost,127.0.0.1,::1,169.254.169.254,metadata.google.internal"


def env(name: str, as_json: bool, nul: bool, paths: Paths = PATHS) -> int:
    """Print what every session gets: all, quoted for sh, or one value. Exit code 1 if it is not there."""
    with open(paths.environ, "rb") as file:
        entries = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if entry)
    if name:
        value = entries.get(os.fsencode(name))
        if value is not None:
            sys.stdout.buffer.write(value + b"\n")
        return 0 if value is not None else 1
    if nul:
        sys.stdout.buffer.write(b"".join(n + b"=" + v + b"\0" for n, v in entries.items()))
        return 0
    text = {os.fsdecode(n): os.fsdecode(v) for n, v in entries.items()}
    print(json.dumps(text, indent=2) if as_json else "\n".join(assignments(text)))
    return 0


def assignments(values: Mapping[str, str]) -> Iterator[str]:
    """NAME=VALUE with the value quoted for sh."""
    for name, value in sorted(values.items()):
        yield f"{name}={shlex.quote(value)}"


def proxy_variables() -> dict[str, str]:
    """What leads a program into the tailnet; names of the tailnet are resolved behind the proxy."""
    socks, http = f"socks5h://127.0.0.1:{PROXY_PORT}", f"http://127.0.0.1:{PROXY_PORT}"
    upper = {"ALL_PROXY": socks, "HTTP_PROXY": http, "HTTPS_PROXY": http, "NO_PROXY": NO_PROXY}
    return upper | {name.lower(): value for name, value in upper.items()}


# For programs that know no proxy: proxychains4 sends their connections through it, names included.
PROXYCHAINS = f"""strict_chain
quiet_mode
proxy_dns
remote_dns_subnet 224
tcp_connect_time_out 15000
tcp_read_time_out 15000
localnet 127.0.0.0/255.0.0.0
localnet 169.254.169.254/255.255.255.255
[ProxyList]
socks5 127.0.0.1 {PROXY_PORT}"""


def proxy(what: str, as_json: bool) -> int:
    """Print the proxy variables, for `eval "$(nodectl proxy env)"`, or proxychains' configuration."""
    if what == "chains":
        print(json.dumps(PROXYCHAINS) if as_json else PROXYCHAINS)
        return 0
    found = proxy_variables()
    print(json.dumps(found, indent=2) if as_json else "\n".join(f"export {a}" for a in assignments(found)))
    return 0


def restart(name: str, as_json: bool, paths: Paths = PATHS) -> int:
    """Start a service again and wait until it is ready; 1 where it does not get ready, 2 if there is none."""
    if name not in s6.names(paths):
        print(f"no service {name!r}; this node runs {', '.join(s6.names(paths))}", file=sys.stderr)
        return 2
    s6.restart(name, RESTART_SECONDS, paths)
    found = s6.service(name, paths)
    state = "ready" if found.ready else "not ready: see `nodectl logs " + name + "`"
    answer = {"service": name, "up": found.up, "ready": found.ready, "pid": found.pid}
    print(json.dumps(answer) if as_json else f"{name} {state}")
    return 0 if found.ready else 1


def logs(name: str, lines: int, follow: bool, as_json: bool, paths: Paths = PATHS) -> int:
    """Print the last lines of one service's log, or of all in the order of their times."""
    known = sorted(os.listdir(paths.log)) if os.path.isdir(paths.log) else []
    if name and name not in known:
        print(f"no log of {name!r}; there are {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    chosen = [name] if name else known
    if follow:
        current = [f"{paths.log}/{service}/current" for service in chosen]
        return subprocess.run(["tail", "-q", "-n", str(lines), "-F", *current], check=False).returncode
    found = sorted(line for service in chosen for line in kept_lines(f"{paths.log}/{service}"))[-lines:]
    print(json.dumps(found, indent=2) if as_json else "\n".join(found))
    return 0


def kept_lines(directory: str) -> Iterator[str]:
    """The lines that s6-log keeps, each with an ISO 8601 time before it."""
    for name in os.listdir(directory):
        if name == "current" or name.startswith("@"):
            yield from files.read_or(f"{directory}/{name}").splitlines()
