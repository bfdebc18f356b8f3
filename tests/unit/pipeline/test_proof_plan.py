"""A node gets GPUs where its target computes on them, and starts without where the engine cannot give any."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import APIError

from builder.build.base_image import BaseImage
from builder.pipeline.plan import make_plan
from builder.pipeline.prove import proof_plan
from builder.pipeline.workspace import Workspace
from builder.prove.errors import TailnetError
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet

BROKEN = "nvidia-container-cli: initialization error: driver not loaded"


@dataclass
class Containers:
    """Makes containers that cannot be started: those with GPUs, or all of them; those that are left."""

    fail: str
    left: dict[str, bool] = field(default_factory=dict)

    def create(self, name: str, *, device_requests: list[object], **_: object) -> object:
        assert name not in self.left, "the engine has one of this name"
        self.left[name] = bool(device_requests)

        def start() -> None:
            if self.fail == "all" or (self.fail == "GPUs" and device_requests):
                raise APIError("500 Server Error", explanation=BROKEN)

        return SimpleNamespace(name=name, start=start, remove=lambda **_: self.left.pop(name))


def tailnet(runtime: str, fail: str = "") -> tuple[Tailnet, Containers]:
    client = SimpleNamespace(info=lambda: {"Runtimes": {"runc": {}, runtime: {}}})
    made, containers = Tailnet(cast(Any, SimpleNamespace(client=client)), "members"), Containers(fail)
    made._containers = cast(Any, containers)
    made.control = cast(Any, SimpleNamespace(mint_key=lambda: "key"))
    made.url = "http://control"
    return made, containers


@pytest.mark.parametrize(
    ("runtime", "wanted", "given"),
    [("nvidia", True, True), ("nvidia", False, False), ("crun", True, False)],
    ids=["wanted and there", "not wanted", "none there"],
)
def test_gpus_are_given_where_they_are_wanted_and_there(runtime: str, wanted: bool, given: bool) -> None:
    net, containers = tailnet(runtime)
    node = net.start(NodeSpec("image", gpus=wanted), "node")
    assert containers.left == {"node": given}
    assert node.spec.gpus == wanted


def test_a_node_starts_without_gpus_where_they_cannot_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    net, containers = tailnet("nvidia", "GPUs")
    node = net.start(NodeSpec("image", gpus=True), "node")
    assert containers.left == {"node": False}
    assert not node.spec.gpus, "what is started like it would fail again"
    assert BROKEN in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("gpus", [True, False])
def test_a_node_that_cannot_be_started_is_told_in_the_words_of_the_engine(gpus: bool) -> None:
    net, containers = tailnet("nvidia", "all")
    with pytest.raises(TailnetError, match=BROKEN):
        net.start(NodeSpec("image", gpus=gpus), "node")
    assert not containers.left


@pytest.mark.parametrize(("name", "gpus"), [("base", False), ("cuda", True), ("cuda-pytorch", True)])
def test_targets_with_cuda_want_gpus(name: str, gpus: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.build.go_programs.control", lambda _: Path("control"))
    contexts = SimpleNamespace(base=BaseImage("debian"), tailscaled=Path("tailscaled"))
    known = Workspace.open()
    built = SimpleNamespace(plan=make_plan(name, known), contexts=contexts, versions=known.facts.versions)
    assert proof_plan(cast(Any, built)).gpus == gpus
