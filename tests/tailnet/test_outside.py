"""A proof on a tailnet that is there already: the user's own."""

from __future__ import annotations

from dataclasses import replace

from builder.engine.client import Engine
from builder.prove import ProofPlan, ProofVerdict, Status, prove
from builder.prove.tailnet.control_plane import Control
from builder.prove.tailnet.external import ExternalTailnet
from builder.prove.tailnet.tailnet import Tailnet

SEEN = {
    "exposure.listeners",
    "jupyter.token",
    "matrix.default_to_userspace",
    "matrix.derp",
    "operate.presence",
    "outbound.socks5",
    "ssh.sshd",
    "ssh.tailscale",
    "tailnet.joined",
}
UNSEEN = {"stop.sigterm", "stop.running_command"}


def test_a_tailnet_that_is_there_already(
    tailnet: Tailnet, engine: Engine, image: str, plan: ProofPlan
) -> None:
    assert isinstance(tailnet.control, Control)
    key = tailnet.control.mint_key(reusable=True)
    own = ExternalTailnet(key, tailnet.url, f"tailbox-{tailnet.run.id}")
    before = {node.hostname for node in tailnet.control.nodes()}
    report = prove(image, replace(plan, only=frozenset(SEEN | UNSEEN)), engine, external=own)
    found = {finding.check: (finding.status, finding.detail) for finding in report.findings}
    told = {check: detail for check, (status, detail) in found.items() if status is Status.FAILED}
    assert not told
    assert {check for check, (status, _) in found.items() if status is Status.NOT_RUN} == UNSEEN
    assert "only the proof's own control plane" in found["stop.sigterm"][1]
    assert report.verdict is ProofVerdict.INCOMPLETE
    left = [node for node in tailnet.control.nodes() if node.hostname not in before]
    assert {node.hostname.partition("-")[0] for node in left} >= {"laptop", "server", "node"}
    assert [node.hostname for node in left if not node.logged_out and node.online] == []
