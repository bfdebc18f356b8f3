"""nodectl doctor: what could keep people from working here, each with its remedy. It changes nothing."""

import json
from collections.abc import Sequence

from node import doctor_gpu, doctor_net, doctor_system, survey
from node.finding import BAD, OK, Finding
from node.paths import PATHS, Paths


def examine(paths: Paths = PATHS) -> list[Finding]:
    """All findings about this machine, the GPU first."""
    return [
        *doctor_gpu.findings(survey.gpu(paths)),
        *doctor_system.findings(survey.system()),
        *doctor_net.findings(survey.network(paths)),
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
