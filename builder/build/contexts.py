"""What a build takes besides the rendered files, gathered in `build/<target>/sources/`."""

from __future__ import annotations

import filecmp
import json
from dataclasses import dataclass, replace
from pathlib import Path

from builder.build import base_image, go_programs, host_settings
from builder.core import console, paths
from builder.core.files import link_or_copy
from builder.engine.client import Engine
from builder.facts.models import Versions
from builder.lock.uv import install_locked


@dataclass(frozen=True)
class BuildContexts:
    """The base as `docker-image://...`, and the folders with `tailscaled`, `session` and the image's `uv`."""

    base: str
    tailscaled: Path
    session: Path
    uv: Path

    def on(self, image: str) -> BuildContexts:
        """Return the same with another base: the image that a target's `from` names."""
        return replace(self, base=f"docker-image://{image}")


def gather(versions: Versions, engine: Engine) -> BuildContexts:
    """Make or find all of them; each is kept in the cache."""
    return BuildContexts(
        base=base_image.reference(versions, engine),
        tailscaled=go_programs.tailscaled(versions),
        session=go_programs.session(versions),
        uv=_linux_uv(versions),
    )


def place(build_contexts: BuildContexts, suite: str | None, folder: Path) -> None:
    """Lay them beside the rendered files, so that `docker buildx bake` works by hand there.

    `suite` is the base's Debian release, None for another distribution's.
    """
    into = folder / "sources"
    _link(build_contexts.tailscaled / "tailscaled", into / "tailscale" / "tailscaled")
    _link(build_contexts.session / "session", into / "session" / "session")
    _link(build_contexts.uv / "uv", into / "uv" / "uv")
    place_host(suite, into / "host")
    override = {"variable": {"TAILBOX_BASE": {"default": build_contexts.base}}}
    (folder / "docker-bake.override.json").write_text(json.dumps(override, indent=2) + "\n")


def place_host(suite: str | None, folder: Path) -> None:
    """The host's settings for its registries, as a build on a Debian release takes them."""
    for name, content in host_settings.settings(suite).items():
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
