"""The way from a target's name or file to its plan and its rendered files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from builder.core import console, paths
from builder.core.errors import InvalidInput, Problem
from builder.facts.load import load_facts
from builder.facts.models import Facts
from builder.lock import lockfiles
from builder.lock.changes import Relocked
from builder.lock.pins import compare_pins, parse_pins, read_pins
from builder.lock.uv import compile_requirements
from builder.render.render import render, write_files
from builder.resolve import machine
from builder.resolve.advise import Advice, advise
from builder.resolve.alternatives import variants
from builder.resolve.plan import Plan
from builder.resolve.resolve import jupyter_requirements, misfits, resolve, select
from builder.resolve.validate import unsupported_python
from builder.targets.target import Target, catalogue, load_target, lock_files, read_target


def known_facts() -> Facts:
    """Versions and compat facts as they are now."""
    return load_facts(paths.data("images"), paths.own_facts())


def loaded(reference: str, known: Facts, images: Path | None = None) -> Target:
    """A target that can be resolved. Raises InvalidInput with all that is wrong, sorted by place."""
    draft = read_target(reference, images)
    problems = list(draft.problems)
    if draft.target and draft.decided:
        problems += misfits(draft.target, known)
    if problems or draft.target is None:
        raise InvalidInput(*sorted(problems, key=_place))
    return draft.target


def _place(problem: Problem) -> tuple[bool, str, int]:
    where = problem.where
    return (where is None, str(where.path) if where else "", where.line if where else 0)


def plan(reference: str, images: Path | None = None, known: Facts | None = None) -> Plan:
    """Load and resolve a target, of another folder `images` if that is said. Raises InvalidInput.

    `known` are the facts of that folder where they have been read already. A user's own target that was
    never locked is locked now.
    """
    folder = images or paths.data("images")
    known = known or load_facts(folder, paths.own_facts())
    wanted = loaded(reference, known, folder)
    files = lock_files(wanted, known.versions, folder)
    if wanted.own and not files.venv.is_file():
        list(relock([reference]))
    return resolve(wanted, known, lockfiles.read(files))


def advice(reference: str, gpu: str | None, driver: str | None) -> Advice:
    """How a target does on a machine that a person describes. Raises InvalidInput for what is not known."""
    wanted, known = load_target(reference), known_facts()
    others = variants(wanted, map(load_target, catalogue())) if wanted.own is None else []
    found = advise(wanted, machine.parse(gpu, driver, known.compat), known, others)
    return replace(found, problems=(*unsupported_python(wanted, known), *found.problems))


def rendered(wanted: Plan) -> Path:
    """Render a plan into `build/<target>/` and return the folder."""
    folder = paths.build_dir(wanted.target)
    write_files(render(wanted, paths.data("templates")), folder)
    return folder


def relock(references: Iterable[str], upgrade: tuple[str, ...] | None = ()) -> Iterator[Relocked]:
    """Pin the wheels of targets and of their JupyterLab, each lock file once, as each is written.

    What is locked stays as it is where it still fits; `upgrade` names packages to free, None frees all. A
    user's own target leaves the JupyterLab of the catalogue as it is, and begins with the versions of the
    target that it extends: layers with the same wheels are the same.
    """
    known = known_facts()
    locks = paths.data("images") / "locks"
    wanted: dict[Path, tuple[tuple[str, ...], str, Path | None]] = {}
    for reference in references:
        one = loaded(reference, known)
        files = lock_files(one, known.versions)
        begun = (files.venv, *(locks / f"{name}.txt" for name in one.ancestors))
        kept = next((file for file in begun if file.is_file()), None)
        wanted[files.venv] = (select(one, known).requirements, one.python, kept)
        if not one.own or files.jupyter.parent != locks:
            wanted[files.jupyter] = (jupyter_requirements(one, known.versions), one.python, files.jupyter)
    for file, (requirements, python, kept) in wanted.items():
        console.step(f"locking {file.name}: {', '.join(requirements)}")
        text = compile_requirements(requirements, python, locks, kept, upgrade)
        changes = compare_pins(read_pins(file), parse_pins(text))
        file.write_text(text)
        yield Relocked(file, changes)
