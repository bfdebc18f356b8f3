"""What each target was when it was built and proven: kept in `images/measured.json`, tables are made of it.

`python -m tools.measured TARGET...` builds, proves and asks; it sets the size budget where there is none.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from builder.core import console, paths
from builder.core.errors import Problem, TailboxError
from builder.image import file_sizes, size_budget
from builder.image.contents import read_contents
from builder.pipeline.prove import prove_target
from builder.prove.report.model import Report, Status
from builder.resolve.plan import Plan

_FILE = paths.PROJECT / "images" / "measured.json"


@dataclass(frozen=True)
class Measured:
    """A target as it was built. Sizes in bytes; `lock` is a digest of the wheels it was built from.

    `archs` is the machine code that the image holds; `not_run` are checks that this machine could not run.
    """

    tag: str
    lock: str
    disk: int
    compressed: int
    archs: tuple[str, ...]
    verdict: str
    passed: int
    not_run: tuple[str, ...]
    date: str

    def is_of(self, plan: Plan) -> bool:
        """Whether a plan is still what was measured."""
        return (self.tag, self.lock) == (str(plan.reference), lock_digest(plan))


def load() -> dict[str, Measured]:
    """All that was measured, by target."""
    rows = json.loads(_FILE.read_text()) if _FILE.is_file() else {}
    return {
        name: Measured(**{**row, "archs": tuple(row["archs"]), "not_run": tuple(row["not_run"])})
        for name, row in rows.items()
    }


def lock_digest(plan: Plan) -> str:
    """What tells one set of locked wheels from another."""
    pins = sorted(str(pin) for layer in (*plan.wheels, plan.jupyterlab) for pin in layer.pins)
    return hashlib.sha256("\n".join(pins).encode()).hexdigest()[:12]


def take(name: str) -> Measured:
    """Build and prove a target now."""
    built, report = prove_target(name)
    if size_budget.read(name) is None:
        size_budget.accept(name, built.image, file_sizes.measure(built.image.tag, built.engine))
    if built.image.compressed is None:
        raise TailboxError(Problem("this engine does not tell what a layer is compressed", "take overlay2"))
    found = read_contents(built.image.id, built.plan, built.engine)
    return Measured(
        tag=built.image.tag,
        lock=lock_digest(built.plan),
        disk=built.image.size,
        compressed=built.image.compressed,
        archs=found.archs,
        verdict=str(report.verdict),
        passed=report.count(Status.PASSED),
        not_run=_not_run(report),
        date=datetime.now(UTC).date().isoformat(),
    )


def _not_run(report: Report) -> tuple[str, ...]:
    return tuple(sorted(finding.check for finding in report.findings if finding.status is Status.NOT_RUN))


def main(names: list[str]) -> int:
    """Measure targets, each kept at once; 1 where one failed its proof."""
    failed = False
    for name in names:
        found = take(name)
        rows = {target: asdict(row) for target, row in sorted({**load(), name: found}.items())}
        _FILE.write_text(json.dumps(rows, indent=1) + "\n")
        console.note(
            f"{name}: {found.verdict}, {found.passed} passed, not run: {', '.join(found.not_run) or '-'}"
        )
        failed |= found.verdict == "failed"
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
