"""Proves an image: `prove(image, plan, engine) -> Report`."""

from __future__ import annotations

import time
from collections.abc import Callable

from builder.prove.checks import all_checks
from builder.prove.checks.session import HOSTILE
from builder.prove.errors import TailnetError
from builder.prove.lab import Lab
from builder.prove.members import Engine
from builder.prove.members_image import build_members_image
from builder.prove.node import NodeSpec
from builder.prove.plan import ProofPlan
from builder.prove.report import Finding, LeftOut, Report, Status
from builder.prove.runner import choose, run_all
from builder.prove.tailnet import Tailnet

# Most checks wait for the node and not for this machine.
_WORKERS = 6


def prove(
    image: str, plan: ProofPlan, engine: Engine, *, on_finding: Callable[[Finding], None] = lambda _: None
) -> Report:
    """Start the image as a node of a private tailnet of its own, and hold it to what the plan promises.

    A node that does not become ready is a failed proof. TailnetError: the tailnet itself did not come up,
    which says nothing about the image.
    """
    start = time.monotonic()
    members = build_members_image(plan.members, engine.environ)
    with Tailnet(engine, members) as tailnet:
        findings, left_out = _prove_node(image, plan, tailnet, on_finding)
    return Report(plan.target, image, findings, left_out, _ms_since(start))


def _prove_node(
    image: str, plan: ProofPlan, tailnet: Tailnet, on_finding: Callable[[Finding], None]
) -> tuple[tuple[Finding, ...], tuple[LeftOut, ...]]:
    chosen, left_out = choose(all_checks(plan), plan)
    booted = time.monotonic()
    try:
        node = tailnet.boot(NodeSpec(image, environment=HOSTILE))
    except TailnetError as error:
        problem = error.problems[0]
        failed = Finding("node.boot", Status.FAILED, problem.what, problem.remedy, _ms_since(booted))
        on_finding(failed)
        skipped = (Finding(check.name, Status.NOT_RUN, "the node did not become ready") for check in chosen)
        return (failed, *skipped), tuple(left_out)
    boot = Finding("node.boot", Status.PASSED, "the node became ready", "", _ms_since(booted))
    on_finding(boot)
    rest = run_all(chosen, Lab(tailnet, node, plan), workers=_WORKERS, on_finding=on_finding)
    return (boot, *rest), tuple(left_out)


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
