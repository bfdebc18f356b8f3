"""From a target's name or file to its plan and its rendered files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from builder.core import console, paths
from builder.lock import lockfiles
from builder.lock.lockfiles import Lock
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from builder.render import layer_graph
from builder.render.layers import rendered_layers
from builder.render.render import render, write_files
from builder.resolve import machine
from builder.resolve.advise import Advice, advise
from builder.resolve.alternatives import variants
from builder.resolve.plan import Plan
from builder.resolve.resolve import Selection, resolve
from builder.resolve.validate import unsupported_python
from builder.targets.target import catalogue, load_target


def make_plan(reference: str, workspace: Workspace) -> Plan:
    """Load, select and resolve a target. Writes nothing. Raises InvalidInputError."""
    return plan_selection(workspace.select(reference), workspace)


def plan_selection(selection: Selection, workspace: Workspace) -> Plan:
    """Resolve a target whose release is chosen. Writes nothing. Raises InvalidInputError."""
    return resolve(selection, workspace.facts, _lock(selection, workspace))


def _lock(selection: Selection, workspace: Workspace) -> Lock:
    """Read the lock of a target; that of a user's own target that was never locked is made in memory."""
    files = workspace.lock_files(selection.target)
    lock = lockfiles.read(files)
    if selection.target.own is None or files.venv.is_file():
        return lock
    console.note(f"{files.venv.name} does not exist yet: `tailbox lock` or the first build writes it")
    return compile_lock(selection, workspace, lock)


def advise_on_machine(reference: str, gpu: str | None, driver: str | None, workspace: Workspace) -> Advice:
    """Judge a target on a machine that a person describes. Raises InvalidInputError for what is not known."""
    target, facts = load_target(reference), workspace.facts
    others = variants(target, map(load_target, catalogue())) if target.own is None else []
    advice = advise(target, machine.parse(gpu, driver, facts.compat), facts, others)
    return replace(advice, problems=(*unsupported_python(target, facts), *advice.problems))


def write_rendered(plan: Plan, workspace: Workspace) -> Path:
    """Render a plan into `build/<target>/` and return the folder."""
    folder = paths.build_dir(plan.target)
    write_files(render(plan, workspace.templates), folder)
    return folder


def shared_layers(names: Iterable[str], workspace: Workspace) -> layer_graph.Branch:
    """Return the tree of these targets' layers, as they would be built now."""
    files = {name: render(make_plan(name, workspace), workspace.templates) for name in names}
    return layer_graph.grow({name: rendered_layers(rendered) for name, rendered in files.items()})
