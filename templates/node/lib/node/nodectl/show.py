"""nodectl status, ready and healthy: the state of the node, for people and for programs."""

import json
import time
from argparse import Namespace
from collections.abc import Sequence

from node.contract import settings
from node.contract.ssh_backend import SshBackend
from node.nodectl import status as node_status
from node.nodectl.reachable import Listener, listeners
from node.nodectl.status import Status
from node.paths import Paths


def ready(options: Namespace, paths: Paths) -> int:
    """Print what the node lacks to be ready, with its problems; the exit code is 0 where it lacks nothing."""
    current = node_status.wait_ready(time.monotonic() + options.timeout, paths)
    if options.json:
        print(json.dumps({"ready": current.ready, "missing": current.missing}))
    elif current.ready:
        print("ready")
    else:
        problems = [f"problem: {p.what} Remedy: {p.remedy}" for p in current.problems]
        print("\n".join([*current.missing, *problems]))
    return 0 if current.ready else 1


def healthy(options: Namespace, paths: Paths) -> int:
    """Print what restarting the container would repair; the exit code is 0 where there is nothing."""
    broken = node_status.status(paths).broken
    if options.json:
        print(json.dumps({"healthy": not broken, "broken": broken}))
    else:
        print("\n".join(broken) or "healthy")
    return 1 if broken else 0


def status(options: Namespace, paths: Paths) -> int:
    """Print the status; the exit code is always 0."""
    current = node_status.status(paths)
    ssh = ssh_backend(paths)
    open_to_peers = listeners(current.services, ssh)
    shown = (current, ssh, open_to_peers)
    print(json.dumps(as_dict(*shown), indent=2) if options.json else as_text(*shown))
    return 0


def ssh_backend(paths: Paths) -> SshBackend:
    """Return the SSH back end of this boot; `off` before it."""
    try:
        return settings.load(paths).ssh
    except FileNotFoundError:
        return SshBackend("off")


def as_dict(status: Status, ssh: str, open_to_peers: Sequence[Listener]) -> dict[str, object]:
    """Return the status for programs, with the same keys in every state."""
    net = status.tailnet
    return {
        "ready": status.ready,
        "services": {s.name: {"up": s.up, "ready": s.ready, "pid": s.pid} for s in status.services},
        "tailnet": {"state": net.state, "name": net.name, "ips": list(net.ips)},
        "ssh": ssh,
        "reachable": [each._asdict() | {"starter": each.starter} for each in open_to_peers],
        "problems": [p._asdict() for p in status.problems],
        "boot": status.boot,
    }


def as_text(status: Status, ssh: str, open_to_peers: Sequence[Listener]) -> str:
    """Return the status for people."""
    net = status.tailnet
    lines = [
        "ready" if status.ready else "not ready",
        f"tailnet   {net.state} {net.name} {' '.join(net.ips)}".rstrip(),
    ]
    for s in status.services:
        state = f"ready, pid {s.pid}" if s.ready else f"starting, pid {s.pid}" if s.up else "down"
        lines.append(f"{s.name:<9} {state}")
    lines.append(f"ssh       {ssh}")
    lines += [f"reachable {each}" for each in open_to_peers]
    lines += [f"problem   {p.what} Remedy: {p.remedy}" for p in status.problems]
    lines.append("boot      " + ", ".join(f"{name} {ms} ms" for name, ms in status.boot.items()))
    return "\n".join(lines)
