"""A target file for a project, from its folder or its repository."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from builder.core import console, files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.notes import Note
from builder.core.process import run
from builder.pipeline.from_project import propose
from builder.pipeline.workspace import Workspace
from builder.targets.project.survey import survey
from builder.targets.project.target_text import Entry
from builder.targets.target import catalogue, require_name

_GIT = re.compile(r"(https?|ssh|git|file)://\S+|[\w.-]+@[\w.-]+:\S+")


@dataclass(frozen=True)
class NewTarget:
    """The file that was written: its keys with their reasons, what is left out, and what is still wrong."""

    path: Path
    entries: tuple[Entry, ...]
    left: tuple[Note, ...]
    problems: tuple[Problem, ...]

    def as_data(self) -> dict[str, object]:
        """Return it for programs."""
        left = [{**asdict(note), "where": str(note.where or "")} for note in self.left]
        problems = [
            {"what": one.what, "remedy": one.remedy, "where": str(one.where or "")} for one in self.problems
        ]
        choices = [asdict(entry) for entry in self.entries]
        return {"file": str(self.path), "choices": choices, "left": left, "problems": problems}


def for_project(project: str, name: str | None, folder: Path, workspace: Workspace) -> NewTarget:
    """Write NAME.yaml into a folder. Raises InvalidInputError; never writes over a file."""
    place = _cloned(project, folder) if _GIT.fullmatch(project) else files.real(folder / project)
    if not place.is_dir():
        missing = not place.exists()
        raise InvalidInputError(
            files.absent(place, None) if missing else Problem(f"{place} is no folder", "name its folder")
        )
    path = folder / f"{(name or _name(place)).removesuffix('.yaml')}.yaml"
    require_name(path, catalogue())
    if path.exists():
        raise InvalidInputError(
            Problem(f"{path} is there already", f"take another name: tailbox new --project {project} NAME")
        )
    proposal = propose(survey(place), path.stem, workspace)
    left = (*proposal.notes, *proposal.text.left)
    with path.open("x", encoding="utf-8") as new:
        new.write(proposal.text.with_left(left).write(folder))
    problems = tuple(_at(path, one) for one in proposal.problems)
    return NewTarget(path, proposal.text.entries, left, problems)


def _at(path: Path, problem: Problem) -> Problem:
    """A problem of the file on trial, as one of the file that was written."""
    where = problem.where
    if where is None or where.path.name != path.name:
        return problem
    return replace(problem, where=Where(path, where.line))


def _name(folder: Path) -> str:
    """A name that an image can have."""
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "mine"


def _cloned(address: str, folder: Path) -> Path:
    """Clone a repository shallowly beside the target file. Raises TailboxError."""
    place = folder / re.sub(r"\.git$", "", address.rstrip("/")).rpartition("/")[2].rpartition(":")[2]
    if place.exists():
        raise InvalidInputError(Problem(f"{place} is there already", f"tailbox new --project {place.name}"))
    console.step(f"cloning {address} to {place}")
    run(
        ["git", "clone", "--quiet", "--depth", "1", "--", address, str(place)],
        f"{address} cannot be cloned",
        "check its address and your right to read it",
    )
    return files.real(place)
