"""Operate a node over the network, as its operator does."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable

from builder.prove.checks.stop import settle
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError, DeadlineExceededError
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import Kind
from builder.prove.tailnet.member import CompletedCommand
from builder.prove.tailnet.node import Node

_LOG = "/tmp/node.log"


def by_ssh(subject: Subject) -> str:
    """As dev, over each SSH back end: read status and doctor, restart a service, and copy the log home."""
    with subject.another() as node:
        settle(subject, node)
        other = Subject(subject.tailnet, node, subject.plan)
        for backend in sorted(subject.plan.ssh):
            with ssh.login(other, backend, "dev") as transport:
                _require_true(ssh.run(transport, "nodectl status --json"), "ready")
                _require_remedies(ssh.run(transport, "nodectl doctor --json"))
                _require_restart(ssh.run(transport, "nodectl restart join"))
                printed = ssh.run(transport, f"nodectl logs > {_LOG} && cat {_LOG}")
                copied = io.BytesIO()
                with ssh.sftp(transport, backend) as sftp:
                    sftp.getfo(_LOG, copied)
            _require_log(printed, copied.getvalue(), node.key)
    backends = " and ".join(sorted(subject.plan.ssh))
    return f"{backends}: status, doctor, restart, logs and a copy of the log, as dev"


def found_by_id(subject: Subject) -> str:
    """A node without a given name is found by the id that its platform gives to the machine."""
    machine = secrets.token_hex(4)
    environment = {
        "TS_HOSTNAME": "",
        "SALAD_MACHINE_ID": f"{machine}-0000-4000-8000-000000000000",
        "SALAD_CONTAINER_GROUP_NAME": "Proof Group",
    }
    with subject.another(hostname=f"proof-group-{machine}", environment=environment) as node:
        known = _known_as(subject, node)
    if known != node.hostname:
        raise CheckFailedError(
            f"no node has the id {machine} in its name: {known}",
            "see node/names.py: the platform's variables make the name",
        )
    return f"machine {machine} is {node.hostname}"


def presence(subject: Subject) -> str:
    """Control sees a killed node offline, and a restarted one online under the same name."""
    with subject.another() as node:
        settle(subject, node)
        before = subject.tailnet.control.require(node.hostname)
        _require_seen(subject, node.hostname, Kind.OFFLINE, node.member.container.kill)
        _require_seen(subject, node.hostname, Kind.ONLINE, node.member.container.start)
        if (after := subject.tailnet.control.require(node.hostname)).name != before.name:
            raise CheckFailedError(f"{before.name} came back as {after.name}", "keep /var/lib/tailscale")
    seconds = subject.plan.limits.presence_seconds
    return f"offline when killed and online when started again, each seen within {seconds:.0f} s"


def _known_as(subject: Subject, node: Node) -> str:
    """Return the host name under which the tailnet knows the node, or why it is not known by its own."""
    seconds = subject.plan.limits.presence_seconds
    if (ready := node.nodectl("ready", "--timeout", f"{seconds:.0f}")).code != 0:
        return ready.last_lines
    status = json.loads(node.member.output(["tailscale", "status", "--json", "--peers=false"]))
    name = str(status["Self"]["DNSName"]).partition(".")[0]
    if name == node.hostname:
        try:
            subject.tailnet.control.wait(name, Kind.ONLINE, deadline=seconds)
        except DeadlineExceededError as error:
            return error.problems[0].what
    return name


def _require_seen(subject: Subject, hostname: str, kind: Kind, act: Callable[[], None]) -> None:
    before = subject.tailnet.control.now()
    act()
    try:
        subject.tailnet.control.wait(
            hostname, kind, deadline=subject.plan.limits.presence_seconds, after=before
        )
    except DeadlineExceededError as error:
        raise CheckFailedError(
            error.problems[0].what, "see the node's log for why it did not come back"
        ) from None


def _require_true(done: CompletedCommand, key: str) -> None:
    try:
        value = json.loads(done.out)[key]
    except (ValueError, KeyError, TypeError):
        value = None
    if value is not True:
        raise CheckFailedError(
            f"`nodectl status --json` says {done.last_lines}", "dev administers through sudo"
        )


def _require_remedies(done: CompletedCommand) -> None:
    try:
        findings = json.loads(done.out)
        bare = [each["what"] for each in findings if each["level"] != "ok" and not each["remedy"]]
    except (ValueError, KeyError, TypeError):
        findings, bare = [], []
    if not findings or bare:
        raise CheckFailedError(
            f"`nodectl doctor --json` says {done.last_lines if not findings else bare}",
            "each finding that is not ok needs a remedy",
        )


def _require_restart(done: CompletedCommand) -> None:
    if done.code != 0 or "ready" not in done.text:
        raise CheckFailedError(
            f"`nodectl restart` ended with {done.code}: {done.last_lines}", "see `nodectl logs`"
        )


def _require_log(printed: CompletedCommand, copied: bytes, key: str) -> None:
    if b"tailscaled" not in copied or printed.out != copied or key.encode() in copied:
        raise CheckFailedError(
            f"the copied log is not the node's: {copied[-300:].decode(errors='replace')!r}",
            "`nodectl logs` must print what services write, and no key",
        )
