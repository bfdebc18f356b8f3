"""Targets: what a node should be. `load(name or path)` gives a `Target` or every problem with file:line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from builder.core import messages, paths
from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.files import real
from builder.lock.lockfiles import BASE, LockFiles
from builder.targets.attachments import Check, ImageFile
from builder.targets.inheritance import Link, is_path, read_chain, target_names, unknown_target
from builder.targets.markers import applies
from builder.targets.referenced_files import ReferencedFiles
from builder.targets.schema import Hooks, Jupyter, SshBackend, TargetFile

if TYPE_CHECKING:
    from builder.facts.models import Versions

T = TypeVar("T")

# What builds an image takes no dot in its name.
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Target:
    """A target with all that it extends folded in; `places` says where each value was written.

    `own` is the file of a user's own target, None for one of the catalogue. `base` is the image it is built
    on, None for the project's Debian. `apt` is what the oldest of the files asks for and `extra_apt` what the
    others do besides: all targets share the layer of the first. `pip` are the requirements that are meant
    for the image's system and Python. `ancestors` are the names of what it extends, the nearest first.
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
    extra_apt: tuple[str, ...]
    pip: tuple[str, ...]
    files: tuple[ImageFile, ...]
    hooks: Hooks
    env: Mapping[str, str]
    checks: tuple[Check, ...]
    disk_gb: int
    places: Mapping[str, Where] = field(repr=False)
    ancestors: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A target as far as its files can be read, and all that is wrong with them.

    `decided`: nothing is in doubt that decides about the framework, so that more can be said about it.
    """

    target: Target | None
    problems: tuple[Problem, ...]
    decided: bool


def catalogue(images: Path | None = None) -> list[str]:
    """Names of the targets that come with the project."""
    return target_names(images or paths.data("images"))


def load_target(reference: str, images: Path | None = None) -> Target:
    """Read a target and what it extends. Raises InvalidInputError with every problem, each with file:line."""
    draft = read_target(reference, images)
    if draft.problems or draft.target is None:
        raise InvalidInputError(*draft.problems)
    return draft.target


def read_target(reference: str, images: Path | None = None) -> Draft:
    """Read a target and what it extends as far as can be.

    Raises InvalidInputError where no file can be meant.
    """
    folder = images or paths.data("images")
    path = _locate(reference, folder)
    found = read_chain(path, folder)
    beside = ReferencedFiles(found, folder / "checks")
    problems = (*found.problems, *beside.problems)
    if not found.links or found.links[0].document.path != path:
        return Draft(None, problems, False)
    return Draft(
        _fold(path, None if path.parent == folder else path, found.links, beside), problems, found.decided
    )


def _locate(reference: str, folder: Path) -> Path:
    """The file of a target. A user's own must not be called like one of the catalogue."""
    if not is_path(reference):
        if reference not in catalogue(folder):
            raise InvalidInputError(unknown_target("unknown target", reference, folder, None))
        return folder / f"{reference}.yaml"
    path = real(Path(reference))
    if path.parent == folder.resolve():
        return folder / path.name
    require_name(path, catalogue(folder))
    return path


def require_name(path: Path, taken: list[str]) -> None:
    """Raises InvalidInputError where a file's name cannot be the name of a user's own target."""
    if path.stem in taken:
        raise InvalidInputError(Problem(f"{path.stem!r} is a target of the catalogue", f"rename {path.name}"))
    if not _NAME.fullmatch(path.stem):
        remedy = "small letters and digits, with - between them"
        raise InvalidInputError(Problem(f"{path.stem!r} cannot be an image's name", remedy))


def _fold(path: Path, own: Path | None, links: tuple[Link, ...], beside: ReferencedFiles) -> Target:
    """The nearest file wins for single values; lists and mappings add up, ancestors first."""
    files = [link.file for link in links]
    oldest_first = files[::-1]
    python = _first((f.python for f in files), "3.13")
    return Target(
        name=path.stem,
        own=own,
        description=files[0].description,
        base=_first((f.base for f in files), None),
        python=python,
        framework=_first((f.framework for f in files), None),
        cuda=_first((f.cuda for f in files), None),
        gpus=_first((f.gpus or None for f in files), ()),
        ssh=_first((f.ssh for f in files), "both"),
        jupyter=_jupyter(oldest_first, python),
        apt=oldest_first[0].packages.apt,
        extra_apt=_besides(oldest_first),
        pip=tuple(text for text in beside.pip if applies(text, python)),
        files=tuple({file.path: file for file in beside.files}.values()),
        hooks=_hooks(oldest_first),
        env={key: value for f in oldest_first for key, value in f.env.items()},
        checks=tuple({check.name: check for check in beside.checks}.values()),
        disk_gb=_first((f.disk_gb for f in files), 3),
        places=_places(links[::-1], beside.pip),
        ancestors=tuple(link.document.path.stem for link in links[1:]),
    )


def _besides(oldest_first: list[TargetFile]) -> tuple[str, ...]:
    """Debian packages that the oldest file does not ask for."""
    first = oldest_first[0].packages.apt
    return tuple(name for name in _union(f.packages.apt for f in oldest_first[1:]) if name not in first)


def _jupyter(oldest_first: list[TargetFile], python: str) -> Jupyter:
    said = [file.jupyter for file in oldest_first if file.jupyter]
    extensions = _union(jupyter.extensions for jupyter in said)
    return Jupyter(
        enabled=said[-1].enabled if said else True,
        extensions=tuple(text for text in extensions if applies(text, python)),
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


def _places(oldest_first: tuple[Link, ...], pip: Mapping[str, Where]) -> dict[str, Where]:
    """`framework`, `cuda`, ... and `pip:<requirement>` to the line that says it."""
    places = {f"pip:{text}": where for text, where in pip.items()}
    for doc, file in ((link.document, link.file) for link in oldest_first):
        places |= {key: doc.where((messages.written_as(TargetFile, key),)) for key in file.model_fields_set}
    return places


def lock_files(target: Target, versions: Versions, images: Path | None = None) -> LockFiles:
    """A target's lock files: of the catalogue in `images/locks`, a user's own beside the target file.

    All targets share JupyterLab's lock, but those with another Python or with extensions of their own.
    """
    locks = (images or paths.data("images")) / "locks"
    stem = target.own.with_suffix("") if target.own else locks / target.name
    ending = ".lock.txt" if target.own else ".txt"
    alone = target.python != versions.python or target.jupyter.extensions
    shared = locks / "jupyter.txt"
    return LockFiles(
        venv=stem.with_name(stem.name + ending),
        jupyter=stem.with_name(f"{stem.name}.jupyter{ending}") if alone else shared,
        base=locks / BASE,
    )
