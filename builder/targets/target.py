"""Load a target by name or path, or report every problem with file:line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.core import paths
from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.files import real
from builder.core.notes import Note
from builder.facts.load import load_pythons
from builder.targets import merge
from builder.targets.attachments import Check, ImageFile
from builder.targets.inheritance import (
    SourceFile,
    is_path,
    read_inheritance,
    target_names,
    unknown_target,
)
from builder.targets.project.indexes import Index
from builder.targets.referenced_files import ReferencedFiles
from builder.targets.schema import Hooks, Jupyter, SshBackend
from builder.targets.source_folders import SourceFolder

# BuildKit's bake accepts no dot in a target's name.
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Target:
    """A target merged with all that it extends; `places` maps each value to the line that sets it.

    `user_file` is None for a target of the catalogue, `base` for the project's Debian. `pythons` are the
    ranges of Pythons that its projects need. All targets share the
    layer of `apt`, the packages of the oldest file; `extra_apt` are those that the other files add. `pip` are
    the requirements for the image's system and Python, `constraints` bind what these need in turn; those in
    `from_source`, and `projects`, are built from source, `excludes` never installed. `indexes`
    serve wheels besides PyPI; `cuda_indexes` are those of PyTorch that a project names. `notes` name what is
    left out. `ancestors` are what it extends, the nearest first.
    """

    name: str
    user_file: Path | None
    description: str
    base: str | None
    python: str
    pythons: tuple[str, ...]
    framework: str | None
    cuda: str | None
    gpus: tuple[str, ...]
    ssh: SshBackend
    jupyter: Jupyter
    apt: tuple[str, ...]
    extra_apt: tuple[str, ...]
    pip: tuple[str, ...]
    constraints: tuple[str, ...]
    excludes: tuple[str, ...]
    indexes: tuple[str, ...]
    cuda_indexes: tuple[Index, ...]
    notes: tuple[Note, ...]
    from_source: tuple[str, ...]
    projects: tuple[SourceFolder, ...]
    files: tuple[ImageFile, ...]
    hooks: Hooks
    env: Mapping[str, str]
    checks: tuple[Check, ...]
    disk_gb: int
    places: Mapping[str, Where] = field(repr=False)
    ancestors: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A target as far as its files can be read, with problems; `decided` if its release can be chosen."""

    target: Target | None
    problems: tuple[Problem, ...]
    decided: bool


def catalogue(images: Path | None = None) -> list[str]:
    """List the targets that come with the project."""
    return target_names(images or paths.data("images"))


def load_target(reference: str, images: Path | None = None) -> Target:
    """Read a target and what it extends. Raises InvalidInputError with every problem."""
    draft = read_target(reference, images)
    if draft.problems or draft.target is None:
        raise InvalidInputError(*draft.problems)
    return draft.target


def read_target(reference: str, images: Path | None = None) -> Draft:
    """Read a target and what it extends as far as possible. Raises InvalidInputError if there is no file."""
    folder = images or paths.data("images")
    path = _locate(reference, folder)
    inheritance = read_inheritance(path, folder)
    referenced = ReferencedFiles(inheritance, folder / "checks", _python(inheritance.sources))
    problems = (*inheritance.problems, *referenced.problems)
    if not inheritance.sources or inheritance.sources[0].document.path != path:
        return Draft(None, problems, False)
    user_file = None if path.parent == folder else path
    return Draft(_merge(path, user_file, inheritance.sources, referenced), problems, inheritance.decided)


def _locate(reference: str, folder: Path) -> Path:
    """Return a target's file; a user's must not have the name of one of the catalogue."""
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
    """Raise InvalidInputError if a user's file cannot have this name."""
    if path.stem in taken:
        raise InvalidInputError(Problem(f"{path.stem!r} is a target of the catalogue", f"rename {path.name}"))
    if not _NAME.fullmatch(path.stem):
        remedy = "small letters and digits, with - between them"
        raise InvalidInputError(Problem(f"{path.stem!r} cannot be an image's name", remedy))


def _merge(
    path: Path, user_file: Path | None, sources: tuple[SourceFile, ...], referenced: ReferencedFiles
) -> Target:
    """Take single values from the nearest file; add up lists and mappings, ancestors first."""
    files = [source.file for source in sources]
    oldest_first = files[::-1]
    python, reading = _python(sources), referenced.reading
    base = merge.first((f.base for f in files), None)
    system = load_pythons(paths.data("images")).of_image(python, base).system_full
    jupyter, left_out = merge.jupyter(sources[::-1], system)
    return Target(
        name=path.stem,
        user_file=user_file,
        description=files[0].description or reading.about or path.stem,
        base=base,
        python=python,
        pythons=tuple(reading.pythons),
        framework=merge.first((f.framework for f in files), None),
        cuda=merge.first((f.cuda for f in files), None),
        gpus=merge.first((f.gpus or None for f in files), ()),
        ssh=merge.first((f.ssh for f in files), "both"),
        jupyter=jupyter,
        apt=oldest_first[0].packages.apt,
        extra_apt=merge.extra_apt(oldest_first),
        pip=tuple(reading.pip),
        constraints=tuple(reading.constraints),
        excludes=tuple(reading.excludes),
        indexes=reading.wishes.indexes,
        cuda_indexes=tuple(one for one in reading.indexes if one.pytorch),
        notes=(*reading.notes, *left_out),
        from_source=merge.from_source(oldest_first),
        projects=tuple({project.name: project for project in referenced.projects}.values()),
        files=tuple({file.path: file for file in referenced.files}.values()),
        hooks=merge.hooks(oldest_first),
        env={key: value for f in oldest_first for key, value in f.env.items()},
        checks=tuple({check.name: check for check in referenced.checks}.values()),
        disk_gb=merge.first((f.disk_gb for f in files), 3),
        places=merge.places(sources[::-1], reading),
        ancestors=tuple(source.document.path.stem for source in sources[1:]),
    )


def _python(sources: tuple[SourceFile, ...]) -> str:
    return merge.first((source.file.python for source in sources), "3.13")
