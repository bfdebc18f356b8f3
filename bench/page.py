"""Where figures go: beside the rendered files as JSON, and into docs/builds.md where that has a place."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from builder.core import paths
from tools.marked import Marked

_DOCUMENT = "docs/builds.md"


def machine() -> dict[str, object]:
    """What figures were measured on, and how busy it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 1),
    }


def busy_seconds() -> float:
    """What the processors of this machine have worked since it started, each one's seconds (proc_stat(5))."""
    of_all = Path("/proc/stat").read_text().splitlines()[0]
    user, nice, system, _idle, _iowait, irq, softirq, *_ = of_all.split()[1:]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def keep(target: str, name: str, data: object) -> None:
    """Write `build/<target>/<name>.json`."""
    into = paths.build_dir(target)
    into.mkdir(parents=True, exist_ok=True)
    (into / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")


def show(place: str, text: str, on: dict[str, object]) -> None:
    """Print a table, and put it with the machine between the markers `place` of the page, if it has them."""
    facts = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in on.items())
    part = Marked(_DOCUMENT, place)
    if f"<!-- {place}: begin -->" in part.path.read_text(encoding="utf-8"):
        part.settle(f"{text}\n\nMachine: {facts}.", write=True)
    print(text)
