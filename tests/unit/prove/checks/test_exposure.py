"""Which sockets of a node pass for what it promises, and which do not."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.prove import probes
from builder.prove.checks import exposure
from builder.prove.errors import CheckFailedError

KERNEL = "/opt/venv/bin/python /opt/tailbox/lib/kernel/ipykernel_launcher.py -f kernel.json"
EVERY_NODE = [
    ("tcp", "127.0.0.2", 1055, "/opt/tailbox/bin/tailscaled --tun"),
    ("udp", "127.0.0.2", 53, "relay-udp"),
    ("tcp", "127.0.0.1", 2222, "sshd"),
    ("tcp", "::1", 8888, "jupyter-lab"),
    ("tcp", "127.0.0.2", 40001, KERNEL),
    ("udp", "0.0.0.0", 41641, "/opt/tailbox/bin/tailscaled --tun"),
    ("udp", "127.0.0.1", 40002, "/opt/tailbox/bin/tailscaled --tun"),
    ("tcp", "127.0.0.11", 40003, ""),
    ("udp", "127.0.0.11", 40004, ""),
]


def listeners(monkeypatch: pytest.MonkeyPatch, *more: tuple[str, str, int, str]) -> str:
    keys = ("protocol", "address", "port", "owner")
    said = json.dumps([dict(zip(keys, each, strict=True)) for each in [*EVERY_NODE, *more]])
    monkeypatch.setattr(probes, "run", lambda *_: said)
    lab = SimpleNamespace(node=SimpleNamespace(member=None), plan=SimpleNamespace(listeners={2222, 8888}))
    return exposure.listeners(cast(Any, lab))


def test_what_every_node_has_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listeners(monkeypatch) == "TCP only on loopback, at 2222, 8888; UDP only tailscaled's"


@pytest.mark.parametrize(
    ("socket", "said"),
    [
        (("tcp", "0.0.0.0", 9999, "socat"), r"outside the tailnet: tcp 0\.0\.0\.0:9999 \(socat\)"),
        (("udp", "::", 9999, "socat"), r"outside the tailnet: udp :::9999 \(socat\)"),
        (("udp", "0.0.0.0", 9999, "/usr/bin/not-tailscaled"), r"outside the tailnet: udp 0\.0\.0\.0:9999"),
        (("udp", "0.0.0.0", 9999, "/usr/bin/tailscaled-relay"), r"outside the tailnet: udp 0\.0\.0\.0:9999"),
        (("udp", "127.0.0.1", 9999, "python tailscaled"), r"none is promised: udp 127\.0\.0\.1:9999"),
        (("tcp", "0.0.0.0", 9999, "/usr/bin/tailscaled"), r"outside the tailnet: tcp 0\.0\.0\.0:9999"),
        (("tcp", "127.0.0.1", 1055, "tailscaled"), r"peers reach: \[1055, 2222, 8888\]"),
        (("tcp", "127.0.0.1", 9999, KERNEL), r"peers reach: \[2222, 8888, 9999\]"),
        (("tcp", "127.0.0.1", 9999, "socat"), r"peers reach: \[2222, 8888, 9999\]"),
        (("udp", "127.0.0.1", 9999, "socat"), r"none is promised: udp 127\.0\.0\.1:9999 \(socat\)"),
        (("udp", "::1", 9999, ""), r"none is promised: udp ::1:9999 \(owner unknown\)"),
    ],
)
def test_one_more_is_told(
    monkeypatch: pytest.MonkeyPatch, socket: tuple[str, str, int, str], said: str
) -> None:
    with pytest.raises(CheckFailedError, match=said):
        listeners(monkeypatch, socket)
