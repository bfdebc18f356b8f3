"""The same bytes: a target built twice with nothing cached, compared layer by layer."""

from __future__ import annotations

import subprocess
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from builder import catalog, daemon, engine, facts, oci, paths, say, sources
from builder.build import bake
from builder.engine import Engine
from builder.errors import Problem, TailboxError
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
    wanted = catalog.plan(name)
    folder = catalog.rendered(wanted)
    versions = facts.load(paths.data("images")).versions
    running = engine.connect()
    gathered = sources.gather(versions, running)
    sources.place(gathered, versions.debian, folder)
    with tempfile.TemporaryDirectory(prefix=daemon.prefix(), dir=daemon.room()) as scratch:
        base = wanted.base and f"docker-image://{wanted.base}"
        base = base or layout_of(gathered.base.removeprefix("docker-image://"), Path(scratch), running)
        timed = []
        for part in ("first", "second"):
            say.step(f"the {part} build of {wanted.tag}, with nothing cached")
            began = time.monotonic()
            own: AbstractContextManager[str] = nullcontext(builder) if builder else daemon.daemon(versions)
            with own as chosen:
                _bake(folder, Path(scratch) / part, base, chosen, running)
            timed.append(time.monotonic() - began)
        one, two = Layout(Path(scratch) / "first"), Layout(Path(scratch) / "second")
        found = oci.differences(one, two)
        return Reproduced(one.digest(), tuple(one.layers()), found, (timed[0], timed[1]))


def _bake(folder: Path, into: Path, base: str, builder: str, running: Engine) -> None:
    options = ["--builder", builder, "--no-cache", "--set", f"*.output={OUTPUT},dest={into}"]
    bake(folder, running, [*options, "--set", f"*.contexts.base={base}"])


def layout_of(image: str, scratch: Path, running: Engine) -> str:
    """A local image as a context for a daemon that cannot see the engine's images."""
    into = scratch / "base"
    into.mkdir()
    saved = subprocess.Popen(["docker", "save", image], env=running.environ, stdout=subprocess.PIPE)
    unpacked = subprocess.run(["tar", "-x", "-C", str(into)], stdin=saved.stdout)
    if saved.wait() or unpacked.returncode:
        raise TailboxError(Problem(f"{image} could not be saved", "check the disk (df), then repeat"))
    return f"oci-layout://{into}@{Layout(into).digest()}"
