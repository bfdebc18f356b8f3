"""Whom an SSH back end may let in, and whom it must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
import pytest

from builder.prove import Backend
from builder.prove.checks import ssh as checks
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import done, subject


class FakeTransport:
    """A server that offers these ways to log in, and takes a foreign key only if `open`."""

    def __init__(self, offered: list[str], *, takes_any_key: bool) -> None:
        self._offered, self._takes_any_key = offered, takes_any_key

    def auth_publickey(self, _user: str, _key: paramiko.PKey) -> None:
        if not self._takes_any_key:
            raise paramiko.AuthenticationException("refused")

    def auth_none(self, _user: str) -> None:
        if self._offered:
            raise paramiko.BadAuthenticationType("refused", self._offered)


def serve(
    monkeypatch: pytest.MonkeyPatch,
    *,
    offered: tuple[str, ...] = ("publickey",),
    takes_any_key: bool = False,
    answer: CompletedCommand | None = None,
) -> None:
    transport = FakeTransport(list(offered), takes_any_key=takes_any_key)

    @contextmanager
    def connection(*_: Any) -> Iterator[Any]:
        yield transport

    @contextmanager
    def login(_subject: Any, _backend: Backend, user: str) -> Iterator[Any]:
        yield user

    monkeypatch.setattr(ssh, "connection", connection)
    monkeypatch.setattr(ssh, "login", login)
    monkeypatch.setattr(ssh, "run", lambda user, _: answer or done(user))


def test_an_sshd_that_takes_the_developers_key_alone_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch)
    assert "another key and a password are refused" in checks.sshd(subject())


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ({"takes_any_key": True}, "root in with a key that was never given"),
        ({"offered": ("publickey", "password")}, "offers root more than keys: publickey, password"),
        ({"offered": ()}, "root in without any authentication"),
        ({"answer": done("dev")}, "`id -un` as root through sshd ended with 0"),
        ({"answer": done("root", 1)}, "`id -un` as root through sshd ended with 1"),
    ],
    ids=["foreign key", "password", "nothing", "another user", "shell fails"],
)
def test_an_sshd_that_lets_others_in_fails(
    monkeypatch: pytest.MonkeyPatch, server: dict[str, Any], message: str
) -> None:
    serve(monkeypatch, **server)
    with pytest.raises(CheckFailedError, match=message):
        checks.sshd(subject())


def test_tailscale_ssh_refuses_unknown_users(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch)
    assert "an unknown user is refused" in checks.tailscale(subject())
    serve(monkeypatch, offered=())
    with pytest.raises(CheckFailedError, match="admits a user that does not exist"):
        checks.tailscale(subject())
