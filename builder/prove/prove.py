"""Proves an image: `prove(image, plan, engine) -> Report`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from builder.engine.client import Engine
from builder.prove.checks import all_checks
from builder.prove.checks.session import HOSTILE
from builder.prove.errors import TailnetError
from builder.prove.plan import ProofPlan
from builder.prove.report.layers import named_layers
from builder.prove.report.model import BOOT, Finding, Report, Status
from builder.prove.runner import choose, run_all
from builder.prove.subject import Subject
from builder.prove.tailnet.external import ExternalTailnet
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.node import Node, NodeSpec
from builder.prove.tailnet.tailnet import Tailnet

# Most checks wait for the node and not for this machine.
_WORKERS = 6


@dataclass(frozen=True)
class StandingTailnet:
    """A tailnet that was left standing: its run, the laptop's container, the node if it became ready."""

    run: str
    laptop: str
    node: str | None

    @property
    def lines(self) -> tuple[str, ...]:
        """How to enter, and how to remove it."""
        laptop, label = self.laptop, f"label=dev.tailbox.run={self.run}"
        entries = [f"the laptop: docker exec -it {laptop} bash"]
        if self.node:
            entries.append(f"the node: docker exec -it tailbox-{self.run}-{self.node} bash")
            entries.append(f"the node by Tailscale SSH: docker exec -it {laptop} ssh root@{self.node}")
        removal = f"docker rm -fv $(docker ps -aq --filter {label}) && docker network rm tailbox-{self.run}"
        return (*entries, f"remove it: {removal}")


def prove(
    image: str,
    plan: ProofPlan,
    engine: Engine,
    *,
    on_finding: Callable[[Finding], None] = lambda _: None,
    on_standing: Callable[[StandingTailnet], None] | None = None,
    external: ExternalTailnet | None = None,
) -> Report:
    """Start the image as a node of a private tailnet, and check what the plan promises.

    By default the tailnet is made for this proof; `external` is the user's, which the nodes leave at the end.
    With `on_standing` the tailnet is left standing, and the function is called with what stands. A node that
    does not become ready is a failed proof. Raises TailnetError if the tailnet itself does not come up, which
    says nothing about the image.
    """
    start = time.monotonic()
    members = build_members_image(engine, plan.members)
    with Tailnet(engine, members, keep=on_standing is not None, external=external) as tailnet:
        report, node = _prove_node(image, plan, tailnet, on_finding)
        if on_standing:
            laptop = str(tailnet.laptop.container.name)
            on_standing(StandingTailnet(tailnet.run.id, laptop, node.hostname if node else None))
    return replace(report, layers=named_layers(engine.client.images.get(image)), ms=_ms_since(start))


def _prove_node(
    image: str, plan: ProofPlan, tailnet: Tailnet, on_finding: Callable[[Finding], None]
) -> tuple[Report, Node | None]:
    chosen, left_out = choose(all_checks(plan), plan)
    booted = time.monotonic()
    try:
        node = tailnet.boot(NodeSpec(image, environment=HOSTILE, gpus=plan.gpus))
    except TailnetError as error:
        problem = error.problems[0]
        failed = Finding(BOOT, Status.FAILED, problem.what, problem.remedy, _ms_since(booted))
        on_finding(failed)
        skipped = (Finding(check.name, Status.NOT_RUN, "the node did not become ready") for check in chosen)
        return Report(plan.target, image, (failed, *skipped), tuple(left_out)), None
    boot = Finding(BOOT, Status.PASSED, "the node became ready", "", _ms_since(booted))
    on_finding(boot)
    with Subject(tailnet, node, plan) as subject:
        rest = run_all(chosen, subject, workers=_WORKERS, on_finding=on_finding)
        marks = node.nodectl_json("status").get("boot") or {}
    return Report(plan.target, image, (boot, *rest), tuple(left_out), boot=marks), node


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
