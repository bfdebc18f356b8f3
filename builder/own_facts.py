"""Releases that a user read from wheels: shown, and kept where every later plan finds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from builder import document, strict
from builder.facts import Facts, OwnReleases
from builder.wheel_facts import WheelFacts


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


def save(name: str, added: dict[str, object], path: Path) -> None:
    """Put a release into the user's own facts; an entry for the same version and CUDA is replaced."""
    kept: dict[str, list[object]] = {}
    if path.is_file():
        own = strict.parse(document.read(path), OwnReleases)
        kept = {key: [release.model_dump() for release in value] for key, value in own.frameworks.items()}
    same = (added["version"], added["cuda"])
    others = [
        row for row in kept.get(name, []) if isinstance(row, dict) and (row["version"], row["cuda"]) != same
    ]
    kept[name] = [*others, added]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"frameworks": kept}, indent=1) + "\n")
