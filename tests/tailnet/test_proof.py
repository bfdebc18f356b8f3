"""A whole proof: the target's own checks, what is left out, and an image that is no node."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from builder.engine.client import Engine
from builder.prove import Backend, Finding, ProofPlan, ProofVerdict, Status, TargetCheck, prove
from builder.prove.checks import REGISTRY, target
from builder.prove.report.model import Report
from builder.prove.runner import run_check
from builder.prove.subject import Subject


@dataclass(frozen=True)
class Proof:
    """The report of the base image, and the findings as they were told one by one."""

    report: Report
    told: list[Finding]


@pytest.fixture(scope="module")
def proof(engine: Engine, image: str, plan: ProofPlan) -> Proof:
    """The one proof of the base image: its tests read what this found."""
    told: list[Finding] = []
    check = TargetCheck("arithmetic", b"print(6 * 7)")
    return Proof(prove(image, replace(plan, checks=(check,)), engine, on_finding=told.append), told)


EXPECTED = ["node.boot", "target.arithmetic", *(check.name for check in REGISTRY)]


def test_the_base_image_is_proven(proof: Proof) -> None:
    assert proof.report.verdict is ProofVerdict.PROVEN
    assert {finding.check for finding in proof.report.findings} == set(EXPECTED)
    assert {finding.check for finding in proof.told} == set(EXPECTED)
    assert proof.report.left_out == ()


@pytest.mark.parametrize("check", EXPECTED)
def test_every_check_passes_on_an_unbroken_node(proof: Proof, check: str) -> None:
    (finding,) = (finding for finding in proof.report.findings if finding.check == check)
    assert finding.status is Status.PASSED, f"{finding.detail}\n{finding.remedy}"
    assert finding.detail


def test_an_image_that_is_no_node_fails_and_nothing_counts_as_passed(
    engine: Engine, members_image: str, plan: ProofPlan
) -> None:
    report = prove(members_image, plan, engine)
    assert report.verdict is ProofVerdict.FAILED
    assert report.findings[0].check == "node.boot"
    assert report.findings[0].status is Status.FAILED
    assert {finding.status for finding in report.findings[1:]} == {Status.NOT_RUN}


@pytest.mark.parametrize(
    ("script", "status", "detail"),
    [
        (
            b"import sys; print('seen', sys.prefix, sys.argv[1])",
            Status.PASSED,
            """seen /opt/venv {"a": "b'c"}""",
        ),
        (b"print('first'); print('no GPU'); raise SystemExit(77)", Status.NOT_RUN, "no GPU"),
        (b"raise ValueError('wrong build')", Status.FAILED, "ValueError: wrong build"),
        (b"raise SystemExit('said on stderr')", Status.FAILED, "said on stderr"),
        (b"import os; os.kill(os.getpid(), 9)", Status.FAILED, "ended with"),
        (b"import time; print('x'); time.sleep(60)", Status.FAILED, "did not end"),
    ],
    ids=["passes", "not run", "raises", "exits with text", "killed", "hangs"],
)
@pytest.mark.parametrize("backend", Backend)
def test_a_check_of_the_target(
    lab: Subject, backend: Backend, script: bytes, status: Status, detail: str
) -> None:
    own = TargetCheck("own", script, """{"a": "b'c"}""", deadline=5)
    plan = replace(lab.plan, ssh=frozenset({backend}), checks=(own,))
    (check,) = target.checks(plan)
    finding = run_check(check, Subject(lab.tailnet, lab.node, plan))
    assert (check.name, finding.status) == ("target.own", status), finding.detail
    assert detail in finding.detail
    assert bool(finding.remedy) is (status is Status.FAILED)
