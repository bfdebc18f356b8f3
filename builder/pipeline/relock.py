"""Lock the wheels of targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from builder.core import console
from builder.core.errors import Where
from builder.lock.changes import Relocked
from builder.lock.lockfiles import Lock, LockFiles
from builder.lock.no_wheel import NoWheelError
from builder.lock.pins import compare_pins, parse_pins, read_pins
from builder.lock.source_lock import BuildLock, write_source_lock
from builder.lock.uv import ConflictError, compile_requirements
from builder.pipeline import conflict, no_wheel_fixes
from builder.pipeline.check_wheels import check_wheels
from builder.pipeline.lock_sources import SourceLocks
from builder.pipeline.workspace import Workspace
from builder.resolve.resolve import Selection, jupyter_requirements


@dataclass(frozen=True)
class _LockFile:
    """A lock file to write: what it pins, for which Python, and the file (if any) whose versions to keep.

    `advise` is whether to try what helps where a package has no wheel.
    """

    path: Path
    requirements: tuple[str, ...]
    python: str
    keep: Path | None
    places: Mapping[str, Where]
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    selection: Selection | None = None
    advise: bool = True

    @property
    def builds(self) -> Path:
        """The file that locks what is built from source."""
        return LockFiles(self.path, self.path, self.path).builds

    def compile(
        self, workspace: Workspace, upgrade: tuple[str, ...] | None = ()
    ) -> tuple[str, tuple[BuildLock, ...]]:
        """Return the lock, whose wheels fit together, and the locks of what is built from source."""
        compiled = partial(self._compiled, workspace, upgrade)
        if not self.selection:
            return compiled(), ()
        text, builds = SourceLocks(self.selection, workspace).compile(compiled)
        check_wheels(self.selection, text, self.keep, workspace)
        return text, builds

    def _compiled(
        self,
        workspace: Workspace,
        upgrade: tuple[str, ...] | None,
        sources: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> str:
        """Resolve the requirements with uv, and say so."""
        locks = workspace.images / "locks"
        console.step(f"locking {self.path.name}: {', '.join(self.requirements)}")
        try:
            return compile_requirements(
                self.requirements,
                self.python,
                locks,
                self.keep,
                upgrade,
                self.constraints,
                self.indexes,
                sources=sources,
                excludes=self.selection.target.excludes if self.selection else (),
            )
        except NoWheelError as error:
            raise error.placed(self.places, self._remedies(error, workspace)) from None
        except ConflictError as error:
            raise conflict.explain(error, self.selection, workspace) from None

    def _remedies(self, error: NoWheelError, workspace: Workspace) -> Mapping[str, str]:
        if self.selection is None or not self.advise:
            return {}
        return no_wheel_fixes.fixes(error, self.selection, workspace)


def relock_targets(
    references: Iterable[str], workspace: Workspace, upgrade: tuple[str, ...] | None = ()
) -> Iterator[Relocked]:
    """Pin the wheels of targets and of their JupyterLab, each lock file once, as each is written.

    What is locked stays as it is where it still fits; `upgrade` names packages to free, None frees all.
    """
    selections = map(workspace.select, references)
    files = {file.path: file for selection in selections for file in _lock_files(selection, workspace)}
    for file in files.values():
        text, builds = file.compile(workspace, upgrade)
        changes = compare_pins(read_pins(file.path), parse_pins(text))
        file.path.write_text(text)
        write_source_lock(file.builds, builds)
        yield Relocked(file.path, changes)


def compile_lock(selection: Selection, workspace: Workspace, lock: Lock, *, advise: bool = True) -> Lock:
    """Return a lock with the pins that a first `relock_targets` would write; writes nothing.

    Where a package has no wheel, `advise` tries what the person could do.
    """
    paths_of_parts = workspace.lock_files(selection.target)
    files = (replace(file, advise=advise) for file in _lock_files(selection, workspace))
    made = {file.path: file.compile(workspace) for file in files}
    pins = {path: parse_pins(text) for path, (text, _) in made.items()}
    return replace(
        lock,
        venv=pins[paths_of_parts.venv],
        jupyter=pins.get(paths_of_parts.jupyter, lock.jupyter),
        builds=made[paths_of_parts.venv][1],
    )


def _lock_files(selection: Selection, workspace: Workspace) -> Iterator[_LockFile]:
    """List the lock files of a target.

    A user's own target leaves the JupyterLab of the catalogue as it is, and begins with the versions of the
    target that it extends: layers with the same wheels are the same.
    """
    target, locks = selection.target, workspace.images / "locks"
    files = workspace.lock_files(target)
    begin_with = (files.venv, *(locks / f"{name}.txt" for name in target.ancestors))
    keep = next((file for file in begin_with if file.is_file()), None)
    wanted, bound, indexes = selection.requirements, target.constraints, target.indexes
    yield _LockFile(files.venv, wanted, selection.python.full, keep, target.places, bound, indexes, selection)
    if not target.user_file or files.jupyter.parent != locks:
        jupyter = jupyter_requirements(target, workspace.facts.versions)
        yield _LockFile(files.jupyter, jupyter, selection.python.system_full, files.jupyter, {})
