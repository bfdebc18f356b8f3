"""BuildKit's own checks of a Dockerfile find nothing in those of the catalogue."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from builder.build import buildkit_daemon, go_programs
from builder.core import paths, tempdirs
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import render, write_files
from builder.targets.target import catalogue


@dataclass(frozen=True)
class Linter:
    """The frontend of a BuildKit that has the checks, which the engine's own may be too old for."""

    buildctl: Path
    address: str

    def check(self, folder: Path) -> str:
        """Return what the checks say of the Dockerfile in this folder."""
        command: list[str | Path] = [
            self.buildctl,
            "--addr",
            self.address,
            "build",
            "--frontend",
            "dockerfile.v0",
        ]
        command += ["--opt", "requestid=frontend.lint", "--local", f"context={folder}"]
        command += ["--local", f"dockerfile={folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout


@contextmanager
def _linter() -> Iterator[Linter]:
    programs = go_programs.buildkit(Workspace.open().facts.versions)
    with (
        tempdirs.folder(None) as folder,
        buildkit_daemon.listening(programs / "buildkitd", folder) as address,
    ):
        yield Linter(programs / "buildctl", address)


@pytest.fixture(scope="module")
def linter() -> Iterator[Linter]:
    with _linter() as linter:
        yield linter


@pytest.mark.parametrize("name", catalogue())
def test_a_rendered_dockerfile_passes(linter: Linter, name: str, tmp_path: Path) -> None:
    plan = make_plan(name, Workspace.open())
    write_files(render(plan, paths.data("templates")), tmp_path)
    assert linter.check(tmp_path) == ""


def test_a_mistake_is_named(linter: Linter, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nENV A b\n")
    assert "LegacyKeyValueFormat" in linter.check(tmp_path)
