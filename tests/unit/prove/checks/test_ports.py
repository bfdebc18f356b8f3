"""Which answering ports of a node pass for what it promises, and which do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.prove import probes
from builder.prove.checks import ports
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import SSHD, done, member, node, subject

PROMISED = [2222, 8888]


def check(
    monkeypatch: pytest.MonkeyPatch,
    *,
    tailnet: dict[str, list[int]] | None = None,
    network: dict[str, list[int]] | None = None,
    silent: list[int] | None = None,
    restart: CompletedCommand | None = None,
    plan: dict[str, Any] | None = None,
    **parts: Any,
) -> str:
    """Check a node whose ports answer so to the laptop and to the network of the containers."""
    laptop = {"tcp": PROMISED, "udp": [], **(tailnet or {})}
    hub = {"tcp": [], "udp": [], **(network or {})}
    fields = {"laptop": member(), "hub": member(), **parts}

    def scan(scanner: Any, _name: str, *, stdin: bytes, **_: Any) -> str:
        asked = json.loads(stdin)
        answers = laptop if scanner is fields["laptop"] else hub
        found = {kind: [port for port in answers[kind] if port in asked[kind]] for kind in ("tcp", "udp")}
        return json.dumps({**found, "silent": (silent or []) if asked["tcp"] else []})

    monkeypatch.setattr(probes, "run", scan)
    checked = node(nodectl=lambda *_: restart or done())
    return ports.ports(subject(checked, plan=SSHD if plan is None else plan, **fields))


def test_a_node_that_answers_where_it_promises_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(monkeypatch).endswith("reaches TCP 2222, 8888, the container network none")


def test_tailscale_ssh_promises_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "TCP 22, 2222" in check(monkeypatch, tailnet={"tcp": [22, *PROMISED]}, plan={})
    with pytest.raises(CheckFailedError, match="promised 22, 2222, 8888"):
        check(monkeypatch, plan={})


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"tailnet": {"tcp": [*PROMISED, 9999]}}, "TCP 2222, 8888, 9999 answer to the tailnet"),
        (
            {"tailnet": {"tcp": [2222]}},
            "TCP 2222 answer to the tailnet, promised 2222",
        ),
        ({"tailnet": {"udp": [53, 40000]}}, "UDP 53, 40000 answer to the tailnet, promised none"),
        ({"network": {"tcp": [2222]}}, "TCP 2222 answer to the container network, promised none"),
        ({"network": {"udp": [53]}}, "UDP 53 answer to the container network, promised none"),
        ({"silent": [7, 8]}, "2 TCP ports of 172.18.0.2 neither accept nor refuse, the first is 7"),
        ({"restart": done("crashed", 1)}, "tailscaled did not start again: crashed"),
        ({"wait_ready": lambda _: "join"}, "with tailscaled started again the node is not ready: join"),
        ({"settle": lambda _: "sshd"}, "did not become ready: sshd"),
    ],
)
def test_another_answer_fails(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        check(monkeypatch, **answers)
