"""Targets: what a node should be. `load(name or path)` gives a `Target` or every problem with file:line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from builder import attachments, document, paths
from builder.attachments import Check, OwnFile
from builder.document import Document, Location
from builder.errors import InvalidInput, Problem, Where, did_you_mean
from builder.target_file import Hooks, Jupyter, RelativePath, SshBackend, TargetFile

T = TypeVar("T")
Chain = list[tuple[Document, TargetFile]]

_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


@dataclass(frozen=True)
class Target:
    """A target with all that it extends folded in; `places` says where each value was written.

    `own` is the file of a user's own target, None for one of the catalogue. `base` is the image it is built
    on, None for the project's Debian.
    """

    name: str
    own: Path | None
    description: str
    base: str | None
    python: str
    framework: str | None
    cuda: str | None
    gpus: tuple[str, ...]
    ssh: SshBackend
    jupyter: Jupyter
    apt: tuple[str, ...]
    pip: tuple[str, ...]
    files: tuple[OwnFile, ...]
    hooks: Hooks
    env: Mapping[str, str]
    checks: tuple[Check, ...]
    disk_gb: int
    places: Mapping[str, Where] = field(repr=False)


def known(images: Path | None = None) -> list[str]:
    """Names of the targets that come with the project."""
    folder = images or paths.data("images")
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem not in ("versions", "compat"))


def is_path(reference: str) -> bool:
    """Whether a reference means a file (`./mine.yaml`) rather than a name of the catalogue."""
    return "/" in reference or reference.endswith((".yaml", ".yml"))


def load(reference: str, images: Path | None = None) -> Target:
    """Read a target and what it extends. Raises InvalidInput with every problem, each with file:line."""
    folder = images or paths.data("images")
    path = _locate(reference, folder)
    chain = _chain(path, folder)
    collected = _Collected(chain, folder / "checks")
    if collected.problems:
        raise InvalidInput(*collected.problems)
    return _fold(path, None if path.parent == folder else path, chain, collected)


def _locate(reference: str, folder: Path) -> Path:
    """The file of a target. A user's own must not be called like one of the catalogue."""
    if not is_path(reference):
        if reference not in known(folder):
            raise InvalidInput(_unknown("unknown target", reference, folder, None))
        return folder / f"{reference}.yaml"
    path = Path(reference).resolve()
    if path.parent == folder.resolve():
        return folder / path.name
    require_name(path, known(folder))
    return path


def require_name(path: Path, taken: list[str]) -> None:
    """Raises InvalidInput where a file's name cannot be the name of a user's own target."""
    if path.stem in taken:
        raise InvalidInput(Problem(f"{path.stem!r} is a target of the catalogue", f"rename {path.name}"))
    if not _NAME.fullmatch(path.stem):
        remedy = "small letters and digits, with - between them"
        raise InvalidInput(Problem(f"{path.stem!r} cannot be an image's name", remedy))


def _unknown(what: str, name: str, folder: Path, where: Where | None) -> Problem:
    names = known(folder)
    return Problem(
        f"{what} {name!r}{did_you_mean(name, names)}", f"the targets are: {', '.join(names)}", where
    )


def _chain(first: Path, folder: Path) -> Chain:
    """The target's file and those it extends, the target first. All files' problems at once."""
    chain: Chain = []
    problems: list[Problem] = []
    seen: list[Path] = []
    current: Path | None = first
    while current:
        seen.append(current)
        doc = document.read(current)
        try:
            chain.append((doc, document.parse(doc, TargetFile)))
        except InvalidInput as error:
            problems.extend(error.problems)
        try:
            current = _parent(doc, seen, folder)
        except InvalidInput as error:
            problems.extend(error.problems)
            break
    if problems:
        raise InvalidInput(*problems)
    return chain


