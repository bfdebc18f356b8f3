"""ssh-audit, asked through the tailnet, finds nothing to fail sshd for; and it would."""

from __future__ import annotations

from builder.prove import ProofPlan
from builder.prove.lab import Lab
from builder.prove.node import Edit, NodeSpec
from builder.prove.tailnet import Tailnet
from tools.audit import audit, noted

WEAK = Edit("/opt/tailbox/etc/sshd_config", "MACs -hmac-sha1*,umac-64*", "MACs +hmac-md5\n#")


def test_nothing_fails(lab: Lab) -> None:
    found = audit(lab)
    assert noted(found, "fail") == []
    assert [key["algorithm"] for key in found["key"]] == ["ssh-ed25519"]


def test_weak_settings_would(tailnet: Tailnet, image: str, plan: ProofPlan) -> None:
    with Lab(tailnet, tailnet.boot(NodeSpec(image, edits=(WEAK,))), plan) as weak:
        assert any("hmac-md5" in failure for failure in noted(audit(weak), "fail"))
