"""From a target's name or file to its plan and its rendered files."""

from __future__ import annotations

from pathlib import Path

from builder.core import console, paths
from builder.lock import lockfiles
from builder.lock.lockfiles import Lock
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from builder.render.render import render, write_files
from builder.resolve.plan import Plan
from builder.resolve.resolve import Selection, resolve


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
    if selection.target.user_file is None or files.venv.is_file():
        return lock
    console.note(f"{files.venv.name} does not exist yet: `tailbox lock` or the first build writes it")
    return compile_lock(selection, workspace, lock)


def write_rendered(plan: Plan, workspace: Workspace) -> Path:
    """Render a plan into `build/<target>/` and return the folder."""
    folder = paths.build_dir(plan.target)
    write_files(render(plan, workspace.templates), folder)
    return folder
