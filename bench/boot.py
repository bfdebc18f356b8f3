"""`python -m bench.boot [--boots N] [--write]`: from `docker start` to an answer through the tailnet.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.core import paths
from builder.pipeline.prove import standing_tailnet
from builder.prove.errors import TailnetError
from builder.prove.tailnet.member import PRIVILEGED
from builder.prove.tailnet.node import Node, NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tools.marked import Marked

HERE = Path(__file__).parent
OURS = {"22": "Tailscale SSH", "2222": "sshd", "8888": "Jupyter"}
SAMPLE = {"22": "Tailscale SSH", "8888": "Jupyter"}
SAMPLE_BOOTS = 3
DOCUMENT = Marked("docs/operating.md", "boot")
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


def boot(tailnet: Tailnet, spec: NodeSpec, ports: Mapping[str, str]) -> Boot:
    """One boot, seen from the laptop and, where the node keeps one, by its own timeline."""
    hostname = f"bench-{secrets.token_hex(3)}"
    probe = probe_on(tailnet, hostname, list(ports))
    node = tailnet.create(spec, hostname)
    start = time.time()
    node.member.container.start()
    try:
        follow(node, JOINED)
        out, _ = probe.communicate(b"\n", timeout=180)
        seen = json.loads(out)
        marks = {"peer": "in the tailnet", **ports}
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


def probe_on(tailnet: Tailnet, hostname: str, ports: list[str]) -> subprocess.Popen[bytes]:
    """The probe, running on the laptop before the node starts."""
    argv = ["docker", "exec", "--interactive", str(tailnet.laptop.container.id), "python3", "-c"]
    return subprocess.Popen(
        [*argv, (HERE / "probe.py").read_text(), hostname, *ports],
        env=dict(tailnet.engine.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def memory(node: Node) -> float:
    """MB of all processes of the node together."""
    counted = node.member.output(["/usr/bin/python3", "-IS", "-c", MEMORY], options=PRIVILEGED)
    return int(counted) / 1024


def series(tailnet: Tailnet, spec: NodeSpec, ports: Mapping[str, str], boots: int) -> dict[str, Any]:
    """`boots` boots, one after another."""
    runs = [boot(tailnet, spec, ports) for _ in range(boots)]
    return {
        "boots": boots,
        "seconds": {name: summary([run.seconds[name] for run in runs]) for name in runs[0].seconds},
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


def tables(measured: Mapping[str, Any]) -> str:
    """The figures for people, as Markdown."""
    lines = ["| | from start to | min | median | max |", "|---|---|---|---|---|"]
    for kind in ("tailbox", "sample"):
        lines += [
            row(kind, name, values=values, form="{:.2f} s")
            for name, values in measured[kind]["seconds"].items()
        ]
        lines.append(row(kind, "memory when idle", values=measured[kind]["memory_mb"], form="{:.0f} MB"))
    lines += ["", "| from the start of PID 1 to the mark | min | median | max |", "|---|---|---|---|"]
    for name, values in measured["tailbox"]["timeline_ms"].items():
        lines.append(row(name, values=values, form="{:.0f} ms"))
    before = measured["before"]
    boots, others = measured["tailbox"]["boots"], measured["sample"]["boots"]
    where = f"{boots} boots and {others} of the sample, on {before['cpus']} CPUs, load {before['load']:.1f}"
    return "\n".join([*lines, "", f"{where} before it."])


def row(*cells: str, values: Mapping[str, float], form: str) -> str:
    """One line of a table: min, median and max behind the cells."""
    return f"| {' | '.join([*cells, *map(form.format, values.values())])} |"


def measure(boots: int) -> dict[str, Any]:
    """Both series on one private tailnet."""
    sample = {"entrypoint": ["bash", "-c", (HERE / "sample.sh").read_text()]}
    with standing_tailnet("base") as (built, _, tailnet):
        return {
            "image": built.image.id,
            "before": machine(),
            "tailbox": series(tailnet, NodeSpec(built.image.id), OURS, boots),
            "sample": series(tailnet, NodeSpec(built.image.id, options=sample), SAMPLE, SAMPLE_BOOTS),
            "after": machine(),
        }


def main(arguments: list[str]) -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser("bench.boot", description=__doc__)
    parser.add_argument("--boots", type=int, default=10, help="boots of the node (10)")
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
