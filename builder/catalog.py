"""The way from a target's name to its plan and its rendered files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from builder import facts, lock, paths, render, say, target
from builder.plan import Plan
from builder.resolve import jupyter_requirements, resolve, select


def plan(name: str) -> Plan:
    """Load and resolve a target. Raises InvalidInput with all problems."""
    images = paths.data("images")
    wanted = target.load(name, images)
    return resolve(wanted, facts.load(images), lock.read(images / "locks", name))


def rendered(wanted: Plan) -> Path:
    """Render a plan into `build/<target>/` and return the folder."""
    folder = paths.build_dir(wanted.target)
    render.write(render.render(wanted, paths.data("templates"), paths.data("images")), folder)
    return folder


def relock(names: Iterable[str]) -> list[Path]:
    """Pin the wheels of targets and of JupyterLab again. Returns the files written."""
    images = paths.data("images")
    known = facts.load(images)
    written = {"jupyter.txt": jupyter_requirements(known.versions)}
    written |= {f"{name}.txt": select(target.load(name, images), known).requirements for name in names}
    locks = images / "locks"
    for file, requirements in written.items():
        say.step(f"locking {file}: {', '.join(requirements)}")
        (locks / file).write_text(lock.compile_requirements(requirements, known.versions.python, locks))
    return [locks / file for file in written]
