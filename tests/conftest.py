"""What the tiers share: a marker for each folder, and images, programs and tailnets made once for a run.

A folder is a tier: `unit` needs no engine, `engine` needs Docker, the others need nodes in a private tailnet.
Fixtures are made when a test first asks for them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from builder.build import base_image, go_programs
from builder.build.contexts import place_host
from builder.core import paths
from builder.engine.client import Engine, connect_or_install
from builder.pipeline.build import Built, build_target
from builder.pipeline.workspace import Workspace
from builder.prove import MemberSources, ProofPlan
from builder.prove.checks.session import HOSTILE
from builder.prove.subject import Subject
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from builder.wheels.fetch import SWITCH

# Seconds that a test and its fixtures may take; on a bare machine the first test makes image and programs.
TIERS = {"unit": 300, "engine": 1200, "tailnet": 1200, "faults": 1200, "browser": 1200}

# A background job ignores Ctrl-C, and one of nohup a closed terminal: so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A test that is about reading wheels has a server of its own: no test asks a registry for parts of files.
os.environ[SWITCH] = "off"

pytest_plugins = ["tests.kit.leftovers", "tests.kit.scheduling"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of its folder, and that folder's time limit."""
    here = Path(__file__).parent
    for item in items:
        tier = item.path.relative_to(here).parts[0]
        item.add_marker(tier)
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIERS[tier]))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep other workers from making the same image or program meanwhile."""
    paths.cache().mkdir(parents=True, exist_ok=True)
    with FileLock(paths.cache() / "tests.lock"):
        yield


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that answers; on a bare machine it is installed first."""
    with one_at_a_time():
        return connect_or_install()


@pytest.fixture(scope="session")
def built_base() -> Built:
    """The target `base` as this checkout makes it; a fraction of a second once it is built."""
    with one_at_a_time():
        return build_target("base")


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest) -> str:
    """The image under test: TAILBOX_TEST_IMAGE, else the id of the base target."""
    if given := os.environ.get("TAILBOX_TEST_IMAGE"):
        return given
    built: Built = request.getfixturevalue("built_base")
    return built.image.id


@pytest.fixture(scope="session")
def sources(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> MemberSources:
    """What control, laptop and server are made of."""
    versions = Workspace.open().facts.versions
    folder = tmp_path_factory.mktemp("host")
    place_host(versions.debian, folder)
    with one_at_a_time():
        return MemberSources(
            base_image.find_base(versions, engine).image,
            go_programs.tailscaled(versions) / "tailscaled",
            go_programs.control(versions) / "control",
            folder,
        )


@pytest.fixture(scope="session")
def members_image(engine: Engine, sources: MemberSources) -> str:
    """The image of control, laptop and server."""
    with one_at_a_time():
        return build_members_image(engine, sources)


@pytest.fixture(scope="session")
def tailnet(engine: Engine, members_image: str) -> Iterator[Tailnet]:
    """A standing tailnet, the only one of this worker."""
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
