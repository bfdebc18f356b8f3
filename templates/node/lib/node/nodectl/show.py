"""nodectl's answers about the node, for people and for programs."""

import json
import sys
import time

from node.nodectl import status as now
from node.nodectl.status import Addresses, Status
from node.paths import Paths


def ready(timeout: float, as_json: bool, paths: Paths) -> int:
    """Exit code 0 when the node is ready, else 1 and one line for each thing missing."""
    found = now.wait_ready(time.monotonic() + timeout, paths)
    lines = found.missing + (
        [f"problem: {p.what} Remedy: {p.remedy}" for p in found.problems] if found.missing else []
    )
    if as_json:
        print(json.dumps({"ready": found.ready, "missing": found.missing}))
    else:
        print("\n".join(lines) if lines else "ready")
    return 0 if found.ready else 1


def healthy(as_json: bool, paths: Paths) -> int:
    """Exit code 0 unless something is broken that a new start of the container would cure."""
    found = now.status(paths)
    if as_json:
        print(json.dumps({"healthy": not found.broken, "broken": found.broken}))
    else:
        print("\n".join(found.broken) if found.broken else "healthy")
    return 1 if found.broken else 0


def status(as_json: bool, paths: Paths) -> int:
    """Print the status; the exit code is 0 whatever it is."""
    known = now.load_settings(paths)
    found = now.status(paths)
    back_end = known.ssh if known else "off"
    print(json.dumps(as_dict(found, back_end), indent=2) if as_json else as_text(found, back_end))
    return 0


def as_dict(found: Status, ssh: str) -> dict[str, object]:
    """The status for programs; the same keys in every state."""
    return {
        "ready": found.ready,
        "services": {s.name: {"up": s.up, "ready": s.ready, "pid": s.pid} for s in found.services},
        "tailnet": {"state": found.tailnet.state, "name": found.tailnet.name, "ips": list(found.tailnet.ips)},
        "ssh": ssh,
        "problems": [p._asdict() for p in found.problems],
        "boot": found.boot,
    }


def as_text(found: Status, ssh: str) -> str:
    """The status for people."""
    net = found.tailnet
    lines = [
        "ready" if found.ready else "not ready",
        f"tailnet   {net.state} {net.name} {' '.join(net.ips)}".rstrip(),
    ]
    for s in found.services:
        state = f"ready, pid {s.pid}" if s.ready else f"starting, pid {s.pid}" if s.up else "down"
        lines.append(f"{s.name:<9} {state}")
    lines.append(f"ssh       {ssh}")
    lines += [f"problem   {p.what} Remedy: {p.remedy}" for p in found.problems]
    lines.append("boot      " + ", ".join(f"{name} {ms} ms" for name, ms in found.boot.items()))
    return "\n".join(lines)


def url(as_json: bool, paths: Paths) -> int:
    """Print how to reach the node; exit code 1 while it has no name in a tailnet."""
    known = now.load_settings(paths)
    name = now.status(paths).tailnet.name
    found = now.addresses(known, name, paths) if known else Addresses((), "", "")
    if as_json:
        print(json.dumps(found._asdict() | {"ssh": list(found.ssh)}, indent=2))
    else:
        lines = [
            *found.ssh,
            found.jupyter,
            found.host_key and f"host key {found.host_key} (ED25519, port 2222)",
        ]
        print("\n".join(line for line in lines if line))
    if not name:
        print("the node has no name in a tailnet yet; see `nodectl status`", file=sys.stderr)
    return 0 if name else 1
