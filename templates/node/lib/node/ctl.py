"""nodectl: what the node is, whether it is ready, how to reach it."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence

from node import status as now
from node.paths import PATHS, Paths
from node.status import Addresses, Status

EXAMPLES = """examples:
  nodectl status                 services, tailnet, problems and boot times
  nodectl status --json          the same for programs
  nodectl ready                  exit code 0 when everything is ready (health check, probe)
  nodectl ready --timeout 60     wait for it
  nodectl url                    how to connect from your laptop
"""


def main(arguments: Sequence[str], paths: Paths = PATHS) -> int:
    """Run one command; its exit code is the answer (0 yes, 1 no, 2 wrong usage)."""
    options = parser().parse_args(arguments)
    become_root(arguments, paths)
    if options.command == "ready":
        return ready(options.timeout, options.json, paths)
    return status(options.json, paths) if options.command == "status" else url(options.json, paths)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    style = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("nodectl", description=__doc__, epilog=EXAMPLES, formatter_class=style)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON")
    for name, text in (
        ("status", "what the node is"),
        ("ready", "whether it is ready"),
        ("url", "how to reach it"),
    ):
        command = commands.add_parser(
            name, help=text, description=text, parents=[common], epilog=EXAMPLES, formatter_class=style
        )
        if name == "ready":
            command.add_argument(
                "--timeout", type=float, default=0.0, metavar="SECONDS", help="wait so long for it"
            )
    return top


def become_root(arguments: Sequence[str], paths: Paths) -> None:
    """The supervisor answers its owner only; dev may sudo without a password."""
    if os.path.exists(paths.services) and os.geteuid() not in (0, os.stat(paths.services).st_uid):
        os.execvp("sudo", ["sudo", "-n", f"{paths.opt}/bin/nodectl", *arguments])


def ready(timeout: float, as_json: bool, paths: Paths) -> int:
    """Exit code 0 when the node is ready, else 1 and one line for each thing missing."""
    found = now.status(paths)
    if timeout > 0 and not found.ready:
        now.wait_ready(time.monotonic() + timeout, paths)
        found = now.status(paths)
    lines = found.missing + (
        [f"problem: {p.what} Remedy: {p.remedy}" for p in found.problems] if found.missing else []
    )
    if as_json:
        print(json.dumps({"ready": found.ready, "missing": found.missing}))
    else:
        print("\n".join(lines) if lines else "ready")
    return 0 if found.ready else 1


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
        print(
            json.dumps(
                {"ssh": list(found.ssh), "jupyter": found.jupyter, "host_key": found.host_key}, indent=2
            )
        )
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
