"""What developers do inside an SSH connection: each way that it can fail is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self

import paramiko
import pytest

from builder.prove.checks import ssh_features
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import SSHD, answer_by_ssh, done, subject

KEY = paramiko.RSAKey.generate(1024)
AGENT = f"ssh-rsa {KEY.get_base64()} developer@proof\n"
SCREEN = "/dev/pts/3\r\n43 132\r\nxterm-256color\r\n"


class FakeChannel:
    """A channel that prints `output`; its terminal is refused with `refusal`."""

    def __init__(self, output: bytes, refusal: Exception | None = None) -> None:
        self._left, self._refusal = output, refusal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None

    def get_pty(self, *_: object) -> None:
        if self._refusal:
            raise self._refusal

    def recv(self, _size: int) -> bytes:
        sent, self._left = self._left, b""
        return sent


def serve(
    monkeypatch: pytest.MonkeyPatch,
    open_channel: Callable[..., Any],
    answer: Callable[[str], CompletedCommand] = lambda _: done(),
) -> Any:
    """A subject whose sshd opens these channels and answers commands so."""
    transport = SimpleNamespace(open_session=open_channel, open_channel=open_channel)
    answer_by_ssh(monkeypatch, answer, transport)
    return subject(plan=SSHD, developer=SimpleNamespace(key=KEY))


def session(
    monkeypatch: pytest.MonkeyPatch,
    check: Callable[[Subject], str],
    output: str,
    refusal: Exception | None = None,
) -> str:
    return check(serve(monkeypatch, lambda **_: FakeChannel(output.encode(), refusal)))


def test_a_terminal_of_the_right_size_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert session(monkeypatch, ssh_features.terminal, SCREEN) == "sshd: a terminal of 132x43"


@pytest.mark.parametrize(
    ("output", "refusal", "message"),
    [
        ("", paramiko.SSHException("Channel closed."), "sshd gives no terminal: Channel closed"),
        ("", None, r"a terminal through sshd says \[\]"),
        ("not a tty\n", None, r"says \['not', 'a', 'tty'\]"),
        (SCREEN.replace("43 132", "24 80"), None, "'24', '80'"),
        (SCREEN.replace("xterm-256color", "dumb"), None, "'dumb'"),
        (SCREEN.replace("/dev/pts/3", "/dev/tty1"), None, "'/dev/tty1'"),
    ],
    ids=["refused", "silent", "none", "size", "kind", "console"],
)
def test_another_terminal_fails(
    monkeypatch: pytest.MonkeyPatch, output: str, refusal: Exception | None, message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        session(monkeypatch, ssh_features.terminal, output, refusal)


def test_an_agent_that_shows_the_key_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "shows the developer's key" in session(monkeypatch, ssh_features.agent, AGENT)


@pytest.mark.parametrize("said", ["Could not open a connection to your authentication agent.", "ssh-rsa AA"])
def test_an_agent_without_the_key_fails(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    with pytest.raises(CheckFailedError, match=f"through sshd, `ssh-add -L` says '{said}'"):
        session(monkeypatch, ssh_features.agent, f"{said}\n")


class FakeSftp:
    """An sftp that keeps a file, or fails with `refusal`."""

    def __init__(self, refusal: OSError | None = None) -> None:
        self.stored, self._refusal = b"", refusal

    def putfo(self, source: Any, _path: str) -> None:
        if self._refusal:
            raise self._refusal
        self.stored = source.read()

    def getfo(self, _path: str, destination: Any) -> None:
        destination.write(self.stored)


def transfer(monkeypatch: pytest.MonkeyPatch, sftp: FakeSftp, checksum: str = "") -> list[str]:
    """Check files of 64 bytes; return the commands that were run."""
    commands: list[str] = []

    def answer(command: str) -> CompletedCommand:
        commands.append(command.partition(" ")[0])
        return done(f"{checksum or hashlib.sha256(sftp.stored).hexdigest()}  file\n")

    @contextmanager
    def opened(*_: object) -> Iterator[FakeSftp]:
        yield sftp

    served = serve(monkeypatch, lambda **_: None, answer)
    monkeypatch.setattr(ssh, "sftp", opened)
    try:
        assert "checksums right" in ssh_features.files(served, 64)
    finally:
        assert commands[-1] == "rm", "what was sent is removed"
    return commands


def test_a_file_that_comes_back_whole_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transfer(monkeypatch, FakeSftp()) == ["sha256sum", "rm"]


@pytest.mark.parametrize(
    ("sftp", "checksum", "message"),
    [
        (FakeSftp(refusal=PermissionError("denied")), "", "sftp through sshd fails: denied"),
        (FakeSftp(), "00", "a file of 64 bytes changes on its way by sftp through sshd"),
    ],
    ids=["refused", "another in the node"],
)
def test_a_file_that_does_not_fails(
    monkeypatch: pytest.MonkeyPatch, sftp: FakeSftp, checksum: str, message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        transfer(monkeypatch, sftp, checksum)


def test_a_file_that_is_right_in_the_node_and_wrong_when_back_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sftp = FakeSftp()
    monkeypatch.setattr(sftp, "getfo", lambda _, destination: destination.write(b"cut"))
    with pytest.raises(CheckFailedError, match="changes on its way by sftp"):
        transfer(monkeypatch, sftp)


def forward(monkeypatch: pytest.MonkeyPatch, open_channel: Callable[..., Any]) -> str:
    return ssh_features.forwarding(serve(monkeypatch, open_channel))


def test_forwarded_ports_that_answer_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    said = forward(monkeypatch, lambda *_, **__: FakeChannel(b"\5\0"))
    assert said == "sshd: 4 forwarded connections side by side"


@pytest.mark.parametrize(
    ("answer", "message"),
    [(b"", "4 of 4 connections forwarded through sshd fail: $"), (b"\5\xff", "4 of 4 .* fail: 05ff$")],
    ids=["silent", "refused by the proxy"],
)
def test_forwarded_ports_with_another_answer_fail(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        forward(monkeypatch, lambda *_, **__: FakeChannel(answer))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (paramiko.ChannelException(1, "Administratively prohibited"), "Administratively prohibited"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_forwarding_that_is_refused_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    with pytest.raises(CheckFailedError, match=f"4 of 4 connections .* fail: .*{reason}"):
        forward(monkeypatch, refuse)
