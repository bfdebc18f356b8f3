"""The result of a proof: what each check found, and the verdict."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from builder.prove.cells import Cell

# The start of the node comes before every check, and cannot be asked for alone.
BOOT = "node.boot"


class Status(StrEnum):
    """How a check ended. What could not be run is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"

    @property
    def label(self) -> str:
        """Return the words for people."""
        return self.value.replace("_", " ")


class ProofVerdict(StrEnum):
    """What a whole proof says."""

    PROVEN = "proven"
    INCOMPLETE = "proven except not run"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found: `detail` says what is, `remedy` what to do about a failure; `ms` it took.

    `cells` are the ways of traffic that it tried.
    """

    check: str
    status: Status
    detail: str
    remedy: str = ""
    ms: int = 0
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A check that does not concern this target, and why."""

    check: str
    reason: str


@dataclass(frozen=True)
class LayerSize:
    """A layer of the image: the instruction that made it, and its size in bytes."""

    made_by: str
    size: int


@dataclass(frozen=True)
class Report:
    """Everything a proof found about one image; `ms` is the duration of the whole, tailnet included.

    `boot` has the milliseconds from the start of PID 1 to each mark of the node's boot. `command` is
    what started the proof; empty where no command did.
    """

    target: str
    image: str
    findings: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...] = ()
    ms: int = 0
    boot: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[LayerSize, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def verdict(self) -> ProofVerdict:
        """Failed if anything failed or nothing passed; proven only if nothing was left unrun."""
        statuses = {finding.status for finding in self.findings}
        if Status.FAILED in statuses or Status.PASSED not in statuses:
            return ProofVerdict.FAILED
        return ProofVerdict.INCOMPLETE if Status.NOT_RUN in statuses else ProofVerdict.PROVEN

    def count(self, status: Status) -> int:
        """How many checks ended so."""
        return sum(finding.status is status for finding in self.findings)

    def rerun(self, finding: Finding) -> str:
        """Return the command that runs the check of a finding again; empty for what passed."""
        if not self.command or finding.status is Status.PASSED:
            return ""
        only = [] if finding.check == BOOT else ["--only", finding.check]
        return shlex.join([*self.command, *only])

    @property
    def summary(self) -> str:
        """One line: the verdict and the counts."""
        counts = ", ".join(f"{self.count(status)} {status.label}" for status in Status)
        return f"{self.target}: {self.verdict} ({counts}) in {self.ms / 1000:.1f} s"
