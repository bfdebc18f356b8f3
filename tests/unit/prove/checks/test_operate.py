"""What an operator's commands may answer over SSH, and how a node may vanish and come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from builder.prove.checks import operate
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError, DeadlineExceededError
from builder.prove.tailnet.control_plane import Kind
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import (
    KEY,
    LISTED,
    SSHD,
    answer_by_ssh,
    by_command,
    control,
    done,
    member,
    node,
    subject,
)

LOG = "tailscaled: up\njoin: done\n"
HEALTHY = {
    "status": done('{"ready": true}'),
    "doctor": done(json.dumps([{"what": "disk", "level": "warn", "remedy": "free some"}])),
    "restart": done("join restarted, ready"),
    "logs": done(LOG),
}


def by_ssh(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, CompletedCommand] | None = None, copied: str = LOG
) -> str:
    @contextmanager
    def sftp(*_: Any) -> Iterator[Any]:
        yield SimpleNamespace(getfo=lambda _path, file: file.write(copied.encode()))

    answer_by_ssh(monkeypatch, by_command({**HEALTHY, **(answers or {})}))
    monkeypatch.setattr(ssh, "sftp", sftp)
    return operate.by_ssh(subject(plan=SSHD))


def test_a_node_that_can_be_operated_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_ssh(monkeypatch).startswith("sshd: status, doctor, restart, logs")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"status": done('{"ready": false}')}, "`nodectl status --json` says"),
        ({"status": done("sudo: a password is required", 1)}, "says sudo: a password is required"),
        ({"status": done("[]")}, "`nodectl status --json` says"),
        ({"doctor": done("[]")}, "`nodectl doctor --json` says"),
        ({"doctor": done("no JSON")}, "`nodectl doctor --json` says no JSON"),
        (
            {"doctor": done(json.dumps([{"what": "disk", "level": "warn", "remedy": ""}]))},
            "`nodectl doctor --json` says .'disk'.",
        ),
        ({"restart": done("join is ready", 1)}, "`nodectl restart` ended with 1"),
        ({"restart": done("join restarted")}, "`nodectl restart` ended with 0"),
    ],
)
def test_a_wrong_answer_fails(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, CompletedCommand], message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        by_ssh(monkeypatch, answers)


@pytest.mark.parametrize(
    ("log", "copied"),
    [("join: done\n", "join: done\n"), (LOG, LOG + "more"), (LOG + KEY, LOG + KEY)],
    ids=["not the log of tailscaled", "copy differs", "holds the key"],
)
def test_a_wrong_log_fails(monkeypatch: pytest.MonkeyPatch, log: str, copied: str) -> None:
    with pytest.raises(CheckFailedError, match="is not the node's"):
        by_ssh(monkeypatch, {"logs": done(log)}, copied)


def unseen(kind: Kind | None) -> Any:
    def wait(hostname: str, waited: Kind, **_: Any) -> None:
        if waited is kind:
            raise DeadlineExceededError(f"control did not see {hostname} {waited}", "read its log")

    return wait


def presence(**plane: Any) -> str:
    machine = member(kill=lambda: None, start=lambda: None)
    return operate.presence(subject(node(machine), control=control(**plane)))


def test_a_node_that_vanishes_and_comes_back_passes() -> None:
    assert presence().startswith("offline when killed and online when started again")


@pytest.mark.parametrize("kind", [Kind.OFFLINE, Kind.ONLINE])
def test_a_change_that_control_does_not_see_fails(kind: Kind) -> None:
    with pytest.raises(CheckFailedError, match=f"control did not see node-1 {kind}"):
        presence(wait=unseen(kind))


def test_a_node_that_comes_back_under_another_name_fails() -> None:
    names = iter([LISTED, replace(LISTED, name="node-1-1.proof.ts.net")])
    with pytest.raises(CheckFailedError, match=r"node-1\.proof\.ts\.net came back as node-1-1"):
        presence(require=lambda _: next(names))


def found_by_id(name: str = "node-1", ready: CompletedCommand | None = None, **plane: Any) -> str:
    status = done(json.dumps({"Self": {"DNSName": f"{name}.proof.ts.net."}}))
    machine = member(by_command({"tailscale status": status}))
    checked = node(machine, nodectl=lambda *_: ready or done())
    return operate.found_by_id(subject(checked, control=control(**plane)))


def test_a_node_that_is_found_by_its_machine_passes() -> None:
    assert found_by_id().endswith("is node-1")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"name": "machine"}, "machine"),
        ({"ready": done("tailnet: not joined", 1)}, "tailnet: not joined"),
        ({"wait": unseen(Kind.ONLINE)}, "control did not see node-1 online"),
    ],
)
def test_a_node_that_is_not_found_by_its_machine_fails(parts: dict[str, Any], why: str) -> None:
    with pytest.raises(CheckFailedError, match=rf"no node has the id [0-9a-f]+ in its name: {why}"):
        found_by_id(**parts)
