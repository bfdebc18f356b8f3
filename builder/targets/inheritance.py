"""A target's file and those that it extends, read as far as they can be: what is wrong is collected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder.core import files, model, yaml_document
from builder.core.errors import InvalidInputError, Problem, Where, did_you_mean
from builder.core.yaml_document import Document
from builder.targets.schema import RelativePath, TargetFile

# What decides about the framework and its CUDA; with one of them in doubt no more can be said of it.
_DECISIVE = frozenset({"extends", "from", "python", "framework", "cuda", "gpus"})


@dataclass(frozen=True)
class Link:
    """One file: where its keys stand, and what it says."""

    document: Document
    file: TargetFile


@dataclass(frozen=True)
class Chain:
    """The files, the target's own first. `decided`: nothing that decides about the framework is in doubt."""

    links: tuple[Link, ...]
    problems: tuple[Problem, ...]
    decided: bool


def target_names(folder: Path) -> list[str]:
    """Names of the targets in a folder of the catalogue."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem not in ("versions", "compat"))


def is_path(reference: str) -> bool:
    """Whether a reference means a file (`./mine.yaml`) rather than a name of the catalogue."""
    return "/" in reference or reference.endswith((".yaml", ".yml"))


def unknown_target(what: str, name: str, folder: Path, where: Where | None) -> Problem:
    """A name that no target has, and the nearest that one has."""
    names = target_names(folder)
    beside = f"; did you mean ./{name}.yaml?" if Path(f"{name}.yaml").is_file() else ""
    hint = beside or did_you_mean(name, names)
    return Problem(f"{what} {name!r}{hint}", f"the targets are: {', '.join(names)}", where)


def read_chain(first: Path, folder: Path) -> Chain:
    """Follow `extends` from a file to the last one that can be read. `folder` is the catalogue."""
    links: list[Link] = []
    problems: list[Problem] = []
    doubtful: set[str] = set()
    seen: list[Path] = []
    current: Path | None = first
    named: Where | None = None
    while current:
        seen.append(current)
        try:
            doc = yaml_document.read(current, named)
        except InvalidInputError as error:
            return Chain(tuple(links), (*problems, *error.problems), False)
        found = model.parse_partially(doc, TargetFile, {"description": "-"})
        problems += found.problems
        doubtful |= found.doubtful
        if found.model:
            links.append(Link(doc, found.model))
        try:
            current, named = _parent(doc, seen, folder), doc.where(("extends",))
        except _CircleError as error:
            problems += error.problems
            break
        except InvalidInputError as error:
            problems += error.problems
            doubtful.add("extends")
            break
    return Chain(tuple(links), tuple(problems), not doubtful & _DECISIVE)


class _CircleError(InvalidInputError):
    """Files that extend each other: all of them were read."""


def _parent(doc: Document, seen: list[Path], folder: Path) -> Path | None:
    """The file that a file extends. A user's own extends `base` unless it says otherwise."""
    own = doc.path.parent != folder
    extends = doc.data.get("extends", "base" if own else None)
    if not isinstance(extends, str) or not model.is_valid(extends, RelativePath):
        return None
    where = doc.where(("extends",))
    if own and is_path(extends):
        parent = files.real(doc.path.parent / extends)
    elif extends in target_names(folder):
        parent = folder / f"{extends}.yaml"
    else:
        raise InvalidInputError(unknown_target("extends an unknown target", extends, folder, where))
    if parent in seen:
        circle = " -> ".join(path.stem for path in [*seen[seen.index(parent) :], parent])
        raise _CircleError(Problem(f"a target cannot extend itself: {circle}", "remove one `extends`", where))
    return parent
