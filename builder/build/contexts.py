"""What a build takes besides the rendered files, gathered in `build/<target>/sources/`."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.build import go_programs, host_settings, managed_python
from builder.build.base_image import BaseImage, find_base
from builder.core import console, paths
from builder.core.files import link_or_copy
from builder.engine.client import Engine
from builder.facts.models import Versions
from builder.lock.managed_python import ManagedPython
from builder.lock.uv import install_locked


@dataclass(frozen=True)
class BuildContexts:
    """The base image, the folders with `tailscaled`, `session` and the image's `uv`.

    `cpython` is the archive of the Python that uv brings, None where it is the system's.
    """

    base: BaseImage
    tailscaled: Path
    session: Path
    uv: Path
    cpython: Path | None = None


def gather(versions: Versions, engine: Engine, build: ManagedPython | None = None) -> BuildContexts:
    """Make or find all of them; each is kept in the cache. What may be out of reach comes first."""
    cpython = managed_python.archive(build) if build else None
    return BuildContexts(
        cpython=cpython,
        base=find_base(versions, engine),
        tailscaled=go_programs.tailscaled(versions),
        session=go_programs.session(versions),
        uv=_linux_uv(versions),
    )


def place(
    build_contexts: BuildContexts,
    base_context: str,
    suite: str | None,
    folder: Path,
    indexes: Sequence[str] = (),
) -> None:
    """Lay them beside the rendered files, so that `docker buildx bake` works by hand there.

    `suite` is the base's Debian release, None for another distribution's; `indexes` are the target's own.
    """
    into = folder / "sources"
    _link(build_contexts.tailscaled / "tailscaled", into / "tailscale" / "tailscaled")
    _link(build_contexts.session / "session", into / "session" / "session")
    _link(build_contexts.uv / "uv", into / "uv" / "uv")
    if archive := build_contexts.cpython:
        _link(archive, into / "cpython" / archive.name)
    place_host(suite, into / "host", indexes)
    override = {"variable": {"TAILBOX_BASE": {"default": base_context}}}
    (folder / "docker-bake.override.json").write_text(json.dumps(override, indent=2) + "\n")


def place_host(suite: str | None, folder: Path, indexes: Sequence[str] = ()) -> None:
    """Lay down the host's settings for its registries, as a build on a Debian release takes them."""
    for name, content in host_settings.settings(suite, indexes).items():
        _write_private(folder / name, content)


def _link(source: Path, destination: Path) -> None:
    """Put a file there; nothing is done where it is there already."""
    if destination.is_file() and (
        destination.samefile(source) or filecmp.cmp(source, destination, shallow=False)
    ):
        return
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.unlink(missing_ok=True)
    link_or_copy(source, destination)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read: proxies and mirrors may carry credentials."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _linux_uv(versions: Versions) -> Path:
    """The folder with uv for linux/amd64, whatever this host is; from its wheel, checked by hash."""
    folder = paths.cache() / "uv" / versions.uv
    if not (folder / "bin" / "uv").is_file():
        console.step(f"fetching uv {versions.uv} for the build")
        lock = paths.data("images") / "locks" / "uv.txt"
        platform = ("--python-platform", "x86_64-unknown-linux-gnu")
        install_locked(lock, folder, "uv for the build could not be fetched", *platform)
    return folder / "bin"
