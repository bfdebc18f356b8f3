"""A node that got another name than it wants says who has it."""

from pathlib import Path
from typing import Any

import pytest
from node import problems
from node.paths import Paths
from node.tailnet import localapi, taken

SINCE = "2026-11-27T08:15:00Z"


def status(own: str, *peers: dict[str, Any]) -> dict[str, Any]:
    return {
        "Self": {"DNSName": f"{own}.proof.ts.net."},
        "Peer": {str(i): peer for i, peer in enumerate(peers)},
    }


def peer(name: str, *, online: bool = False, seen: str = SINCE) -> dict[str, Any]:
    return {"DNSName": f"{name}.proof.ts.net.", "Online": online, "LastSeen": seen}


@pytest.mark.parametrize("own", ["gpu", ""])
def test_the_wanted_name_is_no_problem(own: str) -> None:
    assert taken.problem(status(own, peer("gpu-1")), "gpu") is None
    assert taken.problem({}, "gpu") is None


@pytest.mark.parametrize(
    ("peers", "said"),
    [
        (
            [peer("gpu")],
            "taken by a device that is offline since 2026-11-27 08:15 UTC: this node is called gpu-1.",
        ),
        ([peer("gpu", seen="0001-01-01T00:00:00Z")], "a device that is offline: "),
        ([peer("gpu", online=True)], "a device that is online: "),
        ([peer("gpu2")], "a device which this node may not see: "),
    ],
)
def test_who_has_the_name_and_since_when_it_is_gone(peers: list[dict[str, Any]], said: str) -> None:
    problem = taken.problem(status("gpu-1", *peers), "gpu")
    assert problem
    assert said in problem.what
    assert "left" not in problem.what
    assert "another TS_HOSTNAME" in problem.remedy


def test_devices_that_pile_up_are_counted() -> None:
    left = [peer("gpu"), peer("gpu-1"), peer("gpu-2", online=True), peer("gpux"), peer("gpu-x")]
    problem = taken.problem(status("gpu-3", *left), "gpu")
    assert problem
    assert problem.what.endswith("Earlier starts have left 2 devices: gpu, gpu-1.")
    assert "ephemeral key" in problem.remedy


def test_the_problem_goes_when_the_node_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(run=str(tmp_path))
    Path(paths.problems).mkdir()
    monkeypatch.setattr(localapi, "status", lambda _paths: status("gpu-1", peer("gpu")))
    taken.compare("gpu-1", "gpu", paths)
    assert [problem.what.partition(" by ")[0] for problem in problems.load(paths)] == [
        "the name gpu is taken"
    ]
    taken.compare("gpu", "gpu", paths)
    assert problems.load(paths) == []
