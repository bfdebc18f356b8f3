"""What an operator does with a node that is somewhere else."""

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

# A node that vanishes or comes back is seen to within so many seconds.
PRESENCE_SECONDS = 60.0
_LOG = "/tmp/node.log"


def by_ssh(subject: Subject) -> str:
    """As dev, over each SSH back end: status, doctor, a service started again, and the log taken home."""
    with subject.another() as node:
        settle(subject, node)
        other = Subject(subject.tailnet, node, subject.plan)
        for backend in sorted(subject.plan.ssh):
            with ssh.login(other, backend, "dev") as transport:
                _is_told(ssh.run(transport, "nodectl status --json"), "ready")
                _doctor_has_remedies(ssh.run(transport, "nodectl doctor --json"))
                _restarts(ssh.run(transport, "nodectl restart join"))
                kept = ssh.run(transport, f"nodectl logs > {_LOG} && cat {_LOG}")
                taken = io.BytesIO()
                with ssh.sftp(transport, backend) as sftp:
                    sftp.getfo(_LOG, taken)
            _is_a_log(kept, taken.getvalue(), node.key)
    backends = " and ".join(sorted(subject.plan.ssh))
    return f"{backends}: status, doctor, restart, logs and a copy of the log, as dev"


def found_by_id(subject: Subject) -> str:
    """A node that was given no name is found by the id that its platform gave to the machine."""
    machine = secrets.token_hex(4)
    environment = {
        "TS_HOSTNAME": "",
        "SALAD_MACHINE_ID": f"{machine}-0000-4000-8000-000000000000",
        "SALAD_CONTAINER_GROUP_NAME": "Proof Group",
    }
    with subject.another(hostname=f"proof-group-{machine}", environment=environment) as node:
        try:
            subject.tailnet.control.wait(node.hostname, Kind.ONLINE, deadline=PRESENCE_SECONDS)
        except DeadlineExceededError as error:
            raise CheckFailedError(
                f"no node has the id {machine} in its name: {error.problems[0].what}",
                "see node/names.py: the platform's variables make the name",
            ) from None
    return f"machine {machine} is {node.hostname}"


def presence(subject: Subject) -> str:
    """A node that is killed is seen offline; started again it is seen online under the same name."""
    with subject.another() as node:
        settle(subject, node)
        before = subject.tailnet.control.require(node.hostname)
        _is_seen(subject, node.hostname, Kind.OFFLINE, node.member.container.kill)
        _is_seen(subject, node.hostname, Kind.ONLINE, node.member.container.start)
        if (after := subject.tailnet.control.require(node.hostname)).name != before.name:
            raise CheckFailedError(f"{before.name} came back as {after.name}", "keep /var/lib/tailscale")
    return f"offline when killed and online when started again, each seen within {PRESENCE_SECONDS:.0f} s"


def _is_seen(subject: Subject, hostname: str, kind: Kind, act: Callable[[], None]) -> None:
    before = subject.tailnet.control.now()
    act()
    try:
        subject.tailnet.control.wait(hostname, kind, deadline=PRESENCE_SECONDS, after=before)
    except DeadlineExceededError as error:
        raise CheckFailedError(
            error.problems[0].what, "see the node's log for why it did not come back"
        ) from None


def _is_told(done: CompletedCommand, key: str) -> None:
    try:
        told = json.loads(done.out)[key]
    except (ValueError, KeyError, TypeError):
        told = None
    if told is not True:
        raise CheckFailedError(
            f"`nodectl status --json` says {done.last_lines}", "dev administers through sudo"
        )


def _doctor_has_remedies(done: CompletedCommand) -> None:
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


def _restarts(done: CompletedCommand) -> None:
    if done.code != 0 or "ready" not in done.text:
        raise CheckFailedError(
            f"`nodectl restart` ended with {done.code}: {done.last_lines}", "see `nodectl logs`"
        )


def _is_a_log(kept: CompletedCommand, taken: bytes, key: str) -> None:
    if b"tailscaled" not in taken or kept.out != taken or key.encode() in taken:
        raise CheckFailedError(
            f"the log that was taken home is not the node's: {taken[-300:].decode(errors='replace')!r}",
            "`nodectl logs` must print what services said, and no key",
        )
