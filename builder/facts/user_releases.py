"""Show releases that a user reads from wheels, and save them for later plans."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from builder.core import yaml_document
from builder.core.errors import InvalidInputError, Problem
from builder.facts.load import no_driver, user_releases
from builder.facts.models import Compat, Facts
from builder.facts.release_reader import WheelFacts


def entry(wheel_facts: WheelFacts, known: Facts) -> dict[str, object]:
    """Return a release's compat facts; what its wheels do not say comes from the newest similar release."""
    date = datetime.now(UTC).date().isoformat()
    extras, major = wheel_facts.release(None, date)["extras"], wheel_facts.cuda.partition(".")[0]
    similar = [
        release
        for release in known.compat.frameworks.get(wheel_facts.name, ())
        if list(release.extras) == extras and release.cuda_major == major
    ]
    newest = max(similar, key=lambda release: release.order, default=None)
    return wheel_facts.release(newest, date)


def save(name: str, added: dict[str, object], path: Path, compat: Compat) -> None:
    """Add a release to the user's own facts, or replace the one of the same version and CUDA.

    Raises InvalidInputError for a release that no plan could use.
    """
    if problem := _unusable(name, str(added["version"]), str(added["cuda"]), compat):
        raise InvalidInputError(problem)
    frameworks: dict[str, list[dict[str, object]]] = {}
    if path.is_file():
        saved = user_releases(yaml_document.read(path), compat)
        frameworks = {key: [release.model_dump() for release in value] for key, value in saved.items()}
    key = (added["version"], added["cuda"])
    others = [row for row in frameworks.get(name, []) if (row["version"], row["cuda"]) != key]
    frameworks[name] = [*others, added]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"frameworks": frameworks}, indent=1) + "\n")


def _unusable(name: str, version: str, cuda: str, compat: Compat) -> Problem | None:
    """Return why no plan could use a release."""
    if cuda:
        return no_driver(name, version, cuda, compat)
    known = max(compat.frameworks.get(name, ()), key=lambda release: release.order, default=None)
    extras = f"[{','.join(known.extras)}]" if known and known.extras else "[EXTRA]"
    remedy = f"name what brings it: tailbox facts '{name}{extras}=={version}' --save"
    return Problem(f"{name}=={version} brings no CUDA, so no plan could use it", remedy)
