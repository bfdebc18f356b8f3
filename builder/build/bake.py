"""From rendered files to an image: one buildx subprocess, live progress, and an error that names the step."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.build.builders import LOCAL, Builder
from builder.build.progress import Progress, follow
from builder.core import console
from builder.core.errors import Problem, TailboxError
from builder.core.process import last_lines
from builder.engine.client import Engine
from builder.engine.layer_sizes import compressed_size
from builder.render.layers import short

_NO_ROOM = "no space left on device"
_TIMES = 2  # how many times to rebuild what a cache has lost
# What is said where a cache counts on something that is gone: by the engine, by our install.sh, by uv.
_LAYERS_LOST = "layer does not exist"
_WHEELS_LOST = ("no longer has the wheels of this lock", "the network was disabled")
# buildx 0.20 and newer ask before bake reads outside its folder. Ours lie there: host settings, programs.
_UNASKED = {"BUILDX_BAKE_ENTITLEMENTS_FS": "0"}


class CacheLostError(TailboxError):
    """A cached step whose result is gone; bake's options `anew` have it made again."""

    def __init__(self, what: str, problem: Problem, anew: list[str]) -> None:
        super().__init__(problem)
        self.what, self.anew = what, anew


@dataclass(frozen=True)
class Image:
    """A built image. Sizes in bytes; `compressed` is the sum of its layers in zstd, level 3."""

    tag: str
    id: str
    size: int
    compressed: int | None
    seconds: float
    cached: bool


def build(folder: Path, tag: str, engine: Engine, builder: Builder = LOCAL) -> Image:
    """Run `docker buildx bake` in `build/<target>/`. Raises TailboxError that names the failed step."""
    return build_all(folder, {folder.name: tag}, engine, builder)[0]


def build_all(folder: Path, tags: Mapping[str, str], engine: Engine, builder: Builder = LOCAL) -> list[Image]:
    """One `docker buildx bake` for several targets (name to tag): steps that they share run once.

    `seconds` of each image are those of the whole run.
    """
    console.step(f"building {', '.join(tags.values())}")
    began = time.monotonic()
    progress = bake_with_retry(folder, engine, [*builder.options(tags, engine), *output(engine, builder)])
    seconds = time.monotonic() - began
    console.note(f"build step: {seconds:.1f} s, {progress.summary()}")
    return [_image(tag, engine, seconds, progress.all_cached) for tag in tags.values()]


def bake_with_retry(folder: Path, engine: Engine, options: list[str]) -> Progress:
    """Bake, and again where a cache has lost something that it counts on.

    An engine that restarted does not know which layers its build cache counts on: they go with their image.
    And wheels are kept apart from the steps that fetched them: either can be dropped for want of room, and a
    builder promises nothing of what is in its caches, not even from one step to the next.
    """
    anew: list[str] = []
    for _ in range(_TIMES):
        try:
            return bake(folder, engine, [*options, *anew])
        except CacheLostError as lost:
            console.note(f"the builder's cache has lost {lost.what}: making them again")
            anew = lost.anew
    return bake(folder, engine, [*options, *anew])


def _image(tag: str, engine: Engine, seconds: float, cached: bool) -> Image:
    built = engine.client.images.get(tag)
    compressed = compressed_size(built, engine)
    return Image(tag, str(built.id), int(built.attrs["Size"]), compressed, seconds, cached)


def output(engine: Engine, builder: Builder = LOCAL) -> list[str]:
    """Into the engine's store; one of containerd would compress with gzip on one core, so it is told zstd."""
    compress = engine.store == "containerd" and builder.name is None
    return ["--set", f"*.output={'type=image,compression=zstd' if compress else 'type=docker'}"]


def bake(folder: Path, engine: Engine, options: list[str]) -> Progress:
    """Follow one `docker buildx bake` to its end. Raises TailboxError that names the failed step.

    On Ctrl-C buildx, in our process group, stops too: it is waited for.
    """
    command = ["docker", "buildx", "bake", "--progress=rawjson", "--provenance=false", *options]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=engine.environ | _UNASKED,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        progress = follow(_lines(process))
    except KeyboardInterrupt:
        process.communicate()
        raise
    if process.wait():
        raise _failure(progress)
    return progress


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    yield from process.stderr


def _failure(progress: Progress) -> TailboxError:
    """The step that failed with its last lines, and what to do about it."""
    step = progress.failed
    log = last_lines("\n".join((*step.lines, step.error) if step else progress.noise))
    lost = Problem(log, "docker builder prune, then repeat")
    if _LAYERS_LOST in log:
        return CacheLostError("layers", lost, ["--no-cache"])
    if any(words in log for words in _WHEELS_LOST):
        return CacheLostError("wheels", lost, ["--set", f"*.args.ANEW={secrets.token_hex(8)}"])
    place = f" in the step\n  {short(step.name, 100)}" if step else ""
    cause = (
        "make room (docker system df, docker builder prune)" if _NO_ROOM in log.lower() else "fix the cause"
    )
    remedy = f"{cause} and repeat: finished steps and downloads are kept"
    return TailboxError(Problem(f"the build failed{place}\n{log}", remedy))
