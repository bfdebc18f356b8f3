"""The same bytes: a target built twice with nothing cached, compared layer by layer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from builder.build import buildkit_daemon
from builder.build.bake import bake_with_retry
from builder.core import console, tempdirs
from builder.engine.client import connect_or_install
from builder.engine.oci_layout import Layout
from builder.facts.models import Versions
from builder.image import oci_diff
from builder.image.oci_packages import Packages, differing, packages
from builder.image.verify import verify_packages
from builder.pipeline.build import plan_for_build, prepare
from builder.pipeline.workspace import Workspace

# The level that a registry's layers have; another level is another digest.
OUTPUT = (
    "type=oci,tar=false,compression=zstd,compression-level=3,force-compression=true,rewrite-timestamp=true"
)


@dataclass(frozen=True)
class Reproduced:
    """Two builds: layers and packages of the first, what differs in each that is not the same, seconds."""

    digest: str
    layers: tuple[str, ...]
    packages: Packages
    differences: tuple[str, ...]
    seconds: tuple[float, float]


def reproduce_target(name: str, builder: str | None, *, require_locked: bool = False) -> Reproduced:
    """Build a target twice, each on an empty daemon of our own or with `--no-cache` on the named builder.

    `require_locked` refuses another base and other Debian packages than locked.
    """
    workspace, engine = Workspace.open(), connect_or_install()
    prepared = prepare(plan_for_build(name, workspace), workspace, engine, for_remote_daemon=True)
    versions = workspace.facts.versions
    with tempdirs.folder() as folder:
        timed = []
        for part in ("first", "second"):
            console.step(f"the {part} build of {prepared.plan.reference}, with nothing cached")
            began = time.monotonic()
            opening: AbstractContextManager[str] = nullcontext(builder) if builder else _empty(versions)
            with opening as builder_name:
                options = ["--no-cache", "--set", f"*.output={OUTPUT},dest={folder / part}"]
                bake_with_retry(prepared.folder, engine, ["--builder", builder_name, *options])
            timed.append(time.monotonic() - began)
        one, two = Layout(folder / "first"), Layout(folder / "second")
        installed, again = packages(one), packages(two)
        verify_packages(
            name,
            prepared.plan,
            installed.debian,
            prepared.contexts,
            engine,
            require_locked=require_locked,
        )
        differences = (*oci_diff.differences(one, two), *differing(installed, again))
        return Reproduced(one.digest(), tuple(one.layers()), installed, differences, (timed[0], timed[1]))


@contextmanager
def _empty(versions: Versions) -> Iterator[str]:
    with buildkit_daemon.daemon(versions) as empty:
        yield empty.name
