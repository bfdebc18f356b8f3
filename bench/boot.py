"""`python -m bench.boot [--boots N] [--write]`: from `docker start` to an answer through the tailnet.

Asked by an eager laptop and by a polite one, and by an eager one of a node that opens no sessions itself.
With it the node's own timeline and its idle memory, and in the same run the same image started the way that
Salad's published sample does it. Prints tables and writes build/bench/boot.json; --write puts the tables into
docs/operating.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.boot_tables import ONLINE, tables
from builder.core import paths
from builder.pipeline.prove import standing_tailnet
from builder.prove.errors import TailnetError
from builder.prove.tailnet.member import PRIVILEGED
from builder.prove.tailnet.node import Edit, Node, NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tools.marked import Marked

HERE = Path(__file__).parent
OURS = {"22": "Tailscale SSH", "2222": "sshd", "8888": "Jupyter"}
SAMPLE = {"22": "Tailscale SSH", "8888": "Jupyter"}
SAMPLE_BOOTS = 3
DOCUMENT = Marked("docs/operating.md", "boot")
_JOIN = "from node.tailnet.join import main"
NO_HANDSHAKES = Edit(
    "/opt/tailbox/bin/join",
    _JOIN,
    f"from node.tailnet.initiator import Initiator\nInitiator.update = lambda *_: None\n{_JOIN}",
)
# tailscaled says so in both. Who sends to the node earlier loses a handshake, and repeats it 5 seconds later.
JOINED = b"Starting -> Running"
# Proportional set size, so that shared pages count once; the counting process is no part of the node.
MEMORY = """
import contextlib, os, pathlib
total = 0
for each in pathlib.Path("/proc").glob("[0-9]*"):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
        lines = (each / "smaps_rollup").read_text().splitlines() if each.name != str(os.getpid()) else []
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
print(total)
"""


@dataclass(frozen=True)
class Boot:
    """Seconds from the start call, milliseconds from the start of PID 1, and MB when idle."""

    seconds: dict[str, float]
    timeline: dict[str, int]
    memory: float


@dataclass(frozen=True)
class Case:
    """A node, and the manner of the laptop that asks for its ports."""

    spec: NodeSpec
    manner: str = "polite"
    ports: Mapping[str, str] = field(default_factory=lambda: OURS)


def boot(tailnet: Tailnet, case: Case) -> Boot:
    """One boot, seen from the laptop and, where the node keeps one, by its own timeline."""
    hostname = f"bench-{secrets.token_hex(3)}"
    probe = probe_on(tailnet, case.manner, hostname, list(case.ports))
    node = tailnet.create(case.spec, hostname)
    start = time.time()
    node.member.container.start()
    try:
        follow(node, JOINED)
        out, _ = probe.communicate(b"\n", timeout=180)
        seen = json.loads(out)
        marks = {"peer": ONLINE, **case.ports}
        seconds = {name: seen[mark] - start for mark, name in marks.items()}
        return Boot(seconds, node.nodectl_json("status")["boot"], memory(node))
    finally:
        probe.kill()
        node.member.remove()


def follow(node: Node, text: bytes) -> None:
    """Read the node's log until `text` is in it."""
    output = b""
    for part in node.member.container.logs(stream=True, follow=True):
        output += part
        if text in output:
            return
    raise TailnetError(f"the node ended before it said {text!r}", f"its log ends: {output[-2000:]!r}")


def probe_on(tailnet: Tailnet, manner: str, hostname: str, ports: list[str]) -> subprocess.Popen[bytes]:
    """The probe, running on the laptop before the node starts."""
    argv = ["docker", "exec", "--interactive", str(tailnet.laptop.container.id), "python3", "-c"]
    return subprocess.Popen(
        [*argv, (HERE / "probe.py").read_text(), manner, hostname, *ports],
        env=dict(tailnet.engine.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def memory(node: Node) -> float:
    """MB of all processes of the node together."""
    counted = node.member.output(["/usr/bin/python3", "-IS", "-c", MEMORY], options=PRIVILEGED)
    return int(counted) / 1024


def series(tailnet: Tailnet, cases: Mapping[str, Case], boots: int) -> dict[str, Any]:
    """`boots` boots of each case, in turns, so that what else the machine does meets all alike."""
    runs: dict[str, list[Boot]] = {name: [] for name in cases}
    for _ in range(boots):
        for name, case in cases.items():
            runs[name].append(boot(tailnet, case))
    return {name: summaries(of_case) for name, of_case in runs.items()}


def summaries(runs: Sequence[Boot]) -> dict[str, Any]:
    """The figures of one case, and each boot's own, in the order of measuring."""
    return {
        "boots": len(runs),
        "seconds": {name: summary([run.seconds[name] for run in runs]) for name in runs[0].seconds},
        "each": [run.seconds for run in runs],
        "timeline_ms": {name: summary([run.timeline[name] for run in runs]) for name in runs[0].timeline},
        "memory_mb": summary([run.memory for run in runs]),
    }


def summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 3),
        "median": round(statistics.median(values), 3),
        "max": round(max(values), 3),
    }


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "machine": platform.machine()}


def measure(boots: int) -> dict[str, Any]:
    """All cases on one private tailnet."""
    sample = {"entrypoint": ["bash", "-c", (HERE / "sample.sh").read_text()]}
    with standing_tailnet("base") as (built, _, tailnet):
        ours = NodeSpec(built.image.id)
        cases = {
            "eager": Case(ours, "eager"),
            "polite": Case(ours),
            "waiting": Case(replace(ours, edits=(NO_HANDSHAKES,)), "eager"),
        }
        as_sample = Case(NodeSpec(built.image.id, options=sample), ports=SAMPLE)
        before = machine()
        measured = series(tailnet, cases, boots) | series(tailnet, {"sample": as_sample}, SAMPLE_BOOTS)
        return {"image": built.image.id, "before": before, "cases": measured, "after": machine()}


def main(arguments: list[str]) -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser("bench.boot", description=__doc__)
    parser.add_argument("--boots", type=int, default=20, help="boots of the node in each case (20)")
    parser.add_argument("--write", action="store_true", help="put the tables into the documentation")
    options = parser.parse_args(arguments)
    measured = measure(options.boots)
    folder = paths.build_dir("bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "boot.json").write_text(json.dumps(measured, indent=2) + "\n")
    print(tables(measured))
    if options.write:
        DOCUMENT.settle(tables(measured), write=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
