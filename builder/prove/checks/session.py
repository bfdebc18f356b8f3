"""Check that every kind of SSH session has the node's exact environment."""

from __future__ import annotations

from builder.prove.checks.ssh import USERS
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.plan import ProofPlan
from builder.prove.subject import Subject
from builder.prove.tailnet.member import CompletedCommand

# Values that environment exporters of other projects corrupt or execute.
HOSTILE = {
    "PROOF_PLAIN": "plain",
    "PROOF_EMPTY": "",
    "PROOF_SPACES": "  two  and  trailing  ",
    "PROOF_SINGLE": "it's 'quoted'",
    "PROOF_DOUBLE": 'say "hi"',
    "PROOF_DOLLAR": "$HOME and ${PATH}",
    "PROOF_PID": "$$",
    "PROOF_COMMAND": "$(touch /tmp/proof-was-executed; echo executed)",
    "PROOF_BACKTICK": "`touch /tmp/proof-was-executed`",
    "PROOF_NEWLINE": "first\nsecond\n",
    "PROOF_JSON": '{"a": ["b", 1], "c": "d\\"e"}',
    "PROOF_BACKSLASH": "C:\\new\\table\\",
    "PROOF_HASH": "before # after",
    "PROOF_SIGNS": "a=b;c&d|e>f<g!h*i?j~k%l^",
    "PROOF_TAB": "\ttab\tand\rreturn",
    "PROOF_UNICODE": "grüße 東京 🚀",
    "proof_lower.case-name": "kept",
}


def environment(subject: Subject) -> str:
    """Each value arrives byte for byte and unexecuted, by both back ends, as root and dev."""
    for backend in sorted(subject.plan.ssh):
        for user in USERS:
            with ssh.login(subject, backend, user) as transport:
                _compare(ssh.run(transport, "env -0"), f"{backend}, {user}, command")
                script = ssh.run(transport, "bash", stdin=b"env -0\n")
                _compare(script, f"{backend}, {user}, script on stdin")
    if subject.node.member.run(["test", "-e", "/tmp/proof-was-executed"]).code == 0:
        raise CheckFailedError(
            "the value of a variable was executed", "nothing may evaluate the environment as shell text"
        )
    backends = " and ".join(sorted(subject.plan.ssh))
    return (
        f"{len(HOSTILE)} values arrive unchanged through {backends}, as root and dev, in commands and scripts"
    )


def left_out(plan: ProofPlan) -> str | None:
    """Return why this check does not concern a plan, or None."""
    return None if plan.ssh else "the target has no SSH back end"


def _compare(done: CompletedCommand, route: str) -> None:
    pairs = (entry.partition(b"=") for entry in done.out.split(b"\0"))
    values = {name: value for name, _, value in pairs}
    wrong = [name for name, value in HOSTILE.items() if values.get(name.encode()) != value.encode()]
    if wrong:
        first = _shown(values.get(wrong[0].encode()))
        raise CheckFailedError(
            f"{route}: {len(wrong)} of {len(HOSTILE)} values differ; {wrong[0]} is {first}",
            "the login shell must hand on what the node was started with; see the session shell",
        )


def _shown(value: bytes | None) -> str:
    return "missing" if value is None else repr(value.decode(errors="backslashreplace"))
