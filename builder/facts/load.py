"""What is known when a plan is made: pinned tools and what fits together. Data in `images/`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from builder.core import model, yaml_document
from builder.core.errors import InvalidInputError, Problem
from builder.core.yaml_document import Document
from builder.facts import slim_rules
from builder.facts.models import Compat, Facts, UserReleases, Versions
from builder.facts.release import Release

_TAKE_OUT = "leave the release out of your own facts"


def load_facts(images: Path, own: Path | None = None) -> Facts:
    """Read what `images/` knows, and a user's own releases. Raises InvalidInputError with file:line."""
    versions = model.parse(yaml_document.read(images / "versions.yaml"), Versions)
    compat = model.parse(yaml_document.read(images / "compat.yaml"), Compat)
    rules = slim_rules.load(images)
    if own is None or not own.is_file():
        return Facts(versions=versions, compat=compat, slim=rules)
    added = user_releases(yaml_document.read(own), compat)
    merged = {
        name: _merged(compat.frameworks.get(name, ()), added.get(name, ()))
        for name in {**compat.frameworks, **added}
    }
    return Facts(versions=versions, compat=compat.model_copy(update={"frameworks": merged}), slim=rules)


def user_releases(doc: Document, compat: Compat) -> dict[str, tuple[Release, ...]]:
    """A user's own releases. Raises InvalidInputError for what no plan could take."""
    try:
        found = model.parse(doc, UserReleases).frameworks
    except InvalidInputError as error:
        said = [dataclasses.replace(one, remedy=one.remedy or _TAKE_OUT) for one in error.problems]
        raise InvalidInputError(*said) from None
    wrong = [
        dataclasses.replace(problem, where=doc.where(("frameworks", name, n, "cuda")))
        for name, releases in found.items()
        for n, release in enumerate(releases)
        if (problem := no_driver(name, release.version, release.cuda, compat))
    ]
    if wrong:
        raise InvalidInputError(*wrong)
    return found


def no_driver(name: str, version: str, cuda: str, compat: Compat) -> Problem | None:
    """A release of a CUDA that is too new for this tool, which knows no driver for it."""
    major = cuda.partition(".")[0]
    if major in compat.cuda:
        return None
    what = f"{name} {version} is for CUDA {cuda}: no driver is known for CUDA {major}"
    return Problem(what, f"a newer tailbox may know it; {_TAKE_OUT}")


def _merged(ours: tuple[Release, ...], own: tuple[Release, ...]) -> tuple[Release, ...]:
    """All releases; the user's own word counts where both know one."""
    return tuple({(release.version, release.cuda): release for release in (*ours, *own)}.values())
