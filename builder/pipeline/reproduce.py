"""Build a target twice with nothing cached and compare the images layer by layer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from builder.build import buildkit_daemon
from builder.build.bake import bake_with_retry
from builder.core import console, tempdirs
from builder.engine.client import Engine, connect_or_install
from builder.engine.oci_layout import Layout
from builder.facts.models import Versions
from builder.image import oci_diff
from builder.image.oci_packages import Packages, differing, packages
from builder.image.verify import locked_base
from builder.lock.debian import BASE, verify_debian_lock
from builder.pipeline.build import Prepared, prepare
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace

# The level that a registry's layers have; another level is another digest.
OUTPUT = (
    "type=oci,tar=false,compression=zstd,compression-level=3,force-compression=true,rewrite-timestamp=true"
)


@dataclass(frozen=True)
class Reproduction:
    """Two builds: digest, layers and packages of the first, what differs in the second, seconds of each."""

    digest: str
    layers: tuple[str, ...]
    packages: Packages
    differences: tuple[str, ...]
    seconds: tuple[float, float]


def reproduce_target(name: str, builder: str | None) -> Reproduction:
    """Build a target twice, each on an empty daemon of our own or with `--no-cache` on the named builder."""
    workspace, engine = Workspace.open(), connect_or_install()
    prepared = prepare(make_plan(name, workspace), workspace, engine, for_remote_daemon=True)
    with tempdirs.folder() as folder:
        seconds = tuple(
            _build_uncached(prepared, builder, folder / part, workspace.facts.versions, engine)
            for part in ("first", "second")
        )
        one, two = Layout(folder / "first"), Layout(folder / "second")
        installed, again = packages(one), packages(two)
        _note_unlocked(name, prepared, installed, engine)
        differences = (*oci_diff.differences(one, two), *differing(installed, again))
        return Reproduction(
            one.digest(), tuple(one.layers()), installed, differences, (seconds[0], seconds[1])
        )


def _build_uncached(
    prepared: Prepared, builder: str | None, output: Path, versions: Versions, engine: Engine
) -> float:
    """Build a target into an OCI layout with nothing cached and return the seconds that it took."""
    console.step(f"the {output.name} build of {prepared.plan.tag}, with nothing cached")
    began = time.monotonic()
    with nullcontext(builder) if builder else _empty_builder(versions) as name:
        options = ["--builder", name, "--no-cache", "--set", f"*.output={OUTPUT},dest={output}"]
        bake_with_retry(prepared.folder, engine, options)
    return time.monotonic() - began


def _note_unlocked(name: str, prepared: Prepared, installed: Packages, engine: Engine) -> None:
    """Name the Debian packages that are not the lock's: here two builds are compared, not build and lock."""
    plan = prepared.plan
    debian = {BASE: locked_base(plan, prepared.sources, engine), **installed.debian}
    verify_debian_lock(name, plan.debian_lock, debian, require_locked=False)


@contextmanager
def _empty_builder(versions: Versions) -> Iterator[str]:
    with buildkit_daemon.daemon(versions) as daemon:
        yield daemon.name
