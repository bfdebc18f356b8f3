"""Every check passes on an unbroken node and catches a broken one, with a message that fits."""

from __future__ import annotations

import re

import pytest

from builder.prove import ProofPlan, Status
from builder.prove.checks import REGISTRY, NodeCheck
from builder.prove.runner import run_check
from builder.prove.subject import Subject
from tests.tailnet.broken import broken
from tests.tailnet.mutants import MUTANTS, Mutant

CHECKS = {check.name: check for check in REGISTRY}


@pytest.mark.parametrize("check", REGISTRY, ids=lambda check: check.name)
def test_unbroken_node_passes(lab: Subject, check: NodeCheck) -> None:
    finding = run_check(check, lab)
    assert finding.status is Status.PASSED, f"{finding.detail}\n{finding.remedy}"
    assert finding.detail


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.check}: {mutant.name}")
def test_broken_node_is_caught(lab: Subject, mutant: Mutant) -> None:
    with broken(lab.tailnet, lab.node.spec, lab.plan, mutant) as other:
        finding = run_check(CHECKS[mutant.check], other)
    assert finding.status is Status.FAILED, f"not caught: {finding.detail}"
    assert re.search(mutant.message, finding.detail), f"another message: {finding.detail}"
    assert finding.remedy


def test_every_check_has_a_mutant() -> None:
    assert {mutant.check for mutant in MUTANTS} == set(CHECKS)


def test_names_are_unique(plan: ProofPlan) -> None:
    assert len(CHECKS) == len(REGISTRY)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all(check.left_out(plan) is None for check in REGISTRY)
