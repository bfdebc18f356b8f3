"""Releases that a user read from wheels: shown, and kept where every later plan finds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from builder.core import yaml_document
from builder.core.errors import InvalidInputError, Problem
from builder.facts.load import no_driver, user_releases
from builder.facts.models import Compat, Facts
from builder.facts.release_reader import WheelFacts


def entry(found: WheelFacts, known: Facts) -> dict[str, object]:
    """The compat facts of a release; what its wheels do not say comes from the newest release of its kind."""
    date = datetime.now(UTC).date().isoformat()
    extras, major = found.release(None, date)["extras"], found.cuda.partition(".")[0]
    kin = [
        release
        for release in known.compat.frameworks.get(found.name, ())
        if list(release.extras) == extras and release.cuda_major == major
    ]
    return found.release(max(kin, key=lambda release: release.order, default=None), date)


def save(name: str, added: dict[str, object], path: Path, compat: Compat) -> None:
    """Put a release into the user's own facts; an entry for the same version and CUDA is replaced.

    Raises InvalidInputError for a release that no plan could take.
    """
    if problem := _useless(name, str(added["version"]), str(added["cuda"]), compat):
        raise InvalidInputError(problem)
    kept: dict[str, list[object]] = {}
    if path.is_file():
        own = user_releases(yaml_document.read(path), compat)
        kept = {key: [release.model_dump() for release in value] for key, value in own.items()}
    same = (added["version"], added["cuda"])
    others = [
        row for row in kept.get(name, []) if isinstance(row, dict) and (row["version"], row["cuda"]) != same
    ]
    kept[name] = [*others, added]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"frameworks": kept}, indent=1) + "\n")


def _useless(name: str, version: str, cuda: str, compat: Compat) -> Problem | None:
    """Why no plan could take a release."""
    if cuda:
        return no_driver(name, version, cuda, compat)
    known = max(compat.frameworks.get(name, ()), key=lambda release: release.order, default=None)
    extras = f"[{','.join(known.extras)}]" if known and known.extras else "[EXTRA]"
    remedy = f"name what brings it: tailbox facts '{name}{extras}=={version}' --save"
    return Problem(f"{name}=={version} brings no CUDA, so that no plan could take it", remedy)
