"""What was tried more than once says so: in its cell, and in what the check reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.prove import probes
from builder.prove.cells import Means, Mode, Protocol, Route
from builder.prove.checks import matrix
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.control_plane import ListedNode
from builder.prove.tailnet.member import CompletedCommand
from builder.prove.traffic.attempt import Party, TrafficCase, attempt, require_path

LISTED = ListedNode("1", "node-1.ts.net", "node-1", ("100.64.0.7", "fd7a::7"), True, False)


def party(*pings: str) -> Party:
    """A party whose `tailscale ping` prints these lines, one at each run."""
    lines = iter(pings)
    member = SimpleNamespace(run=lambda *_, **__: CompletedCommand(0, next(lines).encode()))
    return Party(Mode.DEFAULT, cast(Any, member), LISTED)


def case(address: str, *, must_work: bool = True) -> TrafficCase:
    return TrafficCase("node", Means.PLAIN, Route.DIRECT, Protocol.UDP, address, "100.64.0.8", must_work)


def answer(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> None:
    """Let each run of the probe give these failures."""
    left: Iterator[list[str]] = iter(rounds)
    monkeypatch.setattr(
        probes, "run", lambda *_, **__: json.dumps([{"failure": each, "ms": 2.5} for each in next(left)])
    )


def test_silence_is_tried_again_and_the_cell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, ["", "no answer", "ECONNREFUSED"], [""])
    cells = attempt(party(), [case("v4"), case("v6"), case("name")])
    assert [(cell.failure, cell.attempts) for cell in cells] == [("", 1), ("", 2), ("ECONNREFUSED", 1)]


def test_silence_where_it_must_fail_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, ["no answer"])
    (cell,) = attempt(party(), [case("v4", must_work=False)])
    assert (cell.failure, cell.attempts) == ("no answer", 1)


def test_a_path_says_which_attempt_it_took() -> None:
    silent, pong = "no reply", "pong from node-1 (100.64.0.7) via DERP(test) in 2ms"
    assert require_path(party(pong), party(), Route.DERP) == ""
    assert (
        require_path(party(silent, silent, pong), party(), Route.DERP) == "node-1 reaches node-1 at attempt 3"
    )


@pytest.mark.parametrize(
    ("pings", "path"),
    [
        (("pong from node-1 via DERP(test)",), Route.DIRECT),
        (("pong from node-1 via 172.18.0.3:41641",), Route.DERP),
        (("no reply",) * 10, Route.DERP),
    ],
    ids=["by DERP", "direct", "not at all"],
)
def test_another_path_fails(pings: tuple[str, ...], path: Route) -> None:
    with pytest.raises(CheckFailedError, match=f"node-1 reaches node-1 not {path}"):
        require_path(party(*pings), party(), path)


def test_the_check_reports_further_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, ["no answer", ""], [""])
    cells = attempt(party(), [case("v4"), case("v6")])
    assert matrix._judged(cells, "UDP works").detail == "UDP works (2 ways; 1 took a second attempt)"
    assert matrix._judged(cells[1:], "UDP works", notes=["", "a at attempt 3"]).detail == (
        "UDP works (1 ways; a at attempt 3)"
    )
