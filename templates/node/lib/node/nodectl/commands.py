"""nodectl env, proxy, logs and restart."""

import json
import os
import shlex
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping

from node import files, s6
from node.contract.values import PRIVATE_LOOPBACK, PROXY_PORT
from node.paths import Paths

RESTART_SECONDS = 60.0
# The cloud's metadata service must never be asked through a proxy, and localhost is the node itself.
NO_PROXY = "localhost,127.0.0.0/8,127.0.0.1,127.0.0.2,::1,169.254.169.254,metadata.google.internal"


def env(options: Namespace, paths: Paths) -> int:
    """Print the sessions' environment, quoted for sh, or one value. Exit code 1 where it is not set."""
    with open(paths.environ, "rb") as file:
        entries = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if entry)
    if options.name:
        value = entries.get(os.fsencode(options.name))
        if value is None:
            return 1
        sys.stdout.buffer.write(value + b"\n")
        return 0
    if options.nul:
        sys.stdout.buffer.write(b"".join(n + b"=" + v + b"\0" for n, v in entries.items()))
        return 0
    text = {os.fsdecode(n): os.fsdecode(v) for n, v in entries.items()}
    print(json.dumps(text, indent=2) if options.json else "\n".join(assignments(text)))
    return 0


def assignments(values: Mapping[str, str]) -> Iterator[str]:
    """Yield NAME=VALUE, with the value quoted for sh."""
    for name, value in sorted(values.items()):
        yield f"{name}={shlex.quote(value)}"


def proxy_variables() -> dict[str, str]:
    """Return the variables that lead a program to the proxy, which also resolves the tailnet's names."""
    socks, http = f"socks5h://{PRIVATE_LOOPBACK}:{PROXY_PORT}", f"http://{PRIVATE_LOOPBACK}:{PROXY_PORT}"
    upper = {"ALL_PROXY": socks, "HTTP_PROXY": http, "HTTPS_PROXY": http, "NO_PROXY": NO_PROXY}
    return upper | {name.lower(): value for name, value in upper.items()}


# For programs without proxy support: proxychains4 sends their connections and names through the proxy.
PROXYCHAINS = f"""strict_chain
quiet_mode
proxy_dns
remote_dns_subnet 224
tcp_connect_time_out 15000
tcp_read_time_out 15000
localnet 127.0.0.0/255.0.0.0
localnet 169.254.169.254/255.255.255.255
[ProxyList]
socks5 {PRIVATE_LOOPBACK} {PROXY_PORT}"""


def proxy(options: Namespace, _paths: Paths) -> int:
    """Print the proxy variables, for `eval "$(nodectl proxy env)"`, or proxychains' configuration."""
    if options.what == "chains":
        print(json.dumps(PROXYCHAINS) if options.json else PROXYCHAINS)
        return 0
    variables = proxy_variables()
    exports = "\n".join(f"export {assignment}" for assignment in assignments(variables))
    print(json.dumps(variables, indent=2) if options.json else exports)
    return 0


def restart(options: Namespace, paths: Paths) -> int:
    """Restart a service. The exit code is 1 where it does not get ready, 2 where there is no such service."""
    name, names = options.service, s6.names(paths)
    if name not in names:
        print(f"no service {name!r}; this node runs {', '.join(names)}", file=sys.stderr)
        return 2
    s6.restart(name, RESTART_SECONDS, paths)
    service = s6.service(name, paths)
    text = f"{name} ready" if service.ready else f"{name} not ready: see `nodectl logs {name}`"
    answer = {"service": name, "up": service.up, "ready": service.ready, "pid": service.pid}
    print(json.dumps(answer) if options.json else text)
    return 0 if service.ready else 1


def logs(options: Namespace, paths: Paths) -> int:
    """Print the last lines of one service's log, or of all logs in the order of their times."""
    name = options.service
    services = sorted(os.listdir(paths.log)) if os.path.isdir(paths.log) else []
    if name and name not in services:
        print(f"no log of {name!r}; there are logs of {', '.join(services) or 'no service'}", file=sys.stderr)
        return 2
    directories = [f"{paths.log}/{service}" for service in ([name] if name else services)]
    if options.follow:
        current = [f"{directory}/current" for directory in directories]
        return subprocess.run(["tail", "-q", "-n", str(options.lines), "-F", *current]).returncode
    last = sorted(line for directory in directories for line in stored_lines(directory))[-options.lines :]
    print(json.dumps(last, indent=2) if options.json else "\n".join(last))
    return 0


def stored_lines(directory: str) -> Iterator[str]:
    """Yield the lines that s6-log stores, each with an ISO 8601 time before it."""
    for name in os.listdir(directory):
        if name == "current" or name.startswith("@"):
            yield from files.read_or(f"{directory}/{name}").splitlines()
