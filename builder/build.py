"""From rendered files to an image: one buildx subprocess, live progress, and an error that names the step."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builder import say, size
from builder.engine import Engine
from builder.errors import Problem, TailboxError
from builder.progress import Progress, follow, short
from builder.run import last_lines


@dataclass(frozen=True)
class Image:
    """A built image. Sizes in bytes; `compressed` is the sum of its layers in zstd, level 3."""

    tag: str
    id: str
    size: int
    compressed: int | None
    seconds: float
    cached: bool


def build(folder: Path, tag: str, engine: Engine) -> Image:
    """Run `docker buildx bake` in `build/<target>/`. Raises TailboxError that names the failed step."""
    say.step(f"building {tag}")
    began = time.monotonic()
    progress = bake(folder, engine, output(engine))
    seconds = time.monotonic() - began
    cached = progress.all_cached
    say.note(f"build step: {seconds:.1f} s, {'all cached' if cached else f'{len(progress.steps)} steps'}")
    found = engine.client.images.get(tag)
    return Image(
        tag=tag,
        id=str(found.id),
        size=int(found.attrs["Size"]),
        compressed=size.compressed(found, engine),
        seconds=seconds,
        cached=cached,
    )


def output(engine: Engine) -> list[str]:
    """Where the image goes; a containerd store would compress with gzip on one core, so it is told zstd."""
    store = "type=docker" if engine.store != "containerd" else "type=image,compression=zstd"
    return ["--set", f"*.output={store}"]


def bake(folder: Path, engine: Engine, options: list[str]) -> Progress:
    """Follow one `docker buildx bake` to its end. Raises TailboxError that names the failed step.

    On Ctrl-C buildx, in our process group, stops too: it is waited for.
    """
    command = ["docker", "buildx", "bake", "--progress=rawjson", "--provenance=false", *options]
    process = subprocess.Popen(
        command, cwd=folder, env=engine.environ, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    try:
        progress = follow(_lines(process))
    except KeyboardInterrupt:
        process.wait()
        raise
    if process.wait():
        raise _failure(progress)
    return progress


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    yield from process.stderr


def _failure(progress: Progress) -> TailboxError:
    remedy = "mend the cause and repeat: finished steps and downloads are kept"
    step = progress.failed
    if step is None:
        return TailboxError(Problem("the build failed\n" + last_lines("\n".join(progress.noise)), remedy))
    log = last_lines("\n".join(step.lines) or step.error)
    return TailboxError(Problem(f"the build failed in the step\n  {short(step.name, 100)}\n{log}", remedy))
