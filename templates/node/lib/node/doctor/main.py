"""nodectl doctor: what could keep people from working here, each with its remedy. It changes nothing."""

import json
from collections.abc import Sequence

from node.doctor import gpu as doctor_gpu
from node.doctor import measure
from node.doctor import net as doctor_net
from node.doctor import system as doctor_system
from node.doctor.finding import BAD, OK, Finding
from node.paths import PATHS, Paths


def examine(paths: Paths = PATHS) -> list[Finding]:
    """All findings about this machine, the GPU first."""
    return [
        *doctor_gpu.findings(measure.gpu(paths)),
        *doctor_system.findings(measure.system()),
        *doctor_net.findings(measure.network(paths)),
    ]


def doctor(as_json: bool, paths: Paths = PATHS) -> int:
    """Print the findings; exit code 1 when one is bad."""
    found = examine(paths)
    print(json.dumps([f._asdict() for f in found], indent=2) if as_json else as_text(found))
    return 1 if any(f.level == BAD for f in found) else 0


def as_text(found: Sequence[Finding]) -> str:
    """A line for each finding, and one below it with the remedy."""
    lines = []
    for finding in found:
        lines.append(f"{finding.level:<5} {finding.check:<11} {finding.what}")
        if finding.level != OK:
            lines.append(f"{'':<17} Remedy: {finding.remedy}")
    return "\n".join(lines)
