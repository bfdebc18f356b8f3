"""Load the facts in `images/` (pinned tools and what fits together), and a user's own releases."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

from builder.core import model, yaml_document
from builder.core.errors import InvalidInputError, Problem
from builder.core.yaml_document import Document
from builder.facts import slim_rules
from builder.facts.models import Compat, Facts, UserReleases, Versions
from builder.facts.pythons import Pythons
from builder.facts.release import Release
from builder.lock import managed_python
from builder.lock.managed_python import read_builds

_REMOVE = "remove the release from your own facts"


def load_facts(images: Path, user_file: Path | None = None) -> Facts:
    """Read the facts, and a user's file of releases if there is one. Raises InvalidInputError."""
    versions = model.parse(yaml_document.read(images / "versions.yaml"), Versions)
    compat = model.parse(yaml_document.read(images / "compat.yaml"), Compat)
    rules, pythons = slim_rules.load(images), _pythons(versions, images)
    if user_file is None or not user_file.is_file():
        return Facts(versions=versions, compat=compat, slim=rules, pythons=pythons)
    added = user_releases(yaml_document.read(user_file), compat)
    merged = {
        name: _merged(compat.frameworks.get(name, ()), added.get(name, ()))
        for name in {**compat.frameworks, **added}
    }
    compat = compat.model_copy(update={"frameworks": merged})
    return Facts(versions=versions, compat=compat, slim=rules, pythons=pythons)


@cache
def load_pythons(images: Path) -> Pythons:
    """Read which Pythons there are; a command reads them once. Raises InvalidInputError."""
    return _pythons(model.parse(yaml_document.read(images / "versions.yaml"), Versions), images)


def _pythons(versions: Versions, images: Path) -> Pythons:
    managed = read_builds(images / "locks" / managed_python.FILE)
    return Pythons(versions.debian, versions.debians, managed)


def user_releases(doc: Document, compat: Compat) -> dict[str, tuple[Release, ...]]:
    """Parse a user's releases. Raises InvalidInputError for one that no plan could use."""
    try:
        frameworks = model.parse(doc, UserReleases).frameworks
    except InvalidInputError as error:
        problems = [dataclasses.replace(one, remedy=one.remedy or _REMOVE) for one in error.problems]
        raise InvalidInputError(*problems) from None
    problems = [
        dataclasses.replace(problem, where=doc.where(("frameworks", name, n, "cuda")))
        for name, releases in frameworks.items()
        for n, release in enumerate(releases)
        if (problem := no_driver(name, release.version, release.cuda, compat))
    ]
    if problems:
        raise InvalidInputError(*problems)
    return frameworks


def no_driver(name: str, version: str, cuda: str, compat: Compat) -> Problem | None:
    """Report a release whose CUDA is too new for this tool, which knows no driver for it."""
    major = cuda.partition(".")[0]
    if major in compat.cuda:
        return None
    what = f"{name} {version} is for CUDA {cuda}: no driver is known for CUDA {major}"
    return Problem(what, f"a newer tailbox may know it; {_REMOVE}")


def _merged(known: tuple[Release, ...], added: tuple[Release, ...]) -> tuple[Release, ...]:
    """Return all releases; a user's replaces a known one of the same version and CUDA."""
    return tuple({(release.version, release.cuda): release for release in (*known, *added)}.values())
