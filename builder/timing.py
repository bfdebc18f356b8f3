"""How long each step took when it last ran here, so that a running build can say what is left."""

from __future__ import annotations

import json
from collections.abc import Mapping

from builder import paths

_RECORD = "step-seconds.json"
_MOST = 500


def known() -> dict[str, float]:
    """Seconds by the step's own text."""
    record = paths.cache() / _RECORD
    seconds: dict[str, float] = json.loads(record.read_text()) if record.is_file() else {}
    return seconds


def remember(seconds: Mapping[str, float]) -> None:
    """Keep what steps took now, and forget those that nobody has run for long."""
    kept = [*((text, old) for text, old in known().items() if text not in seconds), *seconds.items()]
    record = paths.cache() / _RECORD
    record.parent.mkdir(parents=True, exist_ok=True)
    scratch = record.with_suffix(".new")
    scratch.write_text(json.dumps(dict(kept[-_MOST:]), indent=1) + "\n")
    scratch.replace(record)
