"""Which answers of JupyterLab pass for what it promises, and which do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import websocket

from builder.prove.checks import jupyter
from builder.prove.checks.exposure import Listener
from builder.prove.errors import CheckFailedError
from tests.unit.prove.checks.kit import member, node, subject

TOKEN = "t" * 48
NAME = "node-1.proof.ts.net:8888"
PRINTED = "dev /opt/venv/bin/python /workspace ipc 42"


class FakeBrowser:
    """Jupyter as it must be; `wrong` gives other statuses for a kind of request."""

    token, host = TOKEN, NAME

    def __init__(self, wrong: dict[str, int], refusal: int | None = 403) -> None:
        self._wrong, self._refusal = wrong, refusal

    def request(self, _method: str, _path: str, *, token: str, host: str = "") -> Any:
        kind = "foreign" if host else {TOKEN: "right", "": "none"}.get(token, "other")
        return SimpleNamespace(status_code=self._wrong.get(kind, 200 if kind == "right" else 403))

    def login(self) -> str:
        return "session=1"

    def open_socket(self, _path: str, *, origin: str, cookie: str) -> Any:
        assert (origin, cookie) == ("http://evil.example", "session=1")
        if self._refusal:
            raise websocket.WebSocketBadStatusException("refused %s %s", self._refusal, "", {}, b"")
        return SimpleNamespace(close=lambda: None)


@contextmanager
def given(value: Any) -> Iterator[Any]:
    yield value


def token(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, int], log: bytes = b"") -> str:
    monkeypatch.setattr(jupyter, "browser", lambda _: given(FakeBrowser(wrong)))
    return jupyter.token(subject(node(member(log=log))))


def kernel(monkeypatch: pytest.MonkeyPatch, printed: str = PRINTED, refusal: int | None = 403) -> str:
    monkeypatch.setattr(jupyter, "browser", lambda _: given(FakeBrowser({}, refusal)))
    monkeypatch.setattr(jupyter, "kernel", lambda _: given("kernel-1"))
    monkeypatch.setattr(jupyter, "execute", lambda *_, **__: printed)
    return jupyter.kernel_executes(subject())


def test_a_jupyter_that_asks_for_its_token_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert token(monkeypatch, {}).startswith("403 without a token")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"right": 403}, "with its token answers 403, not 200"),
        ({"none": 200}, "without a token answers 200, not 403"),
        ({"other": 200}, "with a wrong token answers 200, not 403"),
        ({"foreign": 200}, "under a foreign Host answers 200, not 403"),
    ],
)
def test_an_answer_to_the_wrong_visitor_fails(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, int], message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        token(monkeypatch, wrong)


def test_a_token_in_the_log_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailedError, match="the token is in the node's log"):
        token(monkeypatch, {}, log=f"GET /lab?token={TOKEN}".encode())


def test_a_kernel_of_the_users_environment_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a foreign origin is refused" in kernel(monkeypatch)


@pytest.mark.parametrize(
    "printed",
    [PRINTED.replace("ipc", "tcp"), PRINTED.replace("dev ", "root "), PRINTED.replace("/opt/venv", "/usr")],
)
def test_another_kernel_fails(monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    with pytest.raises(CheckFailedError, match="the cell printed"):
        kernel(monkeypatch, printed)


@pytest.mark.parametrize(
    ("refusal", "message"),
    [(None, "any origin can open a kernel's websocket"), (500, "is answered with 500, not 403")],
)
def test_a_foreign_page_must_be_refused(
    monkeypatch: pytest.MonkeyPatch, refusal: int | None, message: str
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        kernel(monkeypatch, refusal=refusal)


ADAPTER = Listener(
    "tcp", "127.0.0.2", 40001, "/opt/venv/bin/python /opt/tailbox/bin/debug-adapter debugpy/adapter"
)
SSHD = Listener("tcp", "127.0.0.1", 2222, "sshd: /usr/sbin/sshd")


def debugged(monkeypatch: pytest.MonkeyPatch, *states: list[Listener], line: int = 2) -> str:
    """Ask about a node that listens so with the debugger on, and then so with it off."""
    answers = iter(states)
    monkeypatch.setattr(jupyter, "browser", lambda _: given(None))
    monkeypatch.setattr(jupyter, "kernel", lambda _: given("kernel-1"))
    debugging = SimpleNamespace(stop_in=lambda _code, **_: line)
    monkeypatch.setattr(jupyter, "debugger", lambda *_: given(debugging))
    monkeypatch.setattr(jupyter, "listening", lambda _: next(answers))
    return jupyter.debugger_is_private(subject())


def test_a_debugger_that_no_peer_reaches_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "127.0.0.2 alone" in debugged(monkeypatch, [ADAPTER, SSHD], [ADAPTER, SSHD])


@pytest.mark.parametrize("state", ["on", "off"])
def test_a_debugger_that_peers_reach_fails(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    reached = replace(ADAPTER, address="127.0.0.1")
    states = [[ADAPTER, reached], []] if state == "on" else [[ADAPTER], [reached]]
    with pytest.raises(CheckFailedError, match=rf"debugger {state}, peers reach tcp 127\.0\.0\.1:40001"):
        debugged(monkeypatch, *states)


def test_a_debugger_that_does_not_start_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailedError, match="its adapter does not listen"):
        debugged(monkeypatch, [SSHD], [SSHD])


def test_a_cell_that_stops_elsewhere_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailedError, match="stops at line 1, not 2"):
        debugged(monkeypatch, [ADAPTER], [ADAPTER], line=1)
