"""nodectl doctor: what could keep people from working here, each with its remedy. It changes nothing."""

import json
from collections.abc import Sequence

from node.doctor import gpu, measure, net, system
from node.doctor.finding import BAD, OK, Finding
from node.paths import PATHS, Paths


def main(as_json: bool, paths: Paths = PATHS) -> int:
    """Print the findings; the exit code is 1 where one is bad."""
    findings = examine(paths)
    print(json.dumps([f._asdict() for f in findings], indent=2) if as_json else as_text(findings))
    return 1 if any(f.level == BAD for f in findings) else 0


def examine(paths: Paths = PATHS) -> list[Finding]:
    """Return all findings about this machine, the GPU's first."""
    return [
        *gpu.findings(measure.gpus()),
        *system.findings(measure.system()),
        *net.findings(measure.network(paths)),
    ]


def as_text(findings: Sequence[Finding]) -> str:
    """Return a line for each finding, and below it one with the remedy."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<5} {finding.check:<11} {finding.what}")
        if finding.level != OK:
            lines.append(f"{'':<17} Remedy: {finding.remedy}")
    return "\n".join(lines)
