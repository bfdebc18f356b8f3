"""The ordinary network of a node must be the same with tailscaled and without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.prove import probes
from builder.prove.checks import ordinary_network
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import done, member, node, subject

ANSWERS = {"172.18.0.2:": "hello", "169.254.169.254": "token", "getent": "172.18.0.3 server-1"}


def untouched(
    monkeypatch: pytest.MonkeyPatch,
    *,
    on: dict[str, str] | None = None,
    off: dict[str, str] | None = None,
    way_in: str = "",
) -> str:
    """Check a node whose answers `on` and `off` replace, while tailscaled runs and after it was stopped."""
    state = {"answers": {**ANSWERS, **(on or {})}}

    def answer(command: str) -> CompletedCommand:
        if command.startswith("s6-svc"):
            state["answers"] = {**ANSWERS, **(off or {})}
        return done(next((text for part, text in state["answers"].items() if part in command), ""))

    def probe(_member: Any, name: str, **_: Any) -> str:
        return json.dumps([{"failure": way_in}]) if name == "reach" else ""

    monkeypatch.setattr(probes, "run", probe)
    return ordinary_network.untouched(subject(node(member(answer))))


def test_a_network_that_stays_the_same_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert untouched(monkeypatch).endswith("a name: the same with tailscaled and without it")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"way_in": "no answer"}, "a gateway's way in: 'nothing' with tailscaled"),
        ({"on": {"172.18.0.2:": ""}}, "a download: 'nothing' with tailscaled, 'hello' without it"),
        ({"on": {"172.18.0.2:": "", "x": ""}, "off": {"172.18.0.2:": ""}}, "a download: 'nothing' with"),
        ({"on": {"169.254.169.254": "proxy"}}, "the metadata address: 'proxy' with tailscaled, 'token'"),
        ({"off": {"getent": ""}}, "a name: '172.18.0.3 server-1' with tailscaled, 'nothing' without"),
    ],
)
def test_a_network_that_changes_fails(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        untouched(monkeypatch, **changes)
