"""What the faults share: nodes of the private tailnet to hurt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from builder.prove import ProofPlan
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import Control
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet

Patient = Callable[..., AbstractContextManager[Subject]]


@pytest.fixture(scope="session")
def started(tailnet: Tailnet, image: str, plan: ProofPlan) -> Patient:
    """A node that has been started, ready or not; removed at the end of the `with` block."""

    @contextmanager
    def start(environment: dict[str, str] | None = None, **spec: Any) -> Iterator[Subject]:
        node = tailnet.start(NodeSpec(image, environment=environment or {}, **spec))
        try:
            yield Subject(tailnet, node, plan)
        finally:
            node.member.remove()

    return start


@pytest.fixture(scope="session")
def patient(started: Patient) -> Patient:
    """A node that is ready, and online for the laptop."""

    @contextmanager
    def boot(environment: dict[str, str] | None = None, **spec: Any) -> Iterator[Subject]:
        with started(environment, **spec) as lab:
            missing = lab.tailnet.settle(lab.node, deadline=120)
            assert missing is None, f"{missing}\n{lab.node.member.log().decode(errors='replace')[-3000:]}"
            yield lab

    return boot


@pytest.fixture(scope="session")
def control(tailnet: Tailnet) -> Control:
    """The tailnet's control plane, with its admin side."""
    assert isinstance(tailnet.control, Control)
    return tailnet.control


@pytest.fixture(scope="module")
def ward(patient: Patient) -> Iterator[Subject]:
    """A node that the tests of one file hurt one after another; each leaves it ready."""
    with patient() as lab:
        yield lab
