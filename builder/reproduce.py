"""The same bytes: a target built twice with nothing cached, compared layer by layer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from builder import catalog, daemon, engine, oci, say, scratch, workflow
from builder.build import bake
from builder.facts import Versions
from builder.oci import Layout

# The level that a registry's layers have; another level is another digest.
OUTPUT = (
    "type=oci,tar=false,compression=zstd,compression-level=3,force-compression=true,rewrite-timestamp=true"
)


@dataclass(frozen=True)
class Reproduced:
    """Two builds: the layers of the first, what differs in each that is not the same, seconds."""

    digest: str
    layers: tuple[str, ...]
    differences: tuple[str, ...]
    seconds: tuple[float, float]


def reproduce(name: str, builder: str | None) -> Reproduced:
    """Build a target twice, each on an empty daemon of our own or with `--no-cache` on the named builder."""
    running = engine.connect()
    versions = catalog.known_facts().versions
    prepared = workflow.prepare(catalog.plan(name), versions, running, beside=True)
    with scratch.folder() as folder:
        timed = []
        for part in ("first", "second"):
            say.step(f"the {part} build of {prepared.plan.tag}, with nothing cached")
            began = time.monotonic()
            own: AbstractContextManager[str] = nullcontext(builder) if builder else _empty(versions)
            with own as chosen:
                options = ["--no-cache", "--set", f"*.output={OUTPUT},dest={folder / part}"]
                bake(prepared.folder, running, ["--builder", chosen, *options])
            timed.append(time.monotonic() - began)
        one, two = Layout(folder / "first"), Layout(folder / "second")
        found = oci.differences(one, two)
        return Reproduced(one.digest(), tuple(one.layers()), found, (timed[0], timed[1]))


@contextmanager
def _empty(versions: Versions) -> Iterator[str]:
    with daemon.daemon(versions) as own:
        yield own.name