def _parent(doc: Document, seen: list[Path], folder: Path) -> Path | None:
    """The file that a file extends. A user's own extends `base` unless it says otherwise."""
    own = doc.path.parent != folder
    extends = doc.data.get("extends", "base" if own else None)
    if not isinstance(extends, str) or not document.fits(extends, RelativePath):
        return None
    where = doc.where(("extends",))
    if own and is_path(extends):
        parent = (doc.path.parent / extends).resolve()
    elif extends in known(folder):
        parent = folder / f"{extends}.yaml"
    else:
        raise InvalidInput(_unknown("extends an unknown target", extends, folder, where))
    if parent in seen:
        circle = " -> ".join(path.stem for path in [*seen[seen.index(parent) :], parent])
        raise InvalidInput(Problem(f"a target cannot extend itself: {circle}", "remove one `extends`", where))
    if not parent.is_file():
        raise InvalidInput(Problem(f"{parent} does not exist", "paths are relative to this file", where))
    return parent


class _Collected:
    """What lies beside the files of a chain, ancestors first, and everything that is wrong with it."""

    def __init__(self, chain: Chain, catalogue: Path) -> None:
        self.problems: list[Problem] = []
        self.pip: list[str] = []
        self.files: list[OwnFile] = []
        self.checks: list[Check] = []
        for doc, file in reversed(chain):
            self._take(doc, file, catalogue)

    def _take(self, doc: Document, file: TargetFile, catalogue: Path) -> None:
        beside = doc.path.parent
        self.pip += file.packages.pip
        if file.requirements:
            where = doc.where(("requirements",))
            self.pip += self._try(partial(attachments.requirements, beside / file.requirements, where))
        if file.project:
            where = doc.where(("project",))
            self.pip += self._try(partial(attachments.project, beside / file.project, where))
        for destination, source in file.files.items():
            where = doc.where(("files", destination))
            self.files += self._try(partial(attachments.files, destination, beside / source, where))
        for n, text in enumerate(file.checks):
            where = doc.where(("checks", n))
            self.checks += self._try(partial(attachments.checks, text, beside, catalogue, where))

    def _try(self, read: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        try:
            return read()
        except InvalidInput as error:
            self.problems += error.problems
            return ()


def _fold(path: Path, own: Path | None, chain: Chain, collected: _Collected) -> Target:
    """The nearest file wins for single values; lists and mappings add up, ancestors first."""
    files = [file for _, file in chain]
    oldest_first = files[::-1]
    return Target(
        name=path.stem,
        own=own,
        description=files[0].description,
        base=_first((f.base for f in files), None),
        python=_first((f.python for f in files), "3.13"),
        framework=_first((f.framework for f in files), None),
        cuda=_first((f.cuda for f in files), None),
        gpus=_first((f.gpus or None for f in files), ()),
        ssh=_first((f.ssh for f in files), "both"),
        jupyter=_jupyter(oldest_first),
        apt=_union(f.packages.apt for f in oldest_first),
        pip=_union([collected.pip]),
        files=tuple({file.path: file for file in collected.files}.values()),
        hooks=_hooks(oldest_first),
        env={key: value for f in oldest_first for key, value in f.env.items()},
        checks=tuple({check.name: check for check in collected.checks}.values()),
        disk_gb=_first((f.disk_gb for f in files), 3),
        places=_places(chain[::-1]),
    )


def _jupyter(oldest_first: list[TargetFile]) -> Jupyter:
    said = [file.jupyter for file in oldest_first if file.jupyter]
    return Jupyter(
        enabled=said[-1].enabled if said else True,
        extensions=_union(jupyter.extensions for jupyter in said),
    )


def _hooks(oldest_first: list[TargetFile]) -> Hooks:
    points = {
        point: tuple(s for f in oldest_first for s in getattr(f.run, point)) for point in Hooks.model_fields
    }
    return Hooks(**points)


def _first(values: Iterable[T | None], default: T) -> T:
    return next((value for value in values if value is not None), default)


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def _places(oldest_first: Chain) -> dict[str, Where]:
    """`framework`, `cuda`, ... and `pip:<requirement>` to the line that says it."""
    places: dict[str, Where] = {}
    for doc, file in oldest_first:
        written: dict[str, Location] = {
            key: (document.written_as(TargetFile, key),) for key in file.model_fields_set
        }
        written |= {f"pip:{text}": ("packages", "pip", n) for n, text in enumerate(file.packages.pip)}
        places |= {key: doc.where(location) for key, location in written.items()}
    return places
