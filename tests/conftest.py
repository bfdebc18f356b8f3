"""What every tier shares: images are built once for a run, whichever worker comes first."""

from __future__ import annotations

import signal

import pytest
from filelock import FileLock

from builder.core import paths
from builder.pipeline.build import Built, build_target

# A background job of a shell ignores Ctrl-C, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def built_base() -> Built:
    """The target `base` as this checkout makes it; a fraction of a second once it is built."""
    paths.cache().mkdir(parents=True, exist_ok=True)
    with FileLock(paths.cache() / "tests.lock"):
        return build_target("base")


@pytest.fixture(scope="session")
def built_base_image(built_base: Built) -> str:
    """Its tag."""
    return built_base.image.tag
