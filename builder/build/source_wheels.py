"""Build wheels from source in containers without a network and without secrets; each is built once."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from builder.build.bake import bake_with_retry
from builder.core import console, paths, tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.files import link_or_copy
from builder.engine.client import Engine
from builder.engine.containers import run_sandboxed
from builder.facts import fatbin
from builder.facts.compute_capability import code_for
from builder.lock.built_metadata import store_requires, wheel_requires
from builder.lock.pins import unsatisfied
from builder.lock.sdist import locate
from builder.resolve.plan import Plan
from builder.resolve.sources import SourceBuild
from builder.targets.markers import applies

# Of the engine's memory: what builds may take together.
_SHARE = 0.8


def place_built(plan: Plan, folder: Path, locks: Path, engine: Engine) -> None:
    """Put the wheels of a plan's sources beside its rendered files, built where the cache has none.

    Raises TailboxError where one cannot be built, or is not what was planned.
    """
    if not plan.sources:
        return
    if missing := [source for source in plan.sources if not _cached(source)]:
        _build_all(plan, missing, folder, locks, engine)
    wheels = [_cached(source)[0] for source in plan.sources]
    for source, wheel in zip(plan.sources, wheels, strict=True):
        _require_planned(plan, source, wheel)
    into = folder / "sources" / "built"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for wheel in wheels:
        link_or_copy(wheel, into / wheel.name)


def _folder(source: SourceBuild) -> Path:
    return paths.cache() / "built" / source.key


def _cached(source: SourceBuild) -> list[Path]:
    return list(_folder(source).glob("*.whl"))


def _build_all(plan: Plan, sources: Sequence[SourceBuild], folder: Path, locks: Path, engine: Engine) -> None:
    """Build with the image's toolchain, which stays in the builder's cache alone."""
    pins = [source.pin for source in sources if source.pin]
    sdists = {
        sdist.name: sdist.fetch() for sdist in locate(pins, [pin.name for pin in pins], locks, plan.indexes)
    }
    tag = f"tailbox/toolchain:{plan.target}"
    console.step(f"preparing what builds {', '.join(source.name for source in sources)}")
    (folder / "sources" / "built").mkdir(parents=True, exist_ok=True)
    only = ("target=toolchain", f"tags={tag}", "output=type=docker")
    options = [word for each in only for word in ("--set", f"{plan.target}.{each}")]
    bake_with_retry(folder, engine, options)
    try:
        for source in sources:
            content = sdists[source.name].read_bytes() if source.pin else _tar(source)
            _build(source, tag, content, engine)
    finally:
        engine.client.images.remove(tag)


def _build(source: SourceBuild, image: str, content: bytes, engine: Engine) -> None:
    """Build one wheel and keep it."""
    info = engine.client.info()
    memory = info["MemTotal"] * _SHARE
    jobs = max(1, min(info["NCPU"], int(memory / (source.gb * 1e9))))
    settings = {**source.settings, "MAX_JOBS": str(jobs), "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs)}
    settings |= {"NVCC_THREADS": "1", "SOURCE_DATE_EPOCH": "1790000000"}
    console.step(f"building {source.name} from source ({jobs} processes, {memory / 1e9:.0f} GB at most)")
    command = ["/opt/venv/bin/python", "-I", "/opt/build.py", f"/opt/{source.environment}"]
    built = run_sandboxed(
        image, command, engine, f"{source.name} cannot be built", content, settings, int(memory)
    )
    with tempdirs.filled(_folder(source)) as place, tarfile.open(fileobj=io.BytesIO(built)) as archive:
        archive.extractall(place, filter="data")
    if not (wheels := _cached(source)):
        raise TailboxError(Problem(f"the build of {source.name} made no wheel", "look at its build system"))
    if source.pin:
        store_requires(source.source, wheel_requires(wheels[0]))


def _tar(source: SourceBuild) -> bytes:
    """Return a project's files as an archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in source.files:
            member = tarfile.TarInfo(f"project/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _require_planned(plan: Plan, source: SourceBuild, wheel: Path) -> None:
    """Raise TailboxError where the lock lacks what a wheel needs, or the wheel lacks code for a GPU."""
    pins = tuple(pin for layer in plan.wheels for pin in layer.pins)
    pins += tuple(other.pin for other in plan.sources if other.pin)
    needs = [text for text in wheel_requires(wheel) if applies(text, plan.python)]
    if lacking := unsatisfied(needs, pins):
        what = f"{wheel.name}, as it was built, needs {', '.join(lacking)}: the lock does not hold that"
        raise TailboxError(Problem(what, "tailbox lock, which knows it now; for a project: packages.pip"))
    if source.gpus:
        _require_code(source, wheel)


def _require_code(source: SourceBuild, wheel: Path) -> None:
    """Name the machine code in a wheel. Raises TailboxError where a GPU of the target has none."""
    with tempdirs.folder() as scratch:
        code = fatbin.of_wheel(wheel, scratch)
    console.note(
        f"{wheel.name} holds code for {' '.join(code.archs) or 'no GPU'}, PTX {' '.join(code.ptx) or 'none'}"
    )
    lacking = [gpu for gpu in source.gpus if not code_for(gpu, code.archs)]
    if code.archs and lacking and not code.ptx:
        what = f"{wheel.name} holds no code for {', '.join(lacking)}"
        raise TailboxError(Problem(what, "have its build read TORCH_CUDA_ARCH_LIST or CUDAARCHS"))
