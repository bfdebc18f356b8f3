"""What the image tests share: the engine, the image, and one tailnet with an unbroken node per worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.build import base_image, go_programs
from builder.build.contexts import place_host
from builder.engine.client import Engine, connect
from builder.pipeline.workspace import Workspace
from builder.prove import MemberSources, ProofPlan
from builder.prove.checks.session import HOSTILE
from builder.prove.subject import Subject
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the engine."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.image)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that answers."""
    return connect()


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest) -> str:
    """The image under test: TAILBOX_TEST_IMAGE, else the base target as built by this checkout."""
    return os.environ.get("TAILBOX_TEST_IMAGE") or str(request.getfixturevalue("built_base_image"))


@pytest.fixture(scope="session")
def sources(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> MemberSources:
    """What control, laptop and server are made of."""
    versions = Workspace.open().facts.versions
    folder = tmp_path_factory.mktemp("host")
    place_host(versions.debian, folder)
    return MemberSources(
        base_image.reference(versions, engine).removeprefix("docker-image://"),
        go_programs.tailscaled(versions) / "tailscaled",
        go_programs.control(versions) / "control",
        folder,
    )


@pytest.fixture(scope="session")
def members_image(engine: Engine, sources: MemberSources) -> str:
    """The image of control, laptop and server."""
    return build_members_image(engine, sources)


@pytest.fixture(scope="session")
def tailnet(engine: Engine, members_image: str) -> Iterator[Tailnet]:
    """A standing tailnet."""
    with Tailnet(engine, members_image) as tailnet:
        yield tailnet


@pytest.fixture(scope="session")
def plan(sources: MemberSources) -> ProofPlan:
    """What the base target promises: everything on."""
    return ProofPlan("base", sources)


@pytest.fixture(scope="session")
def lab(tailnet: Tailnet, image: str, plan: ProofPlan) -> Iterator[Subject]:
    """An unbroken node in the tailnet."""
    with Subject(tailnet, tailnet.boot(NodeSpec(image, environment=HOSTILE)), plan) as lab:
        yield lab
