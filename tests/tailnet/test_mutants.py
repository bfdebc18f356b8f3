"""Every check catches a node that is broken in its own way, with a message that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from builder.prove import ProofPlan, Status
from builder.prove.checks import REGISTRY
from builder.prove.checks.session import HOSTILE
from builder.prove.errors import TailnetError
from builder.prove.limits import OF_A_PROOF
from builder.prove.runner import run_all
from builder.prove.subject import Subject
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tests.tailnet.broken import LIMITS, BrokenNode, acting, broken
from tests.tailnet.mutants import MUTANTS, NODES, UNBROKEN, Mutant
from tests.tailnet.mutants.others import MAY_FAIL, OTHERS

_WORKERS = 6


# Those of one node go to one worker, which starts it once.
CASES = [
    pytest.param(node, mutant, id=f"{node} | {mutant.check}: {mutant.name}")
    for node, mutants in NODES.items()
    for mutant in mutants
]


@pytest.fixture(scope="module")
def broken_node(
    request: pytest.FixtureRequest, tailnet: Tailnet, image: str, plan: ProofPlan
) -> Iterator[BrokenNode]:
    """The node of this name, broken by all of its mutants."""
    brief = replace(plan, limits=LIMITS)
    if request.param == UNBROKEN:
        unbroken: Subject = request.getfixturevalue("lab")
        with Subject(tailnet, unbroken.node, brief) as lab:
            yield BrokenNode(lab)
        return
    spec = NodeSpec(image, environment=HOSTILE)
    with broken(tailnet, spec, brief, NODES[request.param]) as lab:
        yield BrokenNode(lab)


@pytest.mark.parametrize(("broken_node", "mutant"), CASES, indirect=["broken_node"], scope="module")
def test_a_broken_node_is_caught(broken_node: BrokenNode, mutant: Mutant) -> None:
    finding = broken_node.finding(mutant)
    assert finding.status is Status.FAILED, f"not caught: {finding.detail}"
    assert re.search(mutant.message, finding.detail), f"another message: {finding.detail}"
    assert finding.remedy


@pytest.fixture
def own_tailnet(tailnet: Tailnet, members_image: str) -> Iterator[Tailnet]:
    """A tailnet of one mutant: control tells every member of all that have logged out."""
    with Tailnet(tailnet.engine, members_image) as own:
        yield own


def _failed(lab: Subject) -> dict[str, str]:
    findings = run_all(REGISTRY, lab, workers=_WORKERS, on_finding=lambda _: None)
    return {finding.check: finding.detail for finding in findings if finding.status is not Status.PASSED}


@pytest.mark.deep
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.check}: {mutant.name}")
def test_the_named_checks_and_no_others_catch_it(
    own_tailnet: Tailnet, image: str, plan: ProofPlan, mutant: Mutant
) -> None:
    """Each mutant on a node of its own, and every check on that; all ports where their scan must catch it."""
    ports = OF_A_PROOF.ports if mutant.check == "exposure.ports" else LIMITS.ports
    plan = replace(plan, limits=replace(OF_A_PROOF, ports=ports))
    try:
        with (
            broken(own_tailnet, NodeSpec(image, environment=HOSTILE), plan, [mutant]) as lab,
            acting(lab, mutant),
        ):
            failed = _failed(lab)
    except TailnetError as error:
        failed = {"node.boot": str(error)}
    certain = {mutant.check} | OTHERS.get(mutant.name, frozenset())
    assert failed.keys() - MAY_FAIL.get(mutant.name, frozenset()) == certain, failed
    assert re.search(mutant.message, failed[mutant.check])
