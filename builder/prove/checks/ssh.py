"""Check that the SSH back ends admit the right users, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import paramiko

from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject
from builder.prove.tailnet.ssh_identity import Identity

USERS = ("root", "dev")
_SETTINGS = "see the sshd_config of the image: PubkeyAuthentication only, root with keys only"


def sshd(subject: Subject) -> str:
    """The developer's key admits root and dev; another key and a password admit nobody."""
    for user in USERS:
        _whoami(subject, Backend.SSHD, user)
        _refuses_other_keys(subject, user)
        _refuses_passwords(subject, user)
    return "root and dev log in with the key that was given; another key and a password are refused"


def tailscale(subject: Subject) -> str:
    """Tailscale SSH admits root and dev, as the tailnet's policy says, and no unknown user."""
    for user in USERS:
        _whoami(subject, Backend.TAILSCALE, user)
    with ssh.connection(subject, Backend.TAILSCALE) as transport:
        if _opens(lambda: transport.auth_none("no-such-user")):
            raise CheckFailedError(
                "Tailscale SSH admits a user that does not exist", "see the tailnet's SSH policy"
            )
    return "root and dev log in as the tailnet's policy allows; an unknown user is refused"


def _whoami(subject: Subject, backend: Backend, user: str) -> None:
    with ssh.login(subject, backend, user) as transport:
        done = ssh.run(transport, "id -un")
    if done.code != 0 or done.text != user:
        raise CheckFailedError(
            f"`id -un` as {user} through {backend} ended with {done.code} and said {done.text!r}",
            f"see the login shell of {user} and the lines of {backend} in the node's log",
        )


def _refuses_other_keys(subject: Subject, user: str) -> None:
    with ssh.connection(subject, Backend.SSHD) as transport:
        if _opens(lambda: transport.auth_publickey(user, Identity.new().key)):
            raise CheckFailedError(
                f"sshd lets {user} in with a key that was never given to the node", _SETTINGS
            )


def _refuses_passwords(subject: Subject, user: str) -> None:
    with ssh.connection(subject, Backend.SSHD) as transport:
        try:
            transport.auth_none(user)
        except paramiko.BadAuthenticationType as refused:
            if list(refused.allowed_types) == ["publickey"]:
                return
            offered = ", ".join(refused.allowed_types)
            raise CheckFailedError(f"sshd offers {user} more than keys: {offered}", _SETTINGS) from None
    raise CheckFailedError(f"sshd lets {user} in without any authentication", _SETTINGS)


def _opens(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except paramiko.AuthenticationException:
        return False
    return True
