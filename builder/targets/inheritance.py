"""Read a target's file and those that it extends, and collect every problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder.core import files, model, yaml_document
from builder.core.errors import InvalidInputError, Problem, Where, did_you_mean
from builder.core.yaml_document import Document
from builder.targets.schema import RelativePath, TargetFile

# The keys that decide about the framework and its CUDA: if one is in doubt, so is the choice of a release.
_DECISIVE = frozenset({"extends", "from", "python", "framework", "cuda", "gpus"})


@dataclass(frozen=True)
class SourceFile:
    """A file of a target: the document, which knows where its keys stand, and its values."""

    document: Document
    file: TargetFile


@dataclass(frozen=True)
class Inheritance:
    """A target's file, then those that it extends; `decided` if no key for the framework is in doubt."""

    sources: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    decided: bool


def target_names(folder: Path) -> list[str]:
    """List the targets in a folder of the catalogue."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem not in ("versions", "compat"))


def is_path(reference: str) -> bool:
    """Return whether a reference means a file (`./mine.yaml`) rather than a name of the catalogue."""
    return "/" in reference or reference.endswith((".yaml", ".yml"))


def unknown_target(what: str, name: str, folder: Path, where: Where | None) -> Problem:
    """Report a name that no target has, and suggest the nearest."""
    names = target_names(folder)
    local_file = f"; did you mean ./{name}.yaml?" if Path(f"{name}.yaml").is_file() else ""
    hint = local_file or did_you_mean(name, names)
    return Problem(f"{what} {name!r}{hint}", f"the targets are: {', '.join(names)}", where)


def read_inheritance(first: Path, folder: Path) -> Inheritance:
    """Follow `extends` from a file to the last one that can be read. `folder` is the catalogue."""
    sources: list[SourceFile] = []
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
            return Inheritance(tuple(sources), (*problems, *error.problems), False)
        partial = model.parse_partially(doc, TargetFile, {"description": "-"})
        problems += partial.problems
        doubtful |= partial.doubtful
        if partial.model:
            sources.append(SourceFile(doc, partial.model))
        try:
            current, named = _parent(doc, seen, folder), doc.where(("extends",))
        except _CircleError as error:
            problems += error.problems
            break
        except InvalidInputError as error:
            problems += error.problems
            doubtful.add("extends")
            break
    return Inheritance(tuple(sources), tuple(problems), not doubtful & _DECISIVE)


class _CircleError(InvalidInputError):
    """Files extend each other; all of them are read."""


def _parent(doc: Document, seen: list[Path], folder: Path) -> Path | None:
    """Return the file that a file extends; a user's file extends `base` by default."""
    is_user_file = doc.path.parent != folder
    extends = doc.data.get("extends", "base" if is_user_file else None)
    if not isinstance(extends, str) or not model.is_valid(extends, RelativePath):
        return None
    where = doc.where(("extends",))
    if is_user_file and is_path(extends):
        parent = files.real(doc.path.parent / extends)
    elif extends in target_names(folder):
        parent = folder / f"{extends}.yaml"
    else:
        raise InvalidInputError(unknown_target("extends an unknown target", extends, folder, where))
    if parent in seen:
        circle = " -> ".join(path.stem for path in [*seen[seen.index(parent) :], parent])
        raise _CircleError(Problem(f"a target cannot extend itself: {circle}", "remove one `extends`", where))
    return parent
