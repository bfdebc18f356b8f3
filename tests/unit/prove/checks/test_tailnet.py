"""A node counts as joined only if control and the laptop agree."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from builder.prove.checks import tailnet
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.control_plane import ListedNode
from tests.unit.prove.checks.kit import LISTED, by_command, control, done, member, subject

RESOLVED = "100.64.0.7 STREAM node-1.proof.ts.net\n100.64.0.7 DGRAM\n"


def joined(listed: ListedNode | None = LISTED, *, resolved: str = RESOLVED, ping: Any = None) -> str:
    laptop = member(by_command({"getent": done(resolved), "ping": ping or done()}))
    return tailnet.joined(subject(control=control(find=lambda _: listed), laptop=laptop))


def test_a_node_that_is_listed_resolved_and_reached_passes() -> None:
    assert joined() == "node-1.proof.ts.net is online at 100.64.0.7 and answers the laptop"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"listed": None}, r"does not list node-1 online \(it never registered\)"),
        ({"listed": dataclasses.replace(LISTED, logged_out=True)}, r"node-1 online \(logged out\)"),
        ({"listed": dataclasses.replace(LISTED, online=False)}, r"node-1 online \(offline\)"),
        ({"resolved": ""}, r"resolves node-1\.proof\.ts\.net to nothing; it has \['100\.64\.0\.7', 'fd7a"),
        ({"resolved": "100.64.0.9 STREAM\n"}, r"to \['100\.64\.0\.9'\]; it has \['100\.64\.0\.7'"),
        ({"resolved": f"{RESOLVED}100.64.0.9 RAW\n"}, r"to \['100\.64\.0\.7', '100\.64\.0\.9'\]; it has"),
        ({"ping": done("100% packet loss", 1)}, r"does not reach .* \(100\.64\.0\.7\): 100% packet loss"),
    ],
    ids=["unknown", "logged out", "offline", "no name", "another address", "one more address", "no ping"],
)
def test_a_node_that_is_not_a_member_fails(node: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        joined(**node)
