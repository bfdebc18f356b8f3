"""The prover: brings a private tailnet up, starts an image in it, and holds it to what it promises."""

from __future__ import annotations

from builder.prove.plan import Backend, MemberSources, ProofPlan, TargetCheck
from builder.prove.prove import prove
from builder.prove.report.model import Finding, LeftOut, ProofVerdict, Report, Status

__all__ = [
    "Backend",
    "Finding",
    "LeftOut",
    "MemberSources",
    "ProofPlan",
    "ProofVerdict",
    "Report",
    "Status",
    "TargetCheck",
    "prove",
]
