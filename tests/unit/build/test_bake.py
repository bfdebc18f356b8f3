"""What `docker buildx bake` is given besides its words, seen through a `docker` that writes it down."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from builder.build import bake as bake_module
from builder.build.bake import bake
from builder.build.progress import Progress
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.bake_file import bake_file
from tests.kit.engine import fake_engine
from tests.kit.programs import fake_docker


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return fake_engine(tmp_path)


def test_a_builder_of_the_shell_and_a_question_of_buildx_change_nothing(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker buildx create --use` and CI leave another builder current; buildx asks on what we read."""
    monkeypatch.setenv("BUILDX_BUILDER", "somebodys")
    fake_docker(tmp_path, f"env > {tmp_path}/env; cat > {tmp_path}/asked", monkeypatch)
    bake(tmp_path, engine, [])
    given = (tmp_path / "env").read_text().splitlines()
    assert {"BUILDX_BUILDER=default", "DOCKER_HOST=unix:///there", "BUILDX_BAKE_ENTITLEMENTS_FS=0"} <= {
        *given
    }
    assert (tmp_path / "asked").read_text() == ""


def test_what_an_interrupted_build_still_says_does_not_stop_its_end(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a pipe holds."""

    def interrupted(lines: Iterable[str]) -> Progress:
        next(iter(lines))
        raise KeyboardInterrupt

    monkeypatch.setattr(bake_module, "follow", interrupted)
    fake_docker(tmp_path, "echo begun >&2; head -c 300000 /dev/zero >&2", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        bake(tmp_path, engine, [])


def test_a_failure_is_told_as_one(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_docker(tmp_path, "echo no such target >&2; exit 1", monkeypatch)
    with pytest.raises(TailboxError, match="no such target"):
        bake(tmp_path, engine, [])


def test_no_variable_of_the_shell_is_taken_for_the_base() -> None:
    """Bake gives its variables the environment's values: BASE is often there, in CI too."""
    variables = bake_file(make_plan("base", Workspace.open()))["variable"]
    assert list(variables) == ["TAILBOX_BASE"]  # type: ignore[call-overload]
