"""What a command works with, read once: the data, templates and facts of the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from builder.core import paths
from builder.core.errors import InvalidInputError, Problem
from builder.facts.load import load_facts
from builder.facts.models import Facts
from builder.lock.lockfiles import LockFiles
from builder.pipeline import other_cuda
from builder.resolve.alternatives import nearest, siblings
from builder.resolve.cuda import SecondCuda
from builder.resolve.machine import Machine
from builder.resolve.resolve import Selection, select
from builder.resolve.select_release import UnfitReleases
from builder.targets.lock_files import lock_files
from builder.targets.target import Target, catalogue, load_target, read_target


@dataclass(frozen=True)
class Workspace:
    """`images` and `templates` are the project's folders, `facts` what `images` and the user know."""

    images: Path
    templates: Path
    facts: Facts

    @classmethod
    def open(cls, images: Path | None = None, templates: Path | None = None) -> Workspace:
        """Read the facts of a folder `images`, by default the project's own. Raises InvalidInputError."""
        images = images or paths.data("images")
        facts = load_facts(images, paths.user_releases())
        return cls(images, templates or paths.data("templates"), facts)

    def select(self, reference: str) -> Selection:
        """Load a target and choose its release. Raises InvalidInputError with every problem, by place."""
        draft = read_target(reference, self.images)
        problems = list(draft.problems)
        if draft.target and (draft.decided or not problems):
            try:
                selection = select(draft.target, self.facts)
            except InvalidInputError as error:
                problems += [self._advised(draft.target, one) for one in error.problems]
            else:
                if not problems:
                    return selection
        raise InvalidInputError(*sorted(problems, key=_place))

    def _advised(self, target: Target, problem: Problem) -> Problem:
        """Add to what does not fit the nearest change that does, which was tried."""
        if isinstance(problem, SecondCuda):
            fix = other_cuda.variant(problem, target, self.facts, self.images / "locks")
            return replace(problem, remedy=fix) if fix else self._nearest(target, problem)
        return self._nearest(target, problem) if isinstance(problem, UnfitReleases) else problem

    def _nearest(self, target: Target, problem: Problem) -> Problem:
        known = [load_target(name, self.images) for name in catalogue(self.images)]
        change = nearest(target, Machine(), self.facts, siblings(target, known))
        return replace(problem, remedy=change or problem.remedy)

    def lock_files(self, target: Target) -> LockFiles:
        """Return the files that lock a target."""
        return lock_files(target, self.facts.versions, self.images)


def _place(problem: Problem) -> tuple[bool, str, int]:
    where = problem.where
    return (where is None, str(where.path) if where else "", where.line if where else 0)
