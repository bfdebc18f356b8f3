"""Merge the values in a target's files, ancestors first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from packaging.utils import canonicalize_name

from builder.core import messages
from builder.core.errors import Where
from builder.core.notes import Note
from builder.targets.inheritance import SourceFile
from builder.targets.markers import applies
from builder.targets.project.reading import Reading
from builder.targets.schema import Hooks, Jupyter, TargetFile

T = TypeVar("T")


def extra_apt(oldest_first: list[TargetFile]) -> tuple[str, ...]:
    """Return the Debian packages that the oldest file does not name."""
    shared = oldest_first[0].packages.apt
    return tuple(name for name in union(f.packages.apt for f in oldest_first[1:]) if name not in shared)


def from_source(oldest_first: list[TargetFile]) -> tuple[str, ...]:
    """Return the packages to build, without the projects that lie beside a file."""
    named = union(file.packages.from_source for file in oldest_first)
    return union([canonicalize_name(name)] for name in named if not name.startswith("./"))


def jupyter(oldest_first: tuple[SourceFile, ...], python: str) -> tuple[Jupyter, list[Note]]:
    """Merge JupyterLab's settings, and name the extensions that this image does not need."""
    settings = [source.file.jupyter for source in oldest_first if source.file.jupyter]
    extensions = union(one.extensions for one in settings)
    needed = tuple(text for text in extensions if applies(text, python))
    why = f"left out: its marker is not for Linux on x86_64 with Python {python}"
    where = oldest_first[-1].document.where(("jupyter", "extensions"))
    left_out = [Note(text, why, where) for text in extensions if text not in needed]
    return Jupyter(enabled=settings[-1].enabled if settings else True, extensions=needed), left_out


def hooks(oldest_first: list[TargetFile]) -> Hooks:
    """Join the scripts of each point."""
    points = {
        point: tuple(s for f in oldest_first for s in getattr(f.run, point)) for point in Hooks.model_fields
    }
    return Hooks(**points)


def first(values: Iterable[T | None], default: T) -> T:
    """Return the first value that is set, else the default."""
    return next((value for value in values if value is not None), default)


def union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Join lists, each item once."""
    return tuple(dict.fromkeys(item for items in lists for item in items))


def places(oldest_first: tuple[SourceFile, ...], reading: Reading) -> dict[str, Where]:
    """Map `framework`, `cuda`, ..., `pip:<requirement>` and `index:<address>` to the line that sets it."""
    places = {f"pip:{text}": where for text, where in (reading.constraints | reading.pip).items()}
    places |= {f"index:{one.url}": where for one, where in reading.indexes.items()}
    for source in oldest_first:
        keys = source.file.model_fields_set
        places |= {key: source.document.where((messages.written_as(TargetFile, key),)) for key in keys}
    return places
